"""Revisions of a service that are kept, so that one can return to them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock.late_dataclass import dataclass
from scoredock.services.revision import Revision

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Number of revisions that are kept, and for how long."""

    number: int
    days: float
    """After another one took its place; 0 for as long as the number allows."""

    def kept(self, revisions: Sequence[Revision], active: int, now: float) -> set[int]:
        """Numbers of those that stay: the active and the newest one in any case, and of the others those that once
        served, within number and age."""
        ordered = sorted(revisions, key=lambda each: each.number)
        if not ordered:
            return set()
        stays = {active, ordered[-1].number}
        left = self.number - len(stays & {each.number for each in ordered})
        replaced = now
        for each in reversed(ordered):
            if each.number not in stays and not each.origin.failed and left > 0 and not self._is_old(replaced, now):
                stays.add(each.number)
                left -= 1
            if not each.origin.failed:
                replaced = each.created
        return stays

    def _is_old(self, replaced: float, now: float) -> bool:
        return self.days > 0 and now - replaced > self.days * _DAY
