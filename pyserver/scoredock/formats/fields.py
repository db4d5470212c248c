"""Keys of configuration files as data: checks, hovers and completions all read these tables."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass

Kind = Literal["text", "boolean", "integer", "number", "object", "list", "map", "any"]


@dataclass(frozen=True, slots=True)
class Field:
    """One key that an object may have."""

    name: str
    kind: Kind
    doc: str
    """One or two sentences for hovers and completion."""
    default: str = ""
    """What holds when the key is absent, in words."""
    choices: tuple[str, ...] = ()
    """Allowed texts, compared without regard to case."""
    above: float | None = None
    """The value must be greater than this."""
    least: float | None = None
    most: float | None = None
    nullable: bool = True
    fields: tuple[Field, ...] = ()
    """Keys of an object."""
    path: Literal["", "file", "folder"] = ""
    snippet: str = ""
    """Value that completion proposes, as JSON."""
    targets: frozenset[str] = frozenset()
    """Compute types that read the key; empty for all."""
    truthy: bool = False
    """Whether a value of another type is not refused, but taken as true unless it is empty."""
    numbers: bool = False
    """Whether the values of a map may be numbers, which become text."""
    v2: str = ""
    """The same thing in Azure ML v2."""

    @property
    def meaning(self) -> str:
        """The sentences of `doc` in the language of the person."""
        return l10n.t(self.doc)


def find(fields: Sequence[Field], name: str) -> Field | None:
    """The field of exactly this name."""
    return next((f for f in fields if f.name == name), None)


def closest(name: str, names: Sequence[str]) -> str | None:
    """The name that was probably meant, or None when nothing is near."""
    folded = {n.lower().replace("_", "").replace("-", ""): n for n in names}
    key = name.lower().replace("_", "").replace("-", "")
    if key in folded:
        return folded[key]
    near = get_close_matches(key[:100], list(folded), n=1, cutoff=0.72)
    return folded[near[0]] if near else None


def within(least: float | None, most: float | None) -> str:
    """Limits of a number in words, one of which may be missing; empty without limits."""
    if least is not None and most is not None:
        return l10n.t("from {least} to {most}", least=_written(least), most=_written(most))
    if least is not None:
        return l10n.t("{least} or more", least=_written(least))
    return l10n.t("{most} or less", most=_written(most)) if most is not None else ""


def _written(number: float) -> str:
    return f"{number:.0f}" if number == int(number) else f"{number:g}"
