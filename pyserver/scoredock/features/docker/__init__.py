"""The Docker that is used.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `docker`, whose functions are the verbs.
"""
