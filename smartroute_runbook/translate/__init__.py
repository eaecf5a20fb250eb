"""Athena SQL to Redshift SQL: right, or refused with the reason."""
