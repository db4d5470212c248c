"""Outcome of one delivery of an event: taken, failed, refused, or the receiver is away."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass

Kind = Literal["delivered", "away", "failed", "refused", "gone"]
"""`away`: nothing is taken at the moment, whatever it is. `failed`: this one was not taken and is tried again.
`refused`: it would never be taken. `gone`: the receiver wants nothing any more."""


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """Outcome of one request or one run of a program."""

    kind: Kind
    reason: str = ""
    """A sentence for people, without secrets."""
    may_have_arrived: bool = True
    counts: bool = True
    """Whether it is one of the attempts that an event has. A receiver that says it is away takes none of them."""
    pause: float = 0.0
    """Seconds that the receiver wants to wait."""
