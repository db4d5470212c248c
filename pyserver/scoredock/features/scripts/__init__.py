"""Files of a project as checks see them: what lies around them, repairs and trials.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `documents` and `trial`, whose functions are the verbs.
"""
