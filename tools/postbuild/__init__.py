"""The post-build step, with a module for each thing that it adds."""
