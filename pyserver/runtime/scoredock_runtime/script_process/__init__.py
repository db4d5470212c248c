"""A script in a process of its own Python: what that process runs, and what it says to the worker.

All files here and all that they import of this package parse and run on Python 3.6, with nothing but its standard
library: no `from __future__ import annotations`, no dataclasses. The worker of a supported Python uses the same code
for scripts of its own Python, so that both behave alike.

May import: `base`, `schema`, `shims` and `fast_json`, as far as they are 3.6. Door: `host.py`, the program of the
process, and `channel`, the messages between both.
"""
