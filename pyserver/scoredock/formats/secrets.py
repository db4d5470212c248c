"""Texts that are secrets: which names promise one, and which values only stand for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PWD|SECRET|TOKEN|APIKEY|API_KEY|ACCESS_KEY|ACCOUNT_KEY|PRIVATE_KEY|CLIENT_SECRET|CONNECTION_STRING|SAS)(?:$|_(?:KEY|VALUE|STRING)$)"
)
_STAND_IN = re.compile(
    r"^\s*(?:\$\{?\{?.*|<.*>|\{\{.*\}\}|#\{.*\}#?|__\w+__|%\w+%|@Microsoft\.KeyVault\(.*|\[.*\]|\*+|x+|\.{3}|…)\s*$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"^(?:true|false|none|null|yes|no|on|off|[0-9.]{1,6})$", re.IGNORECASE)

LEFT_OUT = "<left-out>"
"""Stands for a secret in a command that a backup has."""
_VALUE = r"""(?P<value><[^>]*>|"[^"]*"|'[^']*'|[^\s"'&;|]+)"""
_WHOLE = re.compile(r"(?P<name>-{0,2}[A-Za-z_][\w.-]*)(?P<between>\s*[=:]\s*)(?P<value>.+)", re.DOTALL)
_NAMED = (
    re.compile(r"(?P<name>[A-Za-z_][\w.-]*)(?P<between>[\"']?\s*[=:]\s*)" + _VALUE),
    re.compile(r"(?P<name>--?[A-Za-z][\w-]*)(?P<between>\s+)" + _VALUE),
)
"""Within a word, such as the text that a shell gets."""
_SHAPED = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"(?:(?<=[?&]sig=)|(?<=[?&]key=)|(?<=[?&]code=))[^&\s\"']+", re.IGNORECASE),
    re.compile(r"(?:(?<=Authorization: )|(?<=Authorization:))[^\s\"'][^\"']*", re.IGNORECASE),
    re.compile(r"(?:(?<=Bearer )|(?<=Basic ))[^\s\"']+", re.IGNORECASE),
    re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}|\bgh[pousr]_\w{16,}|\bAKIA[A-Z0-9]{12,}|\bxox[a-z]-[\w-]{8,}"),
)
"""In an address, in a header, and tokens that show what they are."""
_LOGINS = ("-u", "--user", "--proxy-user")
"""Options whose value is `NAME:PASSWORD`."""
_ENDING = re.compile(r"(?:password|passwd|passphrase|secret|token|apikey)$", re.IGNORECASE)
_LONGEST = 300
SECRET_FILES = (
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "*.pfx",
    "*.p12",
    "id_rsa",
    "id_ed25519",
    ".netrc",
    ".pypirc",
    ".aws",
    ".azure",
    ".ssh",
    ".docker/config.json",
)
"""Names of files and folders that may hold secrets."""


def names_secret_file(path: PurePath) -> bool:
    """True if a file, or a folder above it, is called as those are that hold secrets."""
    return any(each.match(name) for each in (path, *path.parents) for name in SECRET_FILES)


def names_secret(name: str) -> bool:
    """True if a variable of this name holds a secret."""
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:200]).upper().replace("-", "_")
    return _NAME.search(upper) is not None


def is_literal(value: str) -> bool:
    """True if a value is the secret itself, and neither a placeholder that a pipeline fills nor a switch."""
    return bool(value.strip()) and len(value) < 10_000 and not _STAND_IN.match(value) and not _PLAIN.match(value)


def without_secret_words(words: Sequence[str]) -> tuple[str, ...]:
    """A command with `LEFT_OUT` in the place of what looks like a secret: the value of an option or a variable that is
    called so, a login in an address, a token."""
    return tuple(_without_secrets(word, former) for former, word in zip(("", *words), words, strict=False))


def _without_secrets(word: str, former: str) -> str:
    if former.startswith("-") and _promises_secret(former) and is_literal(word):
        return LEFT_OUT
    if former in _LOGINS and ":" in word:
        return f"{word.partition(':')[0]}:{LEFT_OUT}"
    option = _WHOLE.fullmatch(word)
    if option and _promises_secret(option["name"]) and is_literal(option["value"]):
        return f"{option['name']}{option['between']}{LEFT_OUT}"
    for pattern in _NAMED:
        word = pattern.sub(_hidden, word)
    for pattern in _SHAPED:
        word = pattern.sub(LEFT_OUT, word)
    return word


def _hidden(match: re.Match[str]) -> str:
    if _promises_secret(match["name"]) and is_literal(match["value"]):
        return f"{match['name']}{match['between']}{LEFT_OUT}"
    return match[0]


def _promises_secret(name: str) -> bool:
    plain = name.lstrip("-")
    return names_secret(plain) or _ENDING.search(plain[-200:]) is not None


def command_text(words: Sequence[str]) -> str:
    """A command for people; the end of a long one is left out."""
    text = " ".join(words)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
