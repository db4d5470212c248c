"""Aliases and tags of a model here and in a registry of MLflow: what is different, and what would bring both in step.
Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scoredock.late_dataclass import dataclass

Side = Literal["here", "there", "both"]


@dataclass(frozen=True, slots=True)
class SideDifference:
    """Difference in an alias or tag between both sides."""

    kind: Literal["alias", "tag"]
    name: str
    model: str
    """`name:version` here of a tag; empty for an alias."""
    here: str
    """Its value or version; empty where it is not here."""
    there: str

    @property
    def side(self) -> Side:
        """Side that has it; `both` is a conflict."""
        if self.here and self.there:
            return "both"
        return "here" if self.here else "there"


def alias_differences(
    here: Mapping[str, int], there: Mapping[str, int], links: Mapping[int, int]
) -> list[SideDifference]:
    """`links` gives the version there of one here. An alias of a version that is on one side alone is left out."""
    back = {other: own for own, other in links.items()}
    differences = []
    for alias in sorted({*here, *there}):
        own, other = here.get(alias), there.get(alias)
        expected = links.get(own) if own is not None else None
        if own is not None and expected is None and other is None:
            continue
        if own is None and other is not None and other not in back:
            continue
        if expected != other or (own is not None and expected is None):
            differences.append(SideDifference("alias", alias, "", str(own or ""), str(other or "")))
    return differences


def tag_differences(model: str, here: Mapping[str, str], there: Mapping[str, str]) -> list[SideDifference]:
    """Differences in the tags of one version; tags that MLflow or Scoredock keep for themselves are left out."""
    names = sorted(name for name in {*here, *there} if not name.startswith(("mlflow.", "scoredock.")))
    return [
        SideDifference("tag", name, model, here.get(name, ""), there.get(name, ""))
        for name in names
        if here.get(name) != there.get(name)
    ]
