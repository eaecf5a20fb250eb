"""Redshift's statements, one kind a module."""
