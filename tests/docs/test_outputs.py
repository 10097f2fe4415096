"""Tests of the mask for values that vary in the output of a live sandbox."""

from tools.docs import outputs


def test_only_what_varies_is_left_out() -> None:
    """Only ports, durations and the current second are masked: a changed point or count shows."""
    line = "at 2026-11-20T14:40:01.475765Z on 127.0.0.1:4711, 700 rows\n  Took  0.1 seconds"
    expected = "at 2026-11-20T14:…Z on 127.0.0.1:…, 700 rows\n  Took  …"
    assert outputs.steady(line) == expected
    assert outputs.steady("  Took  0 seconds, 3 operations") == "  Took  …, 3 operations"
    assert outputs.steady("9 minutes 7 seconds before now") == "9 minutes… before now"
    assert outputs.steady("9 minutes before now") == "9 minutes… before now"
    back = "at 2026-11-20T14:30:01Z, 10 minutes before now"
    assert outputs.steady(back) == "at 2026-11-20T14:…Z, 10 minutes… before now"
    fixed = "at 2026-11-20T14:31:00Z: 700 orders, 24 hours"
    assert outputs.steady(fixed) == fixed
