"""What differs between two model versions, and nothing else. Pure: records in, differences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scoredock.registry.records import ModelVersion


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both."""

    what: str
    """`framework`, `tag area`, `property run`, `file outputs/model.pkl`, …"""
    before: str
    """Empty when only the second has it."""
    after: str
    """Empty when only the first has it."""


def compare(before: ModelVersion, after: ModelVersion) -> tuple[Difference, ...]:
    """The differences in metadata and files, in the order people read a model: what it is, its labels, its files.

    Name, version, and who registered when differ by nature and are left out. Files are compared by digest.
    """
    return (
        *_fields(before, after),
        *_labels("tag", before.tags, after.tags),
        *_labels("property", before.properties, after.properties),
        *_files(before, after),
    )


def _fields(before: ModelVersion, after: ModelVersion) -> Iterator[Difference]:
    for what, old, new in (
        ("description", before.description, after.description),
        ("framework", before.framework, after.framework),
        ("framework version", before.framework_version, after.framework_version),
    ):
        if old != new:
            yield Difference(what, old, new)


def _labels(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            yield Difference(f"{kind} {key}", old or "", new or "")


def _files(before: ModelVersion, after: ModelVersion) -> Iterator[Difference]:
    old_files = {file.path: file for file in before.files}
    new_files = {file.path: file for file in after.files}
    for path in sorted({*old_files, *new_files}):
        old, new = old_files.get(path), new_files.get(path)
        if old is None or new is None or old.sha256 != new.sha256:
            yield Difference(
                f"file {path}",
                "" if old is None else f"{old.size} bytes, sha256 {old.sha256[:12]}",
                "" if new is None else f"{new.size} bytes, sha256 {new.sha256[:12]}",
            )
