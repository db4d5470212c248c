"""Inputs of pip where it runs beside uv: a requirement, the indexes as they are set for uv, and their logins. Pure but
for variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from scoredock.environments.pip import locks

READING_PIP = "pip<24.1"
"""The last that reads requirements as they were written before PEP 440."""
REQUIREMENTS, _CONFIGURATION, _LOGINS = "requirements.txt", "pip.conf", "netrc"
_INDEXES = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
    "trusted-host": ("PIP_TRUSTED_HOST",),
    "timeout": ("PIP_DEFAULT_TIMEOUT",),
}
_LOGIN = re.compile(r"(?<!\+)(https?://)([^\s/:@]+):([^\s/]+)@([^\s/:@]+)")
"""Not of `git+https://`: that address is git's, which reads other files."""
_NAME = re.compile(r"(^|\s)[A-Za-z0-9_-]+=(?=https?:)")
"""Which uv gives to an index, and pip does not know."""
_PLAIN = re.compile(r"[A-Za-z0-9!$%&*+,./:;<=>?@^_`|~-]+")
"""What stands in a netrc file without quotes."""


def pip_inputs(
    root: str, line: str, hashes: Sequence[str], options: Sequence[str], index_url: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the files that will lie in `root`, and the variables that name them, for one line of a lock."""
    logins: dict[str, tuple[str, str]] = {}
    wanted = _apart("".join(f"{each}\n" for each in options) + locks.lock_lines(line, hashes), logins)
    settings = {name: _apart(value, logins) for name, value in _indexes(index_url).items()}
    configuration = "[global]\n" + "".join(f"{name} = {' '.join(value.split())}\n" for name, value in settings.items())
    netrc = "".join(f"machine {host}\nlogin {user}\npassword {word}\n" for host, (user, word) in logins.items())
    files = {REQUIREMENTS: wanted, _CONFIGURATION: configuration, _LOGINS: netrc}
    return files, {"PIP_CONFIG_FILE": f"{root}/{_CONFIGURATION}", "NETRC": f"{root}/{_LOGINS}"}


def _apart(text: str, logins: dict[str, tuple[str, str]]) -> str:
    """The text without the logins that can stand in a netrc file: pip hands addresses on to its children as
    arguments."""

    def taken(match: re.Match[str]) -> str:
        scheme, user, word, host = match.groups()
        login = unquote(user), unquote(word)
        if not all(_PLAIN.fullmatch(each) for each in login) or logins.setdefault(host, login) != login:
            return match.group()
        return f"{scheme}{host}"

    return _LOGIN.sub(taken, text)


def _indexes(index_url: str) -> Mapping[str, str]:
    settings = {
        option: _NAME.sub(r"\1", value)
        for option, names in _INDEXES.items()
        for name in names
        if (value := os.environ.get(name))
    }
    if index_url:
        settings["index-url"] = index_url
    return settings
