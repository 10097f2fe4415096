"""Prints the metrics of the named modules, or of all: `python -m bench [MODULE …]`."""

import sys
from importlib import import_module

METRICS = (
    *("import_time", "client_overhead", "cli_restore", "cli_cold_start"),
    *("sandbox_restore", "sandbox_time_travel", "sandbox_base", "sandbox_memory"),
    *("site_time", "serve_time", "first_visit", "run_here", "one_more_example", "make_quick"),
)

for name in sys.argv[1:] or METRICS:
    import_module(f"bench.{name}").main()
