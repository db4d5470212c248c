"""Files of the server that need nothing of it, read here as they are: nothing of the server can be imported."""

import importlib.util
import os
from typing import Any

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 4)


def file_of_server(name: str) -> Any:
    """Module of the server in a file of this name."""
    spec: Any = importlib.util.spec_from_file_location(name + "_of_scoredock", os.path.join(_FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
