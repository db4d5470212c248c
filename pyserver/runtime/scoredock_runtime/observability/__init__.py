"""Counts, collected data and traces of requests: each part is off, and not even loaded, unless it was asked for.

May import: `contract`, `base`, `fast_json`, and OpenTelemetry late. Door: `metrics.Metrics`, `collection.begin` (and
`collection.for_script`, for scripts that collect by themselves) and `telemetry.begin`.
"""
