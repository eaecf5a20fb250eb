"""Stand-ins for Athena, Redshift and the AWS control plane: for tests and rehearsals."""
