"""``python -m neon_sandbox`` is the `neon-sandbox` command."""

import sys

from neon_sandbox.command import main

sys.exit(main())
