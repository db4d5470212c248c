"""Records of the audit log as lines, and what a chain of lines must be. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass

START = "0" * 64
"""What the first record has as the digest of the one before."""
TRIMMED = "audit.trimmed"
"""The record that says which ones were let go, and vouches for the first one that is left."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change."""

    seq: int
    time: float
    what: str
    """`model.registered`"""
    subject: str
    """`models/diabetes:1`"""
    by: str = ""
    door: str = ""
    commit: str = ""
    branch: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, str, int], ...] = ()
    """Path, SHA-256 and bytes of some of its files."""
    file_count: int = 0
    mark: str = ""
    """The newest note of the store that the log had taken then: `epoch number`."""
    token: str = ""
    """Of the promise that it keeps."""
    digest: str = ""
    """Of its line."""


@dataclass(frozen=True, slots=True)
class Break:
    """Break in a chain."""

    segment: str
    line: int
    """From 1; 0 for the whole segment."""
    seq: int
    reason: str
    """A sentence."""


def digest(line: bytes) -> str:
    """SHA-256 digest of a line without its end, in hex."""
    return hashlib.sha256(line).hexdigest()


def line_of(entry: Mapping[str, Any], seq: int, before: str) -> bytes:
    """The line of a change, without its end."""
    return json.dumps({"seq": seq, "prev": before, **entry}, ensure_ascii=True, separators=(",", ":")).encode()


def record_of(line: bytes) -> AuditRecord:
    """Raises ValueError for what is not a record. A service of a release that called it an endpoint has its subject."""
    document = json.loads(line)
    if not isinstance(document, dict) or not isinstance(document.get("seq"), int):
        raise ValueError("not a record")
    files, data = document.get("files") or (), document.get("data")
    what, subject = str(document.get("what") or ""), str(document.get("subject") or "")
    if what.startswith("service."):
        subject = f"services/{subject.partition('/')[2]}"
    return AuditRecord(
        seq=document["seq"],
        time=float(document.get("time") or 0.0),
        what=what,
        subject=subject,
        by=str(document.get("by") or ""),
        door=str(document.get("door") or ""),
        commit=str(document.get("commit") or ""),
        branch=str(document.get("branch") or ""),
        data=data if isinstance(data, dict) else {},
        files=tuple((str(path), str(sha256), int(size)) for path, sha256, size in files),
        file_count=int(document.get("fileCount") or len(files)),
        mark=str(document.get("mark") or ""),
        token=str(document.get("token") or ""),
        digest=digest(line),
    )


class ChainCheck:
    """Reads lines in order and notes where they do not follow from one another."""

    def __init__(self) -> None:
        self.breaks: list[Break] = []
        self.records = 0
        self.first: AuditRecord | None = None
        self.last: AuditRecord | None = None
        self.last_digest = ""
        self.digests: dict[int, str] = {}
        """Of the records of `watch`."""
        self.watch: set[int] = set()
        self._first_before = START
        self._trimmed: tuple[int, str] = (0, START)

    def take(self, segment: str, lines: Iterable[tuple[int, bytes]]) -> None:
        """The whole lines of a segment with their numbers."""
        for number, line in lines:
            try:
                document = json.loads(line)
                record, before = record_of(line), str(document.get("prev"))
            except (ValueError, TypeError, KeyError):
                self._note(segment, number, 0, l10n.t("The line is not a record: it was edited or damaged."))
                continue
            self._compare(segment, number, record, before)
            if record.what == TRIMMED:
                self._trimmed = (int(record.data.get("last") or 0), str(record.data.get("digest")))
            self.records += 1
            self.last, self.last_digest = record, digest(line)
            if record.seq in self.watch:
                self.digests[record.seq] = self.last_digest

    def _compare(self, segment: str, number: int, record: AuditRecord, before: str) -> None:
        if self.last is None:
            self.first, self._first_before = record, before
            self._place = (segment, number)
            return
        expected = self.last.seq + 1
        if record.seq > expected:
            self._note(
                segment,
                number,
                record.seq,
                l10n.t("Records {first} to {last} are missing: they were removed.", first=expected, last=record.seq - 1)
                if record.seq - 1 > expected
                else l10n.t("Record {seq} is missing: it was removed.", seq=expected),
            )
        elif record.seq < expected:
            self._note(
                segment,
                number,
                record.seq,
                l10n.t(
                    "Record {seq} follows record {last}: lines were moved or repeated.",
                    seq=record.seq,
                    last=expected - 1,
                ),
            )
        elif before != self.last_digest:
            self._note(
                segment,
                number,
                record.seq,
                l10n.t(
                    "Record {seq} does not match record {last}: one of them was edited.",
                    seq=record.seq,
                    last=self.last.seq,
                ),
            )

    def end(self, head: tuple[int, str] | None) -> None:
        """All was read; `head` is what the log says of its newest record."""
        if self.first is not None:
            seq, of_it = self._trimmed
            is_start = self.first.seq == 1 and self._first_before == START
            if not is_start and (self.first.seq, self._first_before) != (seq + 1, of_it):
                self._note(
                    *self._place,
                    self.first.seq,
                    l10n.t("The log begins with record {seq}: what was before it was cut off.", seq=self.first.seq),
                )
        if head is None:
            return
        seq, of_it = head
        last = self.last.seq if self.last is not None else 0
        if seq > last:
            self._note(
                "head",
                0,
                seq,
                l10n.t(
                    "The log ends with record {last}, but had record {seq}: its end was cut off.", last=last, seq=seq
                ),
            )
        elif seq in self.digests and self.digests[seq] != of_it:
            self._note("head", 0, seq, l10n.t("Record {seq} is not the one that was written: it was edited.", seq=seq))

    def _note(self, segment: str, line: int, seq: int, reason: str) -> None:
        self.breaks.append(Break(segment, line, seq, reason))
