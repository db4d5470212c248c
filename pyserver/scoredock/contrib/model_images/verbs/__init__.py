"""Which model goes where, and from where one comes.

May import `features`, `services`, `messages` and `domain`. Door: the verbs in `registries`.
"""
