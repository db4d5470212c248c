"""Events: who hears of what happens in a workspace.

`domain` keeps subscriptions and delivers, `verbs` makes and shows them, `terminal` prints. May import what the core's
folders of these names may.
Door: `contribution`, and the program `domain.process`, which `registry.audit.announcing` starts by its name.
"""
