"""Search for secrets in a configuration: one that holds some never becomes part of a service or an image. Pure."""

from __future__ import annotations

import re

from scoredock.analysis.read import parse
from scoredock.analysis.tree import Mapping, Scalar, walk
from scoredock.formats.document_kind import DocumentKind, kind_of
from scoredock.formats.secrets import is_literal, names_secret

SUFFIXES = (".json", ".yml", ".yaml", ".txt", ".in", ".toml", ".conf", ".ini", ".condarc")
"""Of files that may be configurations; no other file needs to be read."""
_KINDS: frozenset[DocumentKind] = frozenset(
    (
        "inference-config",
        "deployment-config",
        "conda",
        "requirements",
        "environment",
        "workspace-config",
        "project-settings",
        "online-endpoint",
        "online-deployment",
        "batch-endpoint",
        "batch-deployment",
        "environment-asset",
        "model-asset",
    )
)
_INSTALLERS = frozenset(("pip.conf", "pip.ini", "uv.toml", ".condarc", "environment.json"))
"""Names of what pip, uv and conda read, and of an environment as the SDK saves it."""
_LOGIN = re.compile(r"://[^/\s:@\"']*:([^/\s@\"']+)@")
_STAND_INS = ("$", "%", "<", "{")
_MAY_NAME_SECRET = re.compile(r"pass|pwd|secret|token|key|sas|connection", re.IGNORECASE)


def secret_in(path: str, text: str) -> str:
    """Place of a secret in a configuration, for people: `the value of "password" in line 4`.

    Empty when it holds none, or is not a configuration that Scoredock, pip, uv or conda read.
    """
    name = re.split(r"[\\/]", path)[-1].lower()
    if kind_of(path, text) not in _KINDS and name not in _INSTALLERS:
        return ""
    for match in _LOGIN.finditer(text):
        if not match.group(1).startswith(_STAND_INS):
            return f"a password in an address, line {text.count(chr(10), 0, match.start()) + 1}"
    if not name.endswith((".json", ".yml", ".yaml", ".condarc")) or not _MAY_NAME_SECRET.search(text):
        return ""
    for node in walk(parse(text, path).root):
        for entry in node.entries if isinstance(node, Mapping) else ():
            key, value = entry.key.value, entry.value
            if (
                isinstance(key, str)
                and isinstance(value, Scalar)
                and isinstance(value.value, str)
                and names_secret(key)
                and is_literal(value.value)
            ):
                return f'the value of "{key}" in line {value.range.start.line + 1}'
    return ""
