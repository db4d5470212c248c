"""States of a service or an endpoint, how each looks, and what can be done with a service that is in it. No other place
lists states.

`npm run generate` gives the table to the extension (`extension/text/states.ts`). States are those of Azure ML v1
(`Webservice.state`), with `Stopped`.
"""

from __future__ import annotations

from typing import Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass

State = Literal["Transitioning", "Healthy", "Unhealthy", "Unschedulable", "Failed", "Stopped"]
Look = Literal["good", "doubtful", "busy", "warning", "bad", "plain"]


@dataclass(frozen=True, slots=True)
class StateKind:
    """Facts about a state."""

    name: State
    look: Look
    icon: str
    """A codicon, in the views and above `init()`."""
    color: str = ""
    """Id of a theme colour of the icon; empty for that of the text."""
    is_running: bool = False
    """A process serves, or is about to."""
    is_callable: bool = False
    """It may answer requests."""
    is_at_rest: bool = False
    """Nothing but a change of ours ends it: nobody listens, and its engine need not be asked."""
    can_start: bool = False
    """Start is offered."""
    at_fault: bool = False
    """Somebody should look at it."""


STATES: dict[str, StateKind] = {
    each.name: each
    for each in (
        StateKind("Transitioning", "busy", "loading~spin", "charts.blue", is_running=True),
        StateKind("Healthy", "good", "pass-filled", "testing.iconPassed", is_running=True, is_callable=True),
        StateKind(
            "Unhealthy",
            "warning",
            "warning",
            "problemsWarningIcon.foreground",
            is_running=True,
            is_callable=True,
            at_fault=True,
        ),
        StateKind(
            "Unschedulable",
            "bad",
            "circle-slash",
            "problemsErrorIcon.foreground",
            can_start=True,
            at_fault=True,
        ),
        StateKind(
            "Failed",
            "bad",
            "error",
            "problemsErrorIcon.foreground",
            is_at_rest=True,
            can_start=True,
            at_fault=True,
        ),
        StateKind("Stopped", "plain", "circle-outline", is_at_rest=True, can_start=True),
    )
}


def state_kind(name: str) -> StateKind:
    """The row of a state; one that only a newer release knows counts as `Failed`."""
    return STATES.get(name) or STATES["Failed"]


def is_running(state: str) -> bool:
    """True if a process serves or is about to."""
    return state_kind(state).is_running


def is_callable(state: str) -> bool:
    """True if a service in this state may answer requests."""
    return state_kind(state).is_callable


def is_at_rest(state: str) -> bool:
    """True if nothing but a change of ours ends the state: nobody listens, and its engine need not be asked."""
    return state_kind(state).is_at_rest


def is_changing(state: str) -> bool:
    """True if it is being deployed or started."""
    return state_kind(state).look == "busy"


def state_text(state: str) -> str:
    """A state as a label."""
    return l10n.t(state)
