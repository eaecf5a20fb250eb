"""The stand-in for Athena."""
