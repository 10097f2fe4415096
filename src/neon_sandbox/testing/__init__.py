"""Helpers that connect httpx to a sandbox in the same process: respx routes, or a patch."""
