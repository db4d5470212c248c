"""Tests of a service: requests of `.http` files whose answers are compared with what they expect, against a service
for the length of the run or one that runs. May import all of services but packaging, debug and profile.

Doors: `temporary_service`, `run_file`, `verdict`.
"""
