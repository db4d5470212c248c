"""Failures of runs of scripts and notebooks, as diagnostics of files that are open and of files that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pygls.uris import from_fs_path, to_fs_path

from scoredock.lsp.diagnostic_wire import line_span
from scoredock.lsp.notebooks import Notebook
from scoredock.protocol.documents import Document
from scoredock.scripts.run_faults import RunFault, RunPlace


class RunFaults:
    """Failures of the last run of each file. One is shown while its line is there with the text that ran, wherever that
    has moved to: whoever edits it has seen it. Lives on the loop."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        notebooks: Mapping[str, Notebook],
        as_opened: Callable[[str], str],
        able_related: Callable[[], bool],
    ) -> None:
        self._documents = documents
        self._notebooks = notebooks
        self._as_opened = as_opened
        self._able_related = able_related
        self._faults: dict[str, tuple[RunFault, ...]] = {}
        self._cells: dict[RunPlace, str] = {}
        """The open cell of a place: others may be put above it."""

    def __bool__(self) -> bool:
        return bool(self._faults)

    def set(self, path: str, faults: Iterable[RunFault]) -> set[str]:
        """Keep the failures of a run of a file instead of those of the run before; returns the documents that they were
        or are in."""
        before = {self._uri(fault.place) for fault in self._faults.pop(path, ())}
        self._cells.clear()
        kept = tuple(faults)
        if kept:
            self._faults[path] = kept
        return (before | {self._uri(fault.place) for fault in kept}) - {""}

    def of(self, uri: str) -> Iterator[dict[str, Any]]:
        """The diagnostics of a document or cell."""
        document = self._documents.get(uri)
        for faults in self._faults.values():
            for fault in faults:
                if self._uri(fault.place) != uri or (fault.is_checked and document is not None):
                    continue
                line = _line_now(fault.place, document)
                if line is not None:
                    yield self._diagnostic(fault, line, document)

    def _uri(self, place: RunPlace) -> str:
        """URI of the document or cell; that of the notebook while it is not open."""
        uri = self._as_opened(from_fs_path(place.file) or "")
        if not place.cell:
            return uri
        known = self._cells.get(place, "")
        if known in self._documents:
            return known
        book = next((one for one in self._notebooks.values() if to_fs_path(one.uri) == place.file), None)
        if book is None:
            return uri
        if place.cell > len(book.cells):
            return ""
        cell = self._cells[place] = book.cells[place.cell - 1].uri
        return cell

    def _diagnostic(self, fault: RunFault, line: int, document: Document | None) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "range": line_span(line, document),
            "severity": 1,
            "code": fault.code,
            "source": "scoredock",
            "message": fault.message,
        }
        if fault.callers and self._able_related():
            fields["relatedInformation"] = [
                {"location": {"uri": self._uri(each), "range": _start(each.line)}, "message": each.text}
                for each in fault.callers
            ]
        return fields


def _line_now(place: RunPlace, document: Document | None) -> int | None:
    """Present number of the line that ran, the nearest of its like; None when it was changed."""
    if document is None or not place.text:
        return 0 if place.cell and document is None else place.line
    lines = document.text.splitlines()
    same = [number for number, line in enumerate(lines) if line.strip() == place.text]
    return min(same, key=lambda number: abs(number - place.line), default=None)


def _start(line: int) -> dict[str, Any]:
    start = {"line": line, "character": 0}
    return {"start": start, "end": start}
