"""Record of a look into pickles."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PickleFindings:
    """Names that the pickles of a version refer to and that are not known from models, and code that it brings
    along."""

    unknown: tuple[str, ...] = ()
    """`module.attribute`, sorted; at most 200."""
    bad: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be read to its end, and why."""
    code: tuple[str, ...] = ()
    """Python code outside of pickles, `file: what it is`, sorted; at most 200."""

    @property
    def needing_consent(self) -> tuple[str, ...]:
        """Known-bad names and code that somebody has to allow before the version is deployed."""
        return (*self.bad, *self.code)
