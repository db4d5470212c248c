"""The Docker of another machine: the Docker engine, with ports that a process of this machine forwards.

May import `engines.docker`, which it is but for where it is. Door: `engine`.
"""
