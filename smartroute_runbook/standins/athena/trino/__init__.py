"""Athena's statements on a real Trino that reads the same Glue catalogue and the same objects (``--trino URL``)."""
