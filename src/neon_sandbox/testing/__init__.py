"""Ways to reach a sandbox from the same process, for tests: respx, and httpx patched."""
