"""Python in the page: what runs there, and how the files for it are made."""
