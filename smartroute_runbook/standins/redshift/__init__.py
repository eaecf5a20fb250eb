"""The stand-in for Redshift."""
