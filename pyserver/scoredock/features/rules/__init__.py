"""Deployment rules: what they are told, carried out and show, and how the machine carries them out by itself.

May import the domain, `protocol`, and the other folders of `features`.
Door: `rules` and `running`, whose functions are the verbs; `watching` for the loop that goes on by itself.
"""
