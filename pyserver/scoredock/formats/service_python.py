"""The Python that a service needs: what checks, environments and deployments say of an older one."""

from __future__ import annotations

OLDEST = (3, 9)
"""The scoring runtime's, and that of azureml-inference-server-http 1.5.1 (Requires-Python)."""
TOO_OLD = "is older than 3.9, which a Scoredock service needs: Deploy refuses the environment; ask for 3.9 or later"
"""Behind `Python 3.6`."""
ADVICE = "Use Python 3.9 or later; `scoredock environment suggest` finds versions of the packages for it."
