"""From what a person wrote (conda, pip, nothing at all) to a virtual environment that is built once and reused.

Nothing is imported here: the server imports this package late, in several threads, and Python locks a module before the
package that it is in, so a package that imports its own modules could meet itself half-made.
"""
