"""The step after the build, a file for each thing that it adds."""
