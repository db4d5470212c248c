"""Unattended work of the machine for a workspace: deployment rules, schedules of drift, delivery of events.

`installing` is the verb that has the machine start it, `rounds` what is then done.
By what one is attended says `workspace/unattended/attendance.py`. May import the domain. Door: `rounds.watch`.
"""
