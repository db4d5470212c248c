"""Requests to services: bodies, `.http` files, and tests.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `files`, `written_requests`, `body_help` and `tests`, whose functions are the verbs.
"""
