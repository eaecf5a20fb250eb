"""The wire protocol of Redshift: socket, start of a connection, messages, values."""
