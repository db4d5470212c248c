"""Common parts of parent, template and worker: processes of the operating system, why a worker ended, its environment
variables and its log.

May import: `contract` and the standard library. Door: each module is one; nothing here starts anything by itself.
"""
