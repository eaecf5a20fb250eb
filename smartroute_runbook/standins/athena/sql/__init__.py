"""Trino SQL: how it is read, typed and written for DuckDB."""
