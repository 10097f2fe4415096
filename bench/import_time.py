"""Time of `import neon_restore` over `import httpx`, each in a fresh interpreter."""

from bench.measure import medians, python, report

TIMES = 30
PROGRAM = "from time import perf_counter as t; a = t(); import {}; print(t() - a)"


def imported(module: str) -> float:
    """Return the seconds that the first import of a module takes."""
    return float(python("-c", PROGRAM.format(module)))


def main() -> None:
    """Print the ratio."""
    base, ours = medians(TIMES, lambda: imported("httpx"), lambda: imported("neon_restore"))
    metric = f"{ours / base:.2f} ({ours * 1000:.0f} ms over {base * 1000:.0f} ms)"
    report("import of neon_restore over httpx", metric, "at most 1.35")
