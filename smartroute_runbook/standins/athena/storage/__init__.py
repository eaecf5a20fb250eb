"""What Athena reads: the Glue catalogue and the files on S3."""
