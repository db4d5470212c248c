"""Services without a script: from a model of a known framework to a small entry script, its environment and its schema.

Nothing is imported here: the server imports this package late, in several threads, and Python locks a module before the
package that it is in, so a package that imports its own modules could meet itself half-made.
"""
