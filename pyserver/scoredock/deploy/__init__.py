"""The life of a service: planned, staged, started, watched, replaced, stopped, deleted.

Nothing is imported here: the server imports this package late, in several threads, and Python locks a module before the
package that it is in, so a package that imports its own modules could meet itself half-made.
"""
