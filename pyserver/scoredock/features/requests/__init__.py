"""Requests to services: bodies, `.http` files, responses as they come, and tests.

May import the domain, `protocol`, and the other folders of `features`.
Door: `files`, `written`, `body_help`, `tests` and `responses`, whose functions are the verbs.
"""
