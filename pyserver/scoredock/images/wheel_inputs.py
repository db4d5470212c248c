"""What pip in a container is told: in files that its root alone reads, as everybody may see arguments and variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from scoredock.environments.pip import locks
from scoredock.images.members import LayerMember, text

REQUIREMENTS, CONFIGURATION, LOGINS = "requirements.txt", "pip.conf", "netrc"
_INDEXES = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
    "trusted-host": ("PIP_TRUSTED_HOST",),
    "timeout": ("PIP_DEFAULT_TIMEOUT",),
}
_LOGIN = re.compile(r"(?<!\+)(https?://)([^\s/:@]+):([^\s/]+)@([^\s/:@]+)")
"""Not of `git+https://`: that address is git's, which reads other files."""
_PLAIN = re.compile(r"[A-Za-z0-9!$%&*+,./:;<=>?@^_`|~-]+")
"""What stands in a netrc file without quotes."""


def pip_inputs(
    root: str, line: str, hashes: Sequence[str], options: Sequence[str], index_url: str
) -> tuple[list[LayerMember], dict[str, str]]:
    """The files below `root` (without a slash before it) and the variables that name them, for one line of a lock."""
    logins: dict[str, tuple[str, str]] = {}
    wanted = _apart("".join(f"{each}\n" for each in options) + locks.lock_lines(line, hashes), logins)
    settings = {name: _apart(value, logins) for name, value in _indexes(index_url).items()}
    configuration = "[global]\n" + "".join(f"{name} = {' '.join(value.split())}\n" for name, value in settings.items())
    netrc = "".join(f"machine {host}\nlogin {user}\npassword {word}\n" for host, (user, word) in logins.items())
    files = {REQUIREMENTS: wanted, CONFIGURATION: configuration, LOGINS: netrc}
    members = [text(f"{root}/{name}", content, mode=0o600) for name, content in files.items()]
    return members, {"PIP_CONFIG_FILE": f"/{root}/{CONFIGURATION}", "NETRC": f"/{root}/{LOGINS}"}


def _apart(written: str, logins: dict[str, tuple[str, str]]) -> str:
    """The text without the logins that can stand in a netrc file: pip hands addresses on to its children as
    arguments."""

    def taken(found: re.Match[str]) -> str:
        scheme, user, word, host = found.groups()
        login = unquote(user), unquote(word)
        if not all(_PLAIN.fullmatch(each) for each in login) or logins.setdefault(host, login) != login:
            return found.group()
        return f"{scheme}{host}"

    return _LOGIN.sub(taken, written)


def _indexes(index_url: str) -> Mapping[str, str]:
    found = {option: value for option, names in _INDEXES.items() for name in names if (value := os.environ.get(name))}
    if index_url:
        found["index-url"] = index_url
    return found
