"""Conditions over model versions, as SQL with its values. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock.registry.grammar import LabelFilter


def condition(
    *,
    name: str = "",
    tags: Sequence[LabelFilter] = (),
    properties: Sequence[LabelFilter] = (),
    latest: bool = False,
    include_deleted: bool = False,
) -> tuple[str, list[object]]:
    """The WHERE clause over `model_versions v` for which all of this holds, and its values."""
    conditions = ["1"] if include_deleted else ["v.deleted IS NULL"]
    values: list[object] = []
    if name:
        conditions.append("v.name = ?")
        values.append(name)
    if latest:
        conditions.append(
            "v.version = (SELECT max(w.version) FROM model_versions w WHERE w.name = v.name AND w.deleted IS NULL)"
        )
    for kind, filters in (("tag", tags), ("property", properties)):
        for wanted in filters:
            value = "" if wanted.value is None else " AND l.value = ?"
            # The inner query runs once and walks the index of labels; a correlated one would run once per version.
            labelled = f"SELECT l.name, l.version FROM model_labels l WHERE l.kind = ? AND l.key = ?{value}"  # noqa: S608
            conditions.append(f"(v.name, v.version) IN ({labelled})")
            values += [kind, wanted.key] if wanted.value is None else [kind, wanted.key, wanted.value]
    return " AND ".join(conditions), values
