"""``python -m neon_sandbox`` is the `neon-sandbox` command."""

import sys

from neon_sandbox.cli.main import main

sys.exit(main())
