"""The bytes of models: taken in, hashed, read and written out again.

May import the store's ways to write. Doors: `blobs.Blobs`, `extraction`.
"""
