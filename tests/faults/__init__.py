"""Restores under faults: schedules, transports that inject the faults, and an oracle."""
