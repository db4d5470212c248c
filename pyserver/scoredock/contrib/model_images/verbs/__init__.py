"""Transfers of models to registries and files of images, and back.

May import `features`, `services`, `messages` and `domain`. Door: the verbs in `registries`.
"""
