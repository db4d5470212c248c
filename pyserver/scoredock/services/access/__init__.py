"""Access of callers to a service: its address, keys and tokens, certificate, a call and a sample request for it.

May import engines, the ledger and leases of services. Doors: `client.Client`, `credentials.Credentials`.
"""
