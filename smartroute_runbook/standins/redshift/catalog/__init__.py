"""Redshift's catalogue, system views and system tables."""
