"""Form of a file with an environment: by its content, as people call conda files by any name."""

from __future__ import annotations

import json
import re
from typing import Literal

Form = Literal["conda", "json", "requirements"]

_HEAD = 200_000
_CONDA_KEY = re.compile(r"^[\"']?(?:dependencies|channels)[\"']?[ \t]*:(?:[ \t]*(?:#.*|\[.*)?)$", re.MULTILINE)
_OF_ENVIRONMENTS = ("python", "docker", "condaDependencies", "environmentVariables")
"""Keys of azureml_environment.json, which a conda file has not."""


def form_of(name: str, text: str) -> Form:
    """Form of a file that somebody gives as an environment; the name decides only where the text does not."""
    ending = name.lower().rpartition(".")[2]
    begun = text.lstrip("\ufeff \t\r\n")
    if begun.startswith("{"):
        return "conda" if _is_conda(begun) else "json"
    if ending in ("yml", "yaml"):
        return "conda"
    if _CONDA_KEY.search(text[:_HEAD]):
        return "conda"
    return "json" if ending == "json" else "requirements"


def _is_conda(text: str) -> bool:
    """True if an object has the list of packages that only a conda file has."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or any(key in document for key in _OF_ENVIRONMENTS):
        return False
    return isinstance(document.get("dependencies"), list)
