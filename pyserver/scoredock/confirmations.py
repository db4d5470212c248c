"""Confirmations of a person for places that are sent a token or have a program run to sign in.

A place is confirmed for this data folder, beside the workspaces: no backup carries a confirmation, and one that names
the same place elsewhere brings none. What is kept are facts: lists of lines by what they are about. Whoever uses a
place gives its facts as they are now; what differs from those that were confirmed is `compute-changed`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from scoredock import l10n
from scoredock.data_folder import home_in_use, make_private
from scoredock.errors import ComputeChanged, ComputeUnconfirmed, Remedy
from scoredock.visible import one_line

Facts = Mapping[str, Sequence[str]]
"""By the keys of `_titles`; what does not apply is absent."""

_FOLDER = "confirmed"
_LARGEST = 1 << 20
_LINE = 300
RUNS = "program"
"""The key of the program that signs in. A place without one is confirmed by being used for the first time."""

CONFIRM = "scoredock.confirmCompute"
"""The command of the editor that asks."""


def confirmed_facts(place: str) -> Facts | None:
    """Confirmed facts of a place, by its key; None if nobody has confirmed it, or the file makes no sense."""
    try:
        with _path(place).open("rb") as stream:
            document = json.loads(stream.read(_LARGEST))
        if document["place"] != place:
            return None
        return {str(key): [str(each) for each in lines] for key, lines in document["facts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def confirm(place: str, facts: Facts) -> None:
    """Takes facts in place of those before. Raises OSError."""
    path = _path(place)
    make_private(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"place": place, "facts": {key: list(lines) for key, lines in facts.items()}}, file, indent=1)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def require_confirmed(place: str, facts: Facts, title: str) -> None:
    """Raises ComputeChanged where facts differ from those that were confirmed, and ComputeUnconfirmed where none were
    and a program would run. Without a program the first use confirms."""
    before = confirmed_facts(place)
    if before is not None:
        if changes(before, facts):
            refuse(before, facts, title)
    elif facts.get(RUNS):
        refuse(None, facts, title)
    else:
        with contextlib.suppress(OSError):  # a data folder that cannot be written to: then each use is a first one
            confirm(place, facts)


def refuse(before: Facts | None, facts: Facts, title: str) -> NoReturn:
    """Raises ComputeChanged with what differs, and ComputeUnconfirmed with what there is where nothing does."""
    remedies = (Remedy(l10n.t("Confirm…"), CONFIRM),)
    differences = changes(before, facts) if before is not None else []
    if differences:
        text = "; ".join(differences)
        message = l10n.t("{title} is not what was confirmed: {differences}.", title=title, differences=text)
        raise ComputeChanged(message, remedies=remedies, details={"differences": differences})
    lines = [f"{what}: {value}" for what, value in described(facts)]
    message = l10n.t("{title} has to be confirmed first: {facts}.", title=title, facts="; ".join(lines))
    raise ComputeUnconfirmed(message, remedies=remedies, details={"facts": lines})


def seal(facts: Facts) -> str:
    """The same for the same facts: what a person was shown and what is then confirmed are compared by it."""
    text = json.dumps({key: list(lines) for key, lines in facts.items()}, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def described(facts: Facts) -> list[tuple[str, str]]:
    """Titles and values for a person, in the order of `_titles`."""
    titles = _titles()
    return [(titles[key], _text(key, facts[key])) for key in titles if facts.get(key)]


def changes(before: Facts, now: Facts) -> list[str]:
    """Differences, a phrase for each."""
    titles = _titles()
    phrases = []
    for key in [*titles, *sorted((set(before) | set(now)) - set(titles))]:
        former, present = list(before.get(key, ())), list(now.get(key, ()))
        if former == present:
            continue
        title = titles.get(key, key)
        if key in ("variables", "files"):
            names = sorted({each.rpartition("=")[0] for each in set(former) ^ set(present)})
            phrases.append(l10n.t("{what}: other values for {names}", what=title, names=", ".join(map(plain, names))))
        else:
            none = l10n.t("none")
            phrases.append(
                l10n.t(
                    "{what}: {before} → {now}",
                    what=title,
                    before=_text(key, former) or none,
                    now=_text(key, present) or none,
                )
            )
    return phrases


def plain(text: str) -> str:
    """A value of a file of others, in one line that hides nothing."""
    line = one_line(text)
    if len(line) <= _LINE:
        return line
    return l10n.t("{text}… ({count} characters in all)", text=line[:_LINE], count=len(line))


def _text(key: str, lines: Sequence[str]) -> str:
    if key in ("variables", "files"):
        return ", ".join(plain(each.rpartition("=")[0]) for each in lines)
    return " ".join(map(plain, lines))


def _titles() -> dict[str, str]:
    return {
        "address": l10n.t("address"),
        "authority": l10n.t("certificate authority"),
        "verification": l10n.t("verification of the certificate"),
        "name": l10n.t("name in the certificate"),
        "proxy": l10n.t("proxy"),
        "login": l10n.t("sign-in"),
        RUNS: l10n.t("program"),
        "command": l10n.t("command"),
        "arguments": l10n.t("arguments"),
        "variables": l10n.t("variables"),
        "files": l10n.t("files"),
    }


def _path(place: str) -> Path:
    folder = home_in_use() / _FOLDER
    return folder / f"{hashlib.sha256(place.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
