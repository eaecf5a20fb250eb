"""Redshift's control plane: clusters, snapshots, parameter groups, schedules, the Data API."""
