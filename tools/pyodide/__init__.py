"""Python in the page: the code that runs there, and the code that packs its files."""
