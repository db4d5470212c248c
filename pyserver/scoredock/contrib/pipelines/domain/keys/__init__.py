"""Tells which keys of the three platforms are read, which mean nothing on this machine, and which are refused; and
which jobs ask for a person, or for what is unknown here.

May import `pipeline`, `values` and `running.start`. Doors: `table.tables`, `unread.unread_keys`, `guards.reasons`.
"""
