"""Commands that maintain the repository; make targets run most of them."""
