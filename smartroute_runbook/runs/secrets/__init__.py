"""Secrets: by which forms and names they are known, in texts, statements, tables and values; none is ever kept."""
