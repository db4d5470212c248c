"""Subscriptions to the events of a workspace: `events/receivers/NAME` with its settings, and the secret beside it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from scoredock import l10n
from scoredock.contrib.events.domain.position import ReceiverPosition, ReceiverProgress, position_files
from scoredock.contrib.events.options import EventOptions
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.record_check import record_of, require_field_types
from scoredock.registry.audit.announcing import FOLDER, RECEIVERS
from scoredock.registry.audit.log import log_stamp
from scoredock.registry.store.durable import flush_folder, make_folder, replace_file
from scoredock.registry.store.faults import storing

NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_]{0,62}[A-Za-z0-9])?")
MOST = 20
SETTINGS_FILE, _SECRET = "subscription.json", "secret"
_FORMAT = 1
_FILTER = {"types": "types", "begins_with": "subject_begins_with", "ends_with": "subject_ends_with"}
"""What is a part of its own in the file, with the names of the fields."""


@dataclass(frozen=True, kw_only=True)
class ReceiverSettings(EventOptions):
    """A subscription as it is kept."""

    created: float
    rate: int = 0
    """Requests a minute that the receiver has allowed; 0 for any number."""
    paused: bool = False
    """Nothing is sent until somebody resumes it."""
    needs_url: bool = False
    """A part of its address may be a secret, and is on the machine from which the workspace was restored."""
    needs_secret: bool = False
    """The same of the secret that its requests were signed with."""

    @property
    def target(self) -> str:
        """Target as it is shown to people: the URL without secrets, or the command."""
        return shown_url(self.url) if self.url else " ".join(self.command)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The folder of a subscription."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def subscription(self) -> ReceiverSettings:
        """Raises ScoredockError `event-subscription-missing`, `event-subscription-damaged`."""
        path = self.path / SETTINGS_FILE
        try:
            document = json.loads(path.read_bytes())
            if document.pop("format") != _FORMAT:
                raise ValueError("another format")
            chosen = document.pop("filter")
            values = {**document, **{field: chosen[name] for name, field in _FILTER.items()}}
            settings = record_of(ReceiverSettings, values, is_exact=True)
            require_field_types(settings)
            return settings
        except FileNotFoundError:
            raise _missing(self.name) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ScoredockError(
                "event-subscription-damaged", l10n.t("{path} cannot be read.", path=path), place=Place(str(path))
            ) from error

    def stamp(self) -> int:
        """Another number when the settings have changed; 0 when it is no longer there."""
        try:
            return (self.path / SETTINGS_FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def pause(self, progress: ReceiverProgress) -> str:
        """Reason why nothing is sent; empty while something is. Whoever subscribes again or resumes it ends it."""
        if progress.paused and progress.paused_at == self.stamp():
            return progress.paused
        try:
            is_paused = self.subscription().paused
        except ScoredockError:
            return ""
        return (
            l10n.t("paused; `{command}` has it go on", command=f"scoredock event resume {self.name}")
            if is_paused
            else ""
        )

    def secret(self) -> str:
        """Empty where nothing is signed."""
        try:
            return (self.path / _SECRET).read_text("ascii")
        except (OSError, ValueError):
            return ""


class Receivers:
    """Receivers of one workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder = workspace / FOLDER / RECEIVERS

    def all(self) -> list[Receiver]:
        """Receivers by name."""
        return sorted(self._entries(), key=lambda each: each.name)

    def one(self, name: str) -> Receiver:
        """Raises ScoredockError `event-subscription-missing`."""
        receiver = Receiver(self.folder / name)
        if not NAME.fullmatch(name) or not receiver.stamp():
            raise _missing(name)
        return receiver

    def add(self, subscription: ReceiverSettings, secret: str, begin: int) -> Receiver:
        """Adds a receiver, which hears of records from `begin` on. One that is there under the name gets other
        settings, and keeps its place. Raises ScoredockError `event-option-invalid`, and what storing raises.
        """
        path = self.folder / subscription.name
        if not path.is_dir() and len(self.all()) >= MOST:
            raise ScoredockError(
                "event-option-invalid", l10n.t("The workspace has {count} subscriptions already.", count=MOST)
            )
        text = settings_text(subscription)
        with storing(path):
            if path.is_dir():
                self.change(subscription, secret)
            else:
                make_folder(self.folder)
                fresh = self.folder / f".{secrets.token_hex(6)}"
                make_folder(fresh)
                try:
                    _write_secret(fresh, secret)
                    ReceiverPosition(fresh).begin(begin)
                    replace_file(fresh / SETTINGS_FILE, text)
                    fresh.rename(path)
                except BaseException:
                    shutil.rmtree(fresh, ignore_errors=True)
                    raise
                flush_folder(self.folder)
        return Receiver(path)

    def change(self, subscription: ReceiverSettings, secret: str) -> None:
        """Other settings for one that is there; it keeps its place. Raises what storing raises."""
        path = self.folder / subscription.name
        with storing(path):
            _write_secret(path, secret)
            replace_file(path / SETTINGS_FILE, settings_text(subscription))

    def delete(self, name: str) -> None:
        """Deletes the subscription with the events that it has not got yet. Raises ScoredockError
        `event-subscription-missing`.
        """
        path = self.one(name).path
        with storing(path):
            gone = self.folder / f".{secrets.token_hex(6)}"
            path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def _entries(self) -> Iterator[Receiver]:
        try:
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            return
        yield from (Receiver(self.folder / name) for name in names if NAME.fullmatch(name))


def settings_text(settings: ReceiverSettings) -> bytes:
    """Text of the settings for their file."""
    document = asdict(settings)
    chosen = {name: document.pop(field) for name, field in _FILTER.items()}
    return json.dumps({"format": _FORMAT, **document, "filter": chosen}, indent=2).encode()


class ReceiverFiles:
    """Tells if subscriptions of a workspace have come, gone or gone on, or have something new to get."""

    def __init__(self) -> None:
        self._stamps: tuple[tuple[str, int, int], ...] = ()

    def has_changed(self, workspace: Path) -> bool:
        """True if they have changed since the last call."""
        before, self._stamps = self._stamps, _stamps(workspace)
        return before != self._stamps


def _stamps(workspace: Path) -> tuple[tuple[str, int, int], ...]:
    """When each file was written (nanoseconds), and how long it is."""
    stamps = []
    for receiver in Receivers(workspace).all():
        for path in (receiver.path / SETTINGS_FILE, *position_files(receiver.path)):
            with contextlib.suppress(OSError):
                state = path.stat()
                stamps.append((str(path), state.st_mtime_ns, state.st_size))
    return (*stamps, ("", log_stamp(workspace), 0)) if stamps else ()


def shown_url(url: str) -> str:
    """URL without what may be a secret: who logs in, and what stands behind the question mark."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def _write_secret(path: Path, secret: str) -> None:
    if secret:
        replace_file(path / _SECRET, secret.encode())
    else:
        (path / _SECRET).unlink(missing_ok=True)


def _missing(name: str) -> ScoredockError:
    return ScoredockError(
        "event-subscription-missing", l10n.t("The workspace has no subscription “{name}”.", name=name[:64])
    )
