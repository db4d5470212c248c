"""The connection to a cluster of Ray; plain HTTP to its job server, and no package of Ray here."""
