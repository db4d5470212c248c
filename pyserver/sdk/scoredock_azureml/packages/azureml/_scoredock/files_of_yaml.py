"""YAML files, read by the server: the Python of a script may have nothing that reads them."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.server import request
from azureml.exceptions import UserErrorException


def read_yaml(path: str) -> Dict[str, Any]:
    """Keys and values of a YAML file; empty if it holds something else. Raises UserErrorException."""
    try:
        document = json.loads(request("batch/readYaml", path=os.path.abspath(path))["text"])
    except ServerFailure as failure:
        raise exception_of(failure, kind=UserErrorException) from None
    return document if isinstance(document, dict) else {}
