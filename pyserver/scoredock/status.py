"""Status of a service, an endpoint or a version of one, in the words and the look that every view and the command line
have: no place that shows a state puts it into words of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.state_table import Look, State, is_callable, is_changing, state_kind, state_text

_MINUTES = 120.0
"""From so many seconds on minutes are counted."""


@dataclass(frozen=True, slots=True)
class Status:
    """Status of one thing at one moment."""

    words: tuple[str, ...] = ()
    """The state first, and then what else is to know at a glance: its phase, that a reload was refused, that requests
    fail."""
    text: str = ""
    """All words as one text."""
    look: Look = "plain"
    """`doubtful` is healthy, with some requests that failed."""
    failing: bool = False
    """Whether it is not up, or answers with errors, or gives a share of its requests to others."""

    @property
    def doubts(self) -> str:
        """Words besides the state, as one text."""
        return l10n.t(", ").join(self.words[1:])


def service_status(
    state: State, phase: str, not_served: str | int, failed: int, last_failed: bool, changing: str
) -> Status:
    """`not_served`: `update` or `reload`, where that was refused and what served before goes on, or the revision that
    serves since a rollback in place of the person's files; else nothing. `failed`: how many of the newest
    requests, and `last_failed` whether the newest did. `changing`: the verb of a change under way."""
    words = [state_text(state)]
    if is_changing(state) or (state == "Unhealthy" and not changing):
        words += [phase] if phase else []
    elif changing:
        words += _under_way(changing)
    elif phase == moved():
        words.append(phase)
    if not_served == "reload":
        words.append(l10n.t("reload refused"))
    elif not_served == "update":
        words.append(l10n.t("update refused"))
    elif not_served and is_callable(state):
        words.append(l10n.t("serves revision {revision}, not this file", revision=not_served))
    fails = state == "Healthy" and last_failed
    if fails:
        words.append(l10n.t("requests fail"))
    elif failed and is_callable(state):
        words.append(l10n.t("some requests failed"))
    look = state_kind(state).look
    if look == "good":
        look = "warning" if not_served or fails or phase == moved() else "doubtful" if failed else "good"
    look = "plain" if phase.startswith(silence()) else look  # nobody can say how it is
    return Status(tuple(words), l10n.t(", ").join(words), look, fails or state_kind(state).at_fault)


def elsewhere(status: Status, revision: int) -> Status:
    """The same, of a service that serves what another machine has made."""
    words = (*status.words, l10n.t("serves revision {revision}, made on another machine", revision=revision))
    return replace(status, words=words, text=l10n.t(", ").join(words))


def silence() -> str:
    """The phase of a service whose cluster does not answer."""
    return l10n.t("its cluster does not answer")


def silence_since(state: State, seconds: float) -> str:
    """The same, with how it was when the cluster answered last, so many seconds ago."""
    now = {"silence": silence(), "state": state_text(state)}
    if seconds < _MINUTES:
        return l10n.t("{silence}, {state} as of {seconds:.0f} s ago", **now, seconds=seconds)
    return l10n.t("{silence}, {state} as of {minutes:.0f} min ago", **now, minutes=seconds / 60)


def moved() -> str:
    """The phase of a service that responds and was started before its data folder was moved: its log is lost since, and
    a worker that ends cannot be started again."""
    return l10n.t("its data folder was moved, restart it")


def endpoint_status(state: State, phase: str) -> Status:
    """`phase`: `degraded` while a version that is due requests takes none."""
    words = [state_text(state), *([l10n.t("degraded")] if phase else [])]
    return Status(tuple(words), l10n.t(", ").join(words), state_kind(state).look, state_kind(state).at_fault)


def version_status(
    state: State | Literal["Missing"], takes_requests: bool, share: int, answered_by: Sequence[str]
) -> Status:
    """Status of a version of an endpoint: that of its service, and who answers its share while it takes no requests."""
    if state == "Missing":
        first, look = l10n.t("Service deleted"), state_kind("Unhealthy").look
    else:
        first, look = state_text(state), state_kind(state).look
    words = [first]
    if share and not takes_requests:
        words.append(
            l10n.t("its share goes to {others}", others=", ".join(answered_by))
            if answered_by
            else l10n.t("nobody responds in its place")
        )
    return Status(tuple(words), l10n.t(", ").join(words), look, bool(share) and not takes_requests)


def _under_way(verb: str) -> list[str]:
    """A reload is over before it would be read, and every save begins one."""
    words = {
        "update": l10n.t("being updated"),
        "restart": l10n.t("being restarted"),
        "stop": l10n.t("being stopped"),
        "delete": l10n.t("being deleted"),
    }
    return [words[verb]] if verb in words else []
