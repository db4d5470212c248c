"""Help for a person to begin and go on: new projects, tasks of the editor, the check of this computer.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `projects`, `tasks` and `doctor`, whose functions are the verbs.
"""
