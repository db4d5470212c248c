"""Exports of a service, an image, or a packaged folder.

May import `features`, `services`, `messages` and `domain`. Door: the verbs in `packages` and `services`.
"""
