"""The record of a run: notebooks executed in process, sealed, verified and told to an auditor."""
