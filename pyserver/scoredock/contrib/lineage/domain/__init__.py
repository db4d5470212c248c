"""Lineage as a graph of things, the part of it that belongs to one of them, and OpenLineage's events.

Pure: whoever asks brings the things. May import nothing of the domain.
Door: `graph.Graph`, `openlineage.run_events`.
"""
