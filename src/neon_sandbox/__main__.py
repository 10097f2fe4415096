"""Runs the `neon-sandbox` command as ``python -m neon_sandbox``."""

import sys

from neon_sandbox.cli.main import main

sys.exit(main())
