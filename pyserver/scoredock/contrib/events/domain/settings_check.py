"""What the settings of a subscription to events may be."""

from __future__ import annotations

from scoredock import l10n
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.receivers.webhook import require_url
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.errors import ScoredockError

_LIMITS = (
    ("timeout", 0.1, 3_600.0),
    ("attempts", 1, 1_000),
    ("longest_pause", 0.01, 86_400.0),
    ("keep", 1, 10_000_000),
)


def require_settings(settings: ReceiverSettings) -> None:
    """Raises ScoredockError `event-option-invalid`."""
    if bool(settings.url) == bool(settings.command):
        raise option_invalid(l10n.t("A subscription has either a URL or a command."))
    if settings.command and not SCHEMAS[settings.schema].takes_programs:
        raise option_invalid(l10n.t("Spans are sent to a URL only."))
    if settings.url:
        require_url(settings.url)
    for name, least, most in _LIMITS:
        option = "max-pause" if name == "longest_pause" else name
        require_between(option, getattr(settings, name), least, most)


def require_between(option: str, value: float, least: float, most: float) -> None:
    """Raises ScoredockError `event-option-invalid`."""
    if not least <= value <= most:
        text = l10n.t(
            "The value of --{option} must be from {least:g} to {most:g}.", option=option, least=least, most=most
        )
        raise option_invalid(text)


def option_invalid(text: str, fix: str = "") -> ScoredockError:
    """`event-option-invalid`."""
    return ScoredockError("event-option-invalid", text, fix)
