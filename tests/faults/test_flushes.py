"""Kills do not lose what was not flushed, and not every power cut does; so the order of flushes is read from the trace.

File on the disk before its name, name on the disk before the transaction that tells of it, transaction on the disk
before the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from crash.cases import make_case
from crash.template import Template
from crash.tracer import Step

_RENAMED = re.compile(r'^"([^"]+)", "([^"]+)"')
_FILE = re.compile(r"^\d+<([^>]+)>")

pytestmark = pytest.mark.chance


def wrong_order(steps: Sequence[Step]) -> list[str]:
    """Every step that comes before what must be on the disk first."""
    wrong: list[str] = []
    written: dict[str, int] = {}
    flushed: dict[str, int] = {}
    named: dict[str, int] = {}
    for now, step in enumerate(steps):
        match = _FILE.match(step.text)
        path = match[1] if match else ""
        if step.syscall in ("fsync", "fdatasync"):
            flushed[path] = now
        elif step.syscall in ("write", "pwrite64"):
            if path.endswith("/store.sqlite3") and written.get(path, -1) < flushed.get(path, 0):
                wrong += _before_the_transaction(path, written, flushed, named)
            written[path] = now
        elif step.syscall == "rename":
            renamed = _RENAMED.match(step.text)
            assert renamed is not None
            source, target = renamed[1], renamed[2]
            if target.endswith("/reserve") or "/store.damaged-" in target:
                continue  # holds nothing, or what is beyond flushing
            if flushed.get(source, -1) < written.get(source, 0):
                wrong.append(f"{target} got its name before its bytes were on the disk")
            named[target] = now
            if "/blobs/" in target and any(each.endswith("/store.sqlite3") for each in written):
                wrong.append(f"{target} got its name after the transaction that tells of it")
    store = next((path for path in written if path.endswith("/store.sqlite3")), None)
    if store is not None and flushed.get(store, -1) < written[store]:
        wrong.append("answered before the store was on the disk")
    if store is not None and flushed.get(str(Path(store).parent), -1) < written[store]:
        wrong.append("answered before the end of the journal was on the disk")
    wrong += [
        f"answered before the name of {path} was on the disk"
        for path, when in named.items()
        if flushed.get(str(Path(path).parent), -1) < when
    ]
    return wrong


def _before_the_transaction(
    store: str, written: dict[str, int], flushed: dict[str, int], named: dict[str, int]
) -> list[str]:
    """What the first page of a transaction must find on the disk."""
    journal = f"{store}-journal"
    wrong = [
        f"the transaction came before the name of {path} was on the disk"
        for path, when in named.items()
        if "/blobs/" in path and flushed.get(str(Path(path).parent), -1) < when
    ]
    if flushed.get(journal, -1) < written.get(journal, 0):
        wrong.append("a page was written before the journal was on the disk")
    return wrong


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    "name",
    [
        "into a new workspace",
        "new bytes",
        "the same bytes once more",
        "delete",
        "restore",
        "tag",
        "move an alias",
        "favourite",
        "purge",
        "back up",
        "repair a lost store",
    ],
)
def test_everything_is_on_the_disk_before_it_is_relied_on(name: str, template: Template, quick: Path) -> None:
    case = make_case(template, name, quick)
    assert wrong_order(case.record()) == []


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ("files_are_not_flushed", "got its name before its bytes"),
        ("nothing_is_flushed", "answered before the store"),
        ("folders_are_not_flushed", "before the name of"),
        ("rows_before_bytes", "after the transaction"),
    ],
)
def test_a_planted_bug_is_seen(
    bug: str, said: str, template: Template, quick: Path, figure: Callable[[str, object], None]
) -> None:
    case = make_case(template, "new bytes", quick, bug)
    wrong = wrong_order(case.record())
    figure(f"planted {bug}: order of flushes", f"{len(wrong)} sentences")
    assert any(said in sentence for sentence in wrong), wrong
