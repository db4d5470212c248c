"""Pythons that serve, and those that run a script: what checks, environments and deployments say of older ones."""

from __future__ import annotations

OLDEST = (3, 9)
"""The scoring runtime's, and that of azureml-inference-server-http 1.5.1 (Requires-Python). In an older one a script
runs in a process of its own beside the runtime."""
OLDEST_OF_SCRIPTS = (3, 6)
"""The oldest that such a process understands."""
OLDEST_OF_SDK = (3, 6)
"""The oldest in which the stand-in of the SDK v1 runs."""
ADVICE = "Use Python 3.6 or later; `scoredock environment suggest` finds versions of the packages for a supported one."
