"""Datasets, and the records of environments and images.

May import the domain, `protocol`, and the other folders of `features`.
Door: `assets`, whose functions are the verbs; `builds` for the records of builds.
"""
