"""Addresses of the conda channels that a file names, and the mirrors that the person set. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from scoredock.environments.pip.locks import without_credentials

DEFAULT = ("conda-forge",)
"""For a file that names no channel."""
_HOSTED = "https://conda.anaconda.org/"
_KNOWN: dict[str, tuple[str, ...]] = {
    "defaults": ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"),
    "main": ("https://repo.anaconda.com/pkgs/main",),
    "msys2": ("https://repo.anaconda.com/pkgs/msys2",),
}
_TOKEN = re.compile(r"(://[^\s\"]*?)/t/[^/\s\"]+/")
"""As anaconda.org and its like write the token of an account into an address."""


def addresses(channels: Sequence[str], mirrors: Sequence[str]) -> tuple[str, ...]:
    """The addresses to ask, in the order of the file.

    Each of `mirrors` is `name=address`, which stands for that channel wherever it is named, by name or by address, or
    an address alone, which stands for all channels. An address may be a folder. `nodefaults` names no channel.
    """
    named: dict[str, str] = {}
    instead: list[str] = []
    for written in mirrors:
        name, sign, address = written.partition("=")
        if sign and not _is_address(name):
            named[name.strip().lower()] = _address(address.strip())
        elif written.strip():
            instead.append(_address(written.strip()))
    if instead:
        return tuple(dict.fromkeys(instead))
    found: list[str] = []
    for channel in channels or DEFAULT:
        if channel.strip().lower() != "nodefaults":
            found += _of(channel.strip(), named)
    return tuple(dict.fromkeys(found))


def without_tokens(text: str) -> str:
    """A text with addresses of channels as people may see it and files may keep it: without passwords and tokens."""
    return _TOKEN.sub(r"\1/t/*****/", without_credentials(text))


def _of(channel: str, named: dict[str, str]) -> tuple[str, ...]:
    plain = channel.rstrip("/")
    name = re.sub(r"^https?://conda\.anaconda\.org/", "", plain, flags=re.IGNORECASE).lower()
    if name in named:
        return (named[name],)
    if _is_address(plain):
        return (_address(plain),)
    return _KNOWN.get(name, (_HOSTED + plain,))


def _is_address(text: str) -> bool:
    return "://" in text or PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()


def _address(text: str) -> str:
    return text.rstrip("/") if "://" in text else Path(text).absolute().as_uri()
