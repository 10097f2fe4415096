"""The error of the storage itself."""


class StorageError(Exception):
    """A failure of the storage. The message says what happened, and what to do about it."""
