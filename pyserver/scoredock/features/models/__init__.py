"""Models: registering files, finding, showing, changing, comparing; scripts of models that need none.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `models`, `registering` and `no_code`, whose functions are the verbs.
"""
