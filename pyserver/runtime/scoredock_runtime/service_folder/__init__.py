"""Folder of a service, read and written by its parent: spec, status, and files changed in place.

May import: `contract` and the standard library. Door: `spec_file`, `status_file`, `file_switch` and `code_bundle`.
"""
