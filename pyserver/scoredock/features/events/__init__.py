"""Events: who is told of what happens in a workspace.

May import what features may. Door: the verbs of `subscriptions`.
"""
