"""The router of an endpoint: one port, several versions behind it, each a service of its own.

It runs as the worker of an ordinary parent, which restarts it, holds the listening socket and writes the log. It never
looks at bodies. May import: `http` below its connections (poller, event loop, transport), `base`, `contract` and the
standard library. Door: `work`.
"""
