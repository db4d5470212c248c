"""Events: who hears of what happens in a workspace.

May import what features may. Door: the verbs of `subscriptions`.
"""
