"""The Docker that is used.

May import the domain, `protocol`, and the other folders of `features`.
Door: `docker`, whose functions are the verbs.
"""
