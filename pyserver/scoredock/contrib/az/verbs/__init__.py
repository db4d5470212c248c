"""An `az` in a folder of its own.

May import what features may. Door: the verbs of `az_forwarder`.
"""
