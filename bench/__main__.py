"""Prints every figure, one line each: `python -m bench`."""

from bench import (
    client_overhead,
    import_time,
    one_more_example,
    quick_time,
    site_time,
    wait_overhead,
)

FIGURES = (import_time, client_overhead, wait_overhead, site_time, one_more_example, quick_time)

for figure in FIGURES:
    figure.main()
