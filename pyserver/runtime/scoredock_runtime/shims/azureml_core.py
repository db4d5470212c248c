"""`from azureml.core import Model, Run`, the names of azureml-core that entry scripts need in a service; the others are
absent, and say so where they are used."""

from scoredock_runtime.shims.azureml_core_model import Model as Model
from scoredock_runtime.shims.azureml_core_run import Run as Run

VERSION = "1.61.0"
"""The release that our `Model` behaves like; scripts print it."""
__version__ = VERSION
