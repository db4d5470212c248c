"""Tests of a service: requests of `.http` files whose answers are compared with what they expect, against a service for
the length of the run or one that runs.

`domain` sends and compares, `verbs` reads files and finds what they deploy, `terminal` prints. May import what the
core's folders of these names may.
Door: `contribution`; for other contributions `api`.
"""
