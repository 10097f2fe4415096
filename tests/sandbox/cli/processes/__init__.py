"""The command in processes of its own, as users start it, without databases."""
