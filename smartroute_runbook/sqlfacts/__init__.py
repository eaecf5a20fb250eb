"""Documented facts of both SQL dialects, with their sources; owned by neither the translator nor the stand-ins."""
