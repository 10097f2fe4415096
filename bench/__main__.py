"""Prints every metric, one line each: `python -m bench`."""

from bench import (
    cli_cold_start,
    cli_restore,
    client_overhead,
    first_visit,
    import_time,
    make_quick,
    one_more_example,
    run_here,
    sandbox_base,
    sandbox_memory,
    sandbox_restore,
    sandbox_restores,
    sandbox_time_travel,
    serve_time,
    site_time,
    wait_overhead,
)

for metric in (
    import_time,
    client_overhead,
    wait_overhead,
    cli_restore,
    cli_cold_start,
    sandbox_restore,
    sandbox_restores,
    sandbox_time_travel,
    sandbox_base,
    sandbox_memory,
    site_time,
    serve_time,
    first_visit,
    run_here,
    one_more_example,
    make_quick,
):
    metric.main()
