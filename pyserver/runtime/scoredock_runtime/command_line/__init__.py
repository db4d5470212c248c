"""The command line of azmlinfsrv: arguments, environment and a configuration file become a spec.

May import: `contract`, `base` and `parent`. Door: `command.main`.
"""
