"""Manifests: what the store knows of a version, written beside its bytes, from which a lost store is made anew.

May import rows and blobs. Door: `manifests.Manifests`.
"""
