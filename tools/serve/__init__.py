"""`make serve`: the guide as it is published, built again when it is edited, beside a sandbox."""
