"""Batch jobs whose workers run on a cluster of Ray; plain HTTP to its job server, and no package of Ray here."""
