"""Setting that notebooks of v1 make first: whether Microsoft may collect data on their use.

May import: the standard library and `azureml`. Door: `set_diagnostics_collection`.
"""

from __future__ import annotations

from azureml._scoredock.absent import PACKAGES, every_name

__getattr__ = every_name(__name__, PACKAGES[__name__])


def set_diagnostics_collection(
    send_diagnostics: bool = True, verbosity: int = 0, reason: object = None, path: object = None
) -> None:
    """Accepts any setting; nothing is sent to Azure."""
