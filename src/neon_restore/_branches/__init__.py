"""The branches of a project: lookup, history, backups, connection strings, schema diff."""
