"""The command with databases behind it: for real, processes and files and all."""
