"""Endpoints: several services as the versions of one, and their YAML of Azure ML v2.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `endpoints`, whose functions are the verbs; `files` for the YAML.
"""
