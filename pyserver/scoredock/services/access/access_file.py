"""The keys of a service: made, kept and renewed. They lie in one file of its folder that only its owner may read.

Nothing else holds a key: the service knows digests, the ledger and the logs nothing. The file stays for the life of the
service, through updates, stops and starts.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal, cast

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.service import Authenticated
from scoredock.services.planning.front_end import GivenKeys
from scoredock_runtime.contract import Authentication, make_token

FILE = "access.json"
TOKEN_SECONDS = 3600.0
"""How long a token is good."""
_REFRESH_SHARE = 0.75
"""Of its life, after which a new one should be got."""
_LONGEST = 256
_LARGEST = 10_000

KeyName = Literal["Primary", "Secondary"]


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets of one service."""

    primary: str = field(repr=False)
    secondary: str = field(repr=False)
    token_secret: str = field(repr=False)
    given: str = ""
    """Digest of the keys that a deployment configuration gave last, so that the same file does not undo a renewal."""


@dataclass(frozen=True, slots=True)
class Token:
    """Token with the field names of v1's `get_access_token`."""

    access_token: str = field(repr=False)
    token_type: str
    refresh_after: float
    """Seconds since the epoch."""
    expiry_on: float


def fresh_access() -> Access:
    """New keys; nobody can guess them."""
    return Access(_new_key(), _new_key(), secrets.token_hex(32))


def with_given(access: Access, keys: GivenKeys) -> Access:
    """`access` with the keys of a deployment configuration, or unchanged where these keys were taken over before.

    Raises ScoredockError `service-key-invalid`.
    """
    if not keys.primary:
        return access
    for key in (keys.primary, keys.secondary):
        if key:
            _require_key(key)
    digest = sha256(f"{keys.primary}\n{keys.secondary}".encode()).hexdigest()
    if digest == access.given:
        return access
    return replace(access, primary=keys.primary, secondary=keys.secondary or access.secondary, given=digest)


def renewed(access: Access, name: str, value: str) -> Access:
    """`access` with the key `name` replaced by `value`, or by a new key where `value` is empty.

    Raises ScoredockError `service-key-invalid`, with the words that v1 has for it.
    """
    which = key_name(name)
    if value:
        _require_key(value)
    key = value or _new_key()
    return replace(access, primary=key) if which == "Primary" else replace(access, secondary=key)


def key_name(name: str) -> KeyName:
    """Raises ScoredockError `service-key-invalid`."""
    if not name:
        raise ScoredockError(
            "service-key-invalid", l10n.t("Must specify which key will be regenerated: Primary, Secondary.")
        )
    which = name.capitalize()
    if which not in ("Primary", "Secondary"):
        raise ScoredockError(
            "service-key-invalid",
            l10n.t(
                "Invalid value provided for key: {written}. Valid options are: Primary, Secondary.",
                written=name[:40],
            ),
        )
    return cast(KeyName, which)


def authentication(access: Access | None, kind: Authenticated) -> Authentication | None:
    """Authentication of the service: digests of keys or the token secret, never a key. None lets everybody in."""
    if not kind or access is None:
        return None
    if kind == "tokens":
        return Authentication([], access.token_secret)
    keys = dict.fromkeys((access.primary, access.secondary))
    return Authentication([sha256(key.encode()).hexdigest() for key in keys])


def token_of(access: Access, service: str, now: float, seconds: float = TOKEN_SECONDS) -> Token:
    """A token for a service that takes tokens; `now` in seconds since the epoch."""
    made = make_token(access.token_secret, service, seconds, now)
    return Token(made, "Bearer", float(int(now + seconds * _REFRESH_SHARE)), float(int(now + seconds)))


def access_from(values: Mapping[str, object]) -> Access | None:
    """Access read from the values that `asdict` wrote; None if they are not valid."""
    names = {each.name for each in fields(Access)}
    try:
        access = Access(**{name: str(value) for name, value in values.items() if name in names})
        bytes.fromhex(access.token_secret)
    except (TypeError, ValueError):
        return None
    return access


def read_access(folder: Path) -> Access | None:
    """Access stored in a service folder; None if there is none. Raises ScoredockError `file-unreadable` for a damaged
    one."""
    path = folder / FILE
    try:
        with path.open("rb") as stream:
            access = access_from(json.loads(stream.read(_LARGEST)))
        if access is None:
            raise ValueError(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        raise ScoredockError(
            "file-unreadable",
            l10n.t("The keys of the service {name} cannot be read from {path}.", name=folder.name, path=path),
            l10n.t("Remove the file; deploying the service again makes new keys."),
        ) from None
    return access


def write_access(folder: Path, access: Access) -> None:
    """Replaces the file as a whole; its owner alone may read it. Raises OSError."""
    path = folder / FILE
    temporary = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(access)) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def keep_former(revision: Path, former: Access) -> None:
    """Put the keys that a change replaces beside the revision that brings others: whoever is ended in the middle of it
    leaves the revision before to serve, which knows only these. Raises OSError."""
    write_access(revision, former)


def forget_former(revision: Path) -> None:
    """The change has come to its end."""
    with suppress(OSError):
        (revision / FILE).unlink()


def restore_former(folder: Path, revision: Path) -> None:
    """The keys of a service as before the change that made a revision, if that replaced them. Raises OSError."""
    with suppress(ScoredockError):
        former = read_access(revision)
        if former is not None:
            write_access(folder, former)


def _new_key() -> str:
    return secrets.token_urlsafe(32)


def _require_key(key: str) -> None:
    """Checks that a key can be sent in a header, as one word."""
    if len(key) > _LONGEST or not all("!" <= character <= "~" and character != "," for character in key):
        raise ScoredockError(
            "service-key-invalid",
            l10n.t(
                "A key is 1 to {limit} ASCII letters, digits and signs, without spaces and commas.",
                limit=_LONGEST,
            ),
        )
