"""Small commands that keep the repository in order; each is run by a make target."""
