"""Options of a subscription to events, each declared once: the arguments of `event subscribe`, its message, the
settings that are kept and what is shown of them take their fields from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.options import folder_of_command, option

EventSchema = Literal["cloudevents", "eventgrid", "otlp"]
"""Names of `receivers.table`."""


def secret_in(path: str) -> str:
    """The secret in a file; empty for no file."""
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, ValueError):
        raise ValueError(l10n.t("{path} cannot be read.", path=path)) from None


@dataclass(frozen=True, kw_only=True)
class EventTarget:
    """Receiver of events: one of `url` and `command` is given."""

    name: str = option(help="name of the subscription; one that is there gets other settings", names="")
    url: str = option("--url", default="", help="webhook: an http or https address", metavar="URL")
    """Of a webhook; it may hold a secret, so that people are shown `shown_url`."""
    command: tuple[str, ...] = option(
        "--command",
        default=(),
        help="a program that gets each event on standard input; all that follow are its arguments",
        metavar="PROGRAM",
        nargs="...",
        dest="program",
    )
    """A program with its arguments; no shell."""
    folder: str = folder_of_command()
    """Absolute path of the folder that the program runs in."""


@dataclass(frozen=True, kw_only=True)
class EventChoice:
    """Events that are sent, and the form in which they are."""

    schema: EventSchema = option(
        "--schema",
        default="cloudevents",
        help="cloudevents (1.0), eventgrid, or otlp: spans for an OTLP/HTTP endpoint",
    )
    batch: bool = option("--batch", default=False, help="several CloudEvents in one request")
    """Several CloudEvents in one request."""
    types: tuple[str, ...] = option(
        "--type",
        default=(),
        help="only events of this type: its name or last part (ModelRegistered), or a pattern (service.*);"
        " may be repeated",
        metavar="TYPE",
    )
    """Names of types, their last parts, or patterns such as `service.*`; empty for all."""
    subject_begins_with: str = option(
        "--subject-begins-with", default="", help="only subjects that begin with this: models/NAME", metavar="TEXT"
    )
    subject_ends_with: str = option(
        "--subject-ends-with", default="", help="only subjects that end with this", metavar="TEXT"
    )


@dataclass(frozen=True, kw_only=True)
class EventOptions(EventChoice, EventTarget):
    """Options that a person has chosen."""

    timeout: float = option(
        "--timeout",
        default=30.0,
        help="seconds for one delivery; 30 by default",
        metavar="SECONDS",
        between=(0.1, 3_600),
    )
    """Seconds that one delivery may take."""
    attempts: int = option(
        "--attempts",
        default=30,
        help="of an event that a receiver which is there does not take; 30 by default",
        metavar="N",
        between=(1, 1_000),
    )
    """Attempts for an event that a receiver which is there does not take; then it is put aside."""
    longest_pause: float = option(
        "--max-pause",
        default=300.0,
        help="seconds between attempts at most; 300 by default",
        metavar="SECONDS",
        between=(0.01, 86_400),
    )
    """Seconds between attempts at most."""
    keep: int = option(
        "--keep",
        default=100_000,
        help="of the newest changes while the receiver is away; 100000 by default",
        metavar="N",
        between=(1, 10_000_000),
    )
    """Newest changes that are kept while the receiver is away; what is older is let go."""
