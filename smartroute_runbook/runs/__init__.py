"""A run and what it rests on: steps, gates, journal, store, lease, plan."""
