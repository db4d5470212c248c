"""Training is not done here; what it left is registered.

May import: the standard library and `azureml`. Door: the modules of the SDK.
"""

from __future__ import annotations

__path__ = __import__("pkgutil").extend_path(__path__, __name__)
