"""The process that runs a script or notebook of the SDK, and what it leaves.

May import what `scripts` may. Doors: `processes`, `reports`.
"""
