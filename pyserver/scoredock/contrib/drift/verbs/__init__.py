"""Comparing data: which files a source means, which Python compares them, what is kept, schedules and retraining.

May import what features may. Doors: the verbs of `comparing` and `schedules`.
"""
