"""The Azure ML SDK v1 as far as deploying goes, answered by Scoredock on this machine.

May import: the standard library and itself. Door: the modules of the SDK, at their own places.
"""

from __future__ import annotations

from azureml._scoredock.absent import install

__path__ = __import__("pkgutil").extend_path(__path__, __name__)
install()
