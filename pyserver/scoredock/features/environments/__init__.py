"""Environments as they are written and as they are built, and versions of packages that install.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `environments` and `nearest_versions`, whose functions are the verbs.
"""
