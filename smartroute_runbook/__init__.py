"""An executable runbook that carries SmartRoute from Amazon Athena to Amazon Redshift."""

__version__ = "0.1.0"
