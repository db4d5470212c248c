"""Checks the settings of a subscription to events."""

from __future__ import annotations

from scoredock import l10n
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.receivers.webhook import require_url
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.contrib.events.options import EventOptions
from scoredock.errors import ScoredockError
from scoredock.options import options_of


def require_settings(settings: ReceiverSettings) -> None:
    """Raises ScoredockError `event-option-invalid`."""
    if bool(settings.url) == bool(settings.command):
        raise option_invalid(l10n.t("A subscription has either a URL or a command."))
    if settings.command and not SCHEMAS[settings.schema].takes_programs:
        raise option_invalid(l10n.t("Spans are sent to a URL only."))
    if settings.url:
        require_url(settings.url)
    require_limits(settings)


def require_limits(options: EventOptions) -> None:
    """Raises ScoredockError `event-option-invalid` for a number that is too small or too large."""
    for name, option in options_of(type(options)).items():
        if option.between is not None and not option.between[0] <= getattr(options, name) <= option.between[1]:
            text = l10n.t(
                "The value of --{option} must be from {least:g} to {most:g}.",
                option=option.flags[-1].removeprefix("--"),
                least=option.between[0],
                most=option.between[1],
            )
            raise option_invalid(text)


def option_invalid(text: str, fix: str = "") -> ScoredockError:
    """`event-option-invalid`."""
    return ScoredockError("event-option-invalid", text, fix)
