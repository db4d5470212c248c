"""Subscriptions in a backup: paused, without their secrets and without what a receiver has got so far."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from scoredock import l10n
from scoredock.contrib.events.domain.receivers.program import require_program
from scoredock.contrib.events.domain.settings_check import require_settings
from scoredock.contrib.events.domain.subscriptions import (
    MOST,
    NAME,
    SETTINGS_FILE,
    Receiver,
    Receivers,
    ReceiverSettings,
    settings_text,
)
from scoredock.errors import ScoredockError
from scoredock.formats.secrets import command_text, without_secret_words
from scoredock.progress import CancelToken
from scoredock.registry.audit.announcing import FOLDER, RECEIVERS
from scoredock.registry.store.durable import replace_file
from scoredock.registry.upkeep.carried_part import CarriedNote


class CarriedSubscriptions:
    """See `registry.upkeep.carried_part.CarriedPart`."""

    files = r"events/receivers/[A-Za-z0-9]([-A-Za-z0-9_]{0,62}[A-Za-z0-9])?/subscription\.json"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        """See there."""
        for receiver in Receivers(workspace).all():
            try:
                settings = _read(receiver)
            except ValueError:
                left_out.append(l10n.t("The subscription {name} cannot be read.", name=receiver.name))
                continue
            carried = _without_secrets(settings, is_signed=bool(receiver.secret()))
            yield f"{FOLDER}/{RECEIVERS}/{receiver.name}/{SETTINGS_FILE}", settings_text(carried)

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """See there."""
        receivers = Receivers(workspace)
        names = [path.name for path in sorted(receivers.folder.iterdir())] if receivers.folder.is_dir() else []
        if len(names) > MOST:
            raise ValueError(l10n.t("more subscriptions than a workspace can have"))
        paused, notes = [], []
        for name in names:
            try:
                settings = _read(Receiver(receivers.folder / name))
            except ValueError:
                raise ValueError(l10n.t("a subscription “{name}” that is not valid", name=name)) from None
            if settings.command and not _is_here(settings):
                shutil.rmtree(receivers.folder / name)
                text = l10n.t("The subscription {name} was left out: there is no {program} on this machine.", name=name,
                              program=settings.command[0])  # fmt: skip
                notes.append(CarriedNote(text))
                continue
            path = receivers.folder / name / SETTINGS_FILE
            settings = _without_secrets(settings, is_signed=False)
            replace_file(path, settings_text(settings))
            paused.append(f"{name} ({settings.target if settings.url else command_text(settings.command)})")
        if paused:
            text = l10n.t("Subscriptions to events are paused: {names}.", names=", ".join(paused))
            notes.append(CarriedNote(text, "scoredock event resume NAME"))
        return notes

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        """See there."""
        for receiver in Receivers(workspace).all():
            try:
                _read(receiver)
            except ValueError:
                command = f"scoredock event delete {receiver.name}"
                fix = l10n.t("Delete the subscription with `{command}`, and subscribe again.", command=command)
                yield receiver.path, l10n.t("The subscription {name} cannot be read.", name=receiver.name), fix


def _read(receiver: Receiver) -> ReceiverSettings:
    """Raises ValueError for what Scoredock does not write."""
    try:
        settings = receiver.subscription()
        require_settings(settings)
    except ScoredockError as error:
        raise ValueError(error.message) from None
    if settings.name != receiver.name or not NAME.fullmatch(settings.name):
        raise ValueError(settings.name)
    return settings


def _is_here(settings: ReceiverSettings) -> bool:
    try:
        require_program(settings.command, settings.folder)
    except ScoredockError:
        return False
    return True


def _without_secrets(settings: ReceiverSettings, *, is_signed: bool) -> ReceiverSettings:
    """Who logs in and what stands behind the question mark of an address may be a secret."""
    parts = urlsplit(settings.url)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return replace(
        settings,
        url=url,
        command=without_secret_words(settings.command),
        paused=True,
        needs_url=settings.needs_url or url != settings.url,
        needs_secret=settings.needs_secret or is_signed,
    )
