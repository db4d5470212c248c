"""Endpoints: several services of a workspace as the versions of one, behind one port, each with a share of requests.

Each version is an ordinary service, deployed, updated, rolled back and looked at as any other. What an endpoint adds is
a row that says which services they are and who gets what, and a router that goes by it.

May import: what `services` may, and `services.deployments`. Door: `endpoints.Endpoints`.
"""
