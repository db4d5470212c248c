"""What parent, template and worker all need: processes of the operating system, why a worker ended, its environment
variables and its log.

May import: `contract` and the standard library. Door: each module is one; nothing here starts anything by itself.
"""
