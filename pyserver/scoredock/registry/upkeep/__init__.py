"""Upkeep of a workspace: verified, repaired, rebuilt, cleaned of what nothing refers to, backed up and restored.

May import all of the registry but its door. Doors: `collection`, `verification`, `repair`, `backup`, `restoring`.
"""
