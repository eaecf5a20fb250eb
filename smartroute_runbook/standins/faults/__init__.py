"""Faults on a schedule: throttling, broken connections, stale listings."""
