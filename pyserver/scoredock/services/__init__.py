"""Services: what is asked for (`request`), what was decided (`revision`) and what is kept (`ledger`).

`planning` gets from the first to the second, `lifecycle` makes it run, `access` is what callers need, `trying` runs a
script once. May import engines, environments, images, the registry and the checks; no messages. Door:
`lifecycle.deployments.Deployments`.

Nothing is imported here: the server imports this package late, in several threads, and Python locks a module before the
package that it is in, so a package that imports its own modules could meet itself half-made.
"""
