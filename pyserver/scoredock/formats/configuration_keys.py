"""Keys that tell a configuration of ours from a file of the same name that belongs to another program."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from scoredock.formats.deployment_fields import FIELDS
from scoredock.formats.fields import Field

_KEY = re.compile(r"[\"']?([A-Za-z_][\w-]{0,60})[\"']?[ \t]*:(?=[ \t\r\n\"'\[{]|$)", re.MULTILINE)
_LOOK = 20_000
_NEAR = 0.85
"""A slip of the pen keeps this much of a name."""
_INFERENCE = (
    "entryScript",
    "sourceDirectory",
    "condaFile",
    "condaDependencies",
    "extraDockerfileSteps",
    "schemaFile",
    "enableGpu",
    "baseImage",
    "baseImageRegistry",
    "cudaVersion",
    # Of an environment that stands in the configuration itself.
    "userManagedDependencies",
    "condaDependenciesFile",
    "baseCondaEnvironment",
    "interpreterPath",
    "baseDockerfile",
    "environmentVariables",
    "inferencingStackVersion",
)
_INFERENCE_TOO = ("environment", "runtime", "description", "name", "version", "python", "docker")
"""Keys that many programs have; a file that has no others may be ours."""


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _names(fields: Iterable[Field]) -> list[str]:
    return [name for field in fields for name in (field.name, *_names(field.fields))]


_DEPLOYMENT = _names(FIELDS)
_CAMEL = frozenset(name for name in _DEPLOYMENT if name != name.lower())
_FOREIGN = 4
"""Keys that are not a field of a deployment configuration: so many slips of the pen nobody makes."""
_SNAKES = 2
"""Keys with underscores in an inference configuration, likewise; the SDK writes none so."""
_TELLING = {
    "inference": frozenset(map(_folded, _INFERENCE)),
    "deployment": frozenset(_folded(name) for name in _DEPLOYMENT if name != name.lower()),
}
"""Names of several words: no other program has them by chance."""
_ALL = {
    "inference": _TELLING["inference"] | frozenset(map(_folded, _INFERENCE_TOO)),
    "deployment": frozenset(map(_folded, _DEPLOYMENT)),
}


_COMPUTE_TYPE = re.compile(r"[\"']?\bcomputeType[\"']?[ \t]*:[ \t]*([\"']?[^\s\"',}]*)")
_OUR_TYPE = re.compile(r"[\"']?(?:local|ac|ak|null|~|[${<_#%\[]|$)", re.IGNORECASE)
"""The types that there are, one that is begun or misspelt, and one that is filled in."""
_OUR_RUNTIME = re.compile(
    r"[\"']?\bruntime[\"']?[ \t]*:[ \t]*[\"']?(?:python|spark)|\benvironment[\"']?[ \t]*:[ \t]*(?:\{|\r?$)",
    re.IGNORECASE | re.MULTILINE,
)
"""A runtime that there is, or an environment with keys of its own."""


def _is_format_of_its_own(kind: str, keys: set[str]) -> bool:
    """True if a program of the project reads it: no key is written as the SDK does, and several are not a field."""
    if kind == "inference":
        return sum("_" in key for key in keys) >= _SNAKES and not any(key != key.lower() for key in keys)
    if keys & _CAMEL:
        return False
    other = [key for key in keys if _folded(key) not in _ALL["deployment"]]
    return len(other) >= _FOREIGN and any("_" in key for key in keys)


def names_our_compute(text: str) -> bool:
    """True if a text with the key `computeType` is a deployment configuration: clusters and jobs of others have it."""
    found = _COMPUTE_TYPE.search(text)
    if found is None or _OUR_TYPE.match(found.group(1)):
        return True
    return bool(set(_KEY.findall(text[:_LOOK])) & (_CAMEL - {"computeType", "location"}))


def _is_of_others(kind: str, text: str, keys: set[str]) -> bool:
    """True if a file shares its keys with ours by chance."""
    telling, foreign = keys & _TELLING[kind], keys - _ALL[kind]
    if kind == "inference":
        return not telling and len(keys) > 1 and _OUR_RUNTIME.search(text) is None
    if "computetype" in keys:
        return bool(foreign) and not names_our_compute(text)
    return len(foreign) > max(len(telling), 1)


def _is_open(text: str) -> bool:
    """True if an object of JSON has begun and not ended."""
    return text.lstrip().startswith("{") and not text.rstrip().endswith("}")


def has_keys_of(kind: str, text: str) -> bool:
    """True if a text is only begun, or has a key of an `inference` or a `deployment` configuration or one like it."""
    written = set(_KEY.findall(text[:_LOOK]))
    keys = {_folded(key) for key in written}
    telling = _TELLING[kind]
    if _is_format_of_its_own(kind, written):
        return False
    near = any(len(key) > 7 and get_close_matches(key, telling, n=1, cutoff=_NEAR) for key in keys - telling)
    if _is_of_others(kind, text, keys) and not (near and len(keys - _ALL[kind]) == 1):
        return False
    if near or keys <= _ALL[kind] or keys & telling:
        return True
    # It is being written.
    return len(keys) == 1 and (_is_open(text) or any(name.startswith(key) for key in keys for name in _ALL[kind]))
