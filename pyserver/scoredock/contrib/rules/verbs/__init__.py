"""Deployment rules: how they are made, carried out and shown, and how the machine carries them out by itself.

May import the domain, `protocol`, and the other folders of `features`.
Door: `rules` and `running`, whose functions are the verbs; `watching` for the loop that goes on by itself.
"""
