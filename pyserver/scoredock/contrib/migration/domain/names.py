"""Names inside of v2's grammars, close to what v1 calls a thing."""

from __future__ import annotations

import re
from collections.abc import Collection

_ENDPOINT = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]")
_ASSET = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")
_SHORTEST, _LONGEST = 3, 32
_LONGEST_ASSET = 255
_RESERVED = ("microsoft", "azureml")


def endpoint_name(text: str, others: Collection[str] = ()) -> str:
    """3 to 32 letters, digits and dashes, beginning with a letter; with a number where it is taken."""
    name = text if _ENDPOINT.fullmatch(text) else _as_endpoint(text)
    return _free(name, others, _LONGEST)


def _as_endpoint(text: str) -> str:
    name = re.sub(r"[^a-zA-Z0-9]+", "-", text)
    name = re.sub(r"^[^a-zA-Z]+", "", name)[:_LONGEST].strip("-")
    if not name:
        return "service"
    return name if len(name) >= _SHORTEST else f"{name}-service"


def asset_name(text: str, *, environment: bool = False) -> str:
    """Valid name for a model or an environment: letters, digits, dashes, dots and underscores, 255 at most. A name of
    an own environment must not begin with the words that Azure reserves.
    """
    name = text if _ASSET.fullmatch(text) else re.sub(r"[^a-zA-Z0-9\-._]+", "-", text)
    name = re.sub(r"^[^a-zA-Z0-9]+", "", name)[:_LONGEST_ASSET]
    if environment:
        while name.lower().startswith(_RESERVED):
            name = re.sub(r"^[^a-zA-Z0-9]+", "", re.sub(r"^(?:microsoft|azureml)", "", name, flags=re.IGNORECASE))
    return name or ("environment" if environment else "model")


def file_name(text: str) -> str:
    """Name of a folder of the output."""
    return re.sub(r"[^a-zA-Z0-9\-._]+", "-", text).strip(".-")[:100] or "asset"


def _free(name: str, others: Collection[str], longest: int) -> str:
    number, free = 2, name
    while free in others:
        ending = f"-{number}"
        free = name[: longest - len(ending)].rstrip("-") + ending
        number += 1
    return free


class FolderNames:
    """A folder of the output for each name, also where letters have one case only."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._lower: set[str] = set()

    def of(self, name: str) -> str:
        """Always the same one for a name."""
        if name not in self._folders:
            folder, number = file_name(name), 2
            while folder.lower() in self._lower:
                folder = f"{file_name(name)}-{number}"
                number += 1
            self._folders[name] = folder
            self._lower.add(folder.lower())
        return self._folders[name]


def free_asset(name: str, others: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    return _free(name, others, _LONGEST_ASSET)
