"""What callers of a service need: address, keys and tokens, certificate, a call and a sample for it.

May import engines, the ledger and leases of services. Doors: `client.Client`, `credentials.Credentials`.
"""
