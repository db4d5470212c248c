"""The Python of packages of which a script names none: its own one, or the nearest that their pins are for."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, Dict

from azureml._scoredock.failures import ServerFailure
from azureml._scoredock.server import request
from azureml._scoredock.temporary import scratch_folder

OWN = "{}.{}".format(*sys.version_info[:2])
_PIN = re.compile(r"[A-Za-z\]]\s*={1,3}\s*\d")
_ANSWERS: Dict[str, str] = {}


def of_pins(packages: Dict[str, Any]) -> str:
    """`3.11` for what a conda file lists without a Python; another one than that of the script is printed once."""
    text = json.dumps(packages)
    if not _PIN.search(text):
        return OWN
    if text not in _ANSWERS:
        _ANSWERS[text] = _nearest(text)
    return _ANSWERS[text]


def _nearest(text: str) -> str:
    with scratch_folder("script") as folder:
        path = os.path.join(folder, "conda.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)  # JSON is YAML
        try:
            found = request("environment/definition", path=path, python=OWN)
        except ServerFailure:  # told where the packages are registered or installed
            return OWN
    if found["nearestPython"]:
        print(found["reason"], file=sys.stderr)
    return found["nearestPython"] or OWN
