"""A service for the places that run it: files of other tools, made of one image or of one packaged folder.

A module for each kind; `kinds.py` is the table of them. May import `services` and what these may. Door: `of_image`,
`of_folder`, `exported_folder`.
"""
