"""Models and their versions: registered, listed, searched, changed, compared, exported.

May import store, blobs, manifests, formats and archives. Door: `registry.Registry`, one folder above.
"""
