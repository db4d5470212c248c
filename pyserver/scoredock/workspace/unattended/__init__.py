"""Attendance of a machine to a workspace with no editor open.

`timers` is the texts for systemd, cron and the task scheduler, `machine` reads and writes what is really there,
`launcher` the file that they start, `places` where such files were before; `attendance` says in a sentence what is
there. May import the registry and `packaging`.
"""
