"""Images of the older way under the names of the SDK.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml.core.image.container import ContainerImage
from azureml.core.image.image import Image

__all__ = ["ContainerImage", "Image"]
