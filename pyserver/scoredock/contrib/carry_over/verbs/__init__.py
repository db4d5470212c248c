"""Converting a model: which version, which samples, what the new one is registered with.

May import what features may. Door: the verb of `carrying_over`.
"""
