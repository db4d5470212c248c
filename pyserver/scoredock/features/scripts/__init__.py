"""Files of a project as checks see them: what lies around them, repairs, trials, and scripts of the SDK v1.

May import the domain, `protocol`, and the other folders of `features`.
Door: `documents`, `trial` and `sdk_runs`, whose functions are the verbs.
"""
