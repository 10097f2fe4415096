"""Restores under faults: schedules of faults, what carries them out, and a judge."""
