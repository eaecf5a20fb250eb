"""Redshift SQL: how it is read, checked, typed and written for DuckDB."""
