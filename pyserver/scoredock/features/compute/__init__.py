"""Compute targets: namespaces of Kubernetes clusters that are attached under names.

May import the domain, `protocol`, and the other folders of `features`.
Door: `targets`, whose functions are the verbs.
"""
