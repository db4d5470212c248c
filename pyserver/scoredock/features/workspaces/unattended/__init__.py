"""What the machine does for a workspace with no editor open: deployment rules, schedules of drift, delivery of events.

`installing` is the verb that has the machine start it, `rounds` what is then done.
May import features of other nouns. Door: `installing.attendance`, which says by what a workspace is attended.
"""
