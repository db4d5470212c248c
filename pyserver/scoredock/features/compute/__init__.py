"""Compute targets: namespaces of Kubernetes clusters that are attached under names.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `targets`, whose functions are the verbs.
"""
