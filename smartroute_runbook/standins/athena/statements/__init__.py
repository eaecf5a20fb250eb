"""Athena's statements, one kind a module."""
