"""The servers of the sandbox. Each is imported separately, with its dependencies."""
