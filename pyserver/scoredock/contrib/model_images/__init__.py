"""Models as images: to container registries and files, and back, without Docker.

`domain` writes and reads images, `verbs` says of which model, `terminal` prints. May import what the core's folders of
these names may.
Door: `contribution`.
"""
