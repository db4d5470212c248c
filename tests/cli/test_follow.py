"""Which lines of a log are printed."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scoredock.cli.command import UsageError
from scoredock.cli.services.follow import LineSelection, moment
from scoredock.cli.services.follow import logs as print_logs
from scoredock.engines.log_files import log_path
from scoredock.progress import CancelToken
from scoredock.services.log_view.log_filter import LineFilter
from scoredock.services.log_view.log_places import OwnPlaces
from scoredock.services.logs import LogSource


@pytest.mark.parametrize(("written", "seconds"), [("90s", 910.0), ("10m", 400.0), ("0h", 1000.0)])
def test_a_while_ago(written: str, seconds: float) -> None:
    assert moment(written, 1000.0) == seconds


def test_a_time() -> None:
    assert moment("2026-11-20T14:00:00Z", 0.0) == moment("2026-11-20T15:00:00+01:00", 0.0) == 1795183200.0
    assert moment("", 5.0) == 0.0


@pytest.mark.parametrize("written", ["soon", "10", "-5m", "2026-13-01"])
def test_no_time(written: str) -> None:
    with pytest.raises(UsageError, match="--since takes"):
        moment(written, 0.0)


def follow(
    folder: Path,
    logs: dict[str, list[dict[str, Any]]],
    wanted: LineSelection,
    *,
    as_json: bool = False,
    cancel: CancelToken | None = None,
) -> None:
    """Prints stored logs as the command does."""

    def source(name: str) -> LogSource:
        return LogSource(folder / name, cast("OwnPlaces", SimpleNamespace(mapped=lambda line: line)), lambda: None)

    for name, records in logs.items():
        path = log_path(folder / name)
        path.parent.mkdir(parents=True)
        path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    deployments = SimpleNamespace(logs=SimpleNamespace(source=source))
    context = SimpleNamespace(deployments=lambda workspace: deployments)
    session: Any = SimpleNamespace(context=context, as_json=as_json, cancel=cancel or CancelToken())
    assert print_logs(list(logs), wanted, session) == 0


def record(number: int, text: str, at: float = 100.0, level: str = "I") -> dict[str, Any]:
    return {"n": number, "t": at, "s": "stdout", "l": level, "m": text}


THREE = [record(number, text) for number, text in enumerate(("one of them", "another", "two of them"), start=1)]


@pytest.mark.parametrize(("tail", "printed"), [(0, []), (1, ["two of them"]), (9, ["one of them", "two of them"])])
def test_so_many_of_the_lines_that_are_wanted_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tail: int, printed: list[str]
) -> None:
    follow(tmp_path, {"svc-one": THREE}, LineSelection(LineFilter(text="OF them"), tail))
    assert [told.split(" ", 1)[1] for told in capsys.readouterr().out.splitlines()] == printed


def test_lines_of_several_services_are_in_the_order_of_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = {
        "a": [record(1, "first", 100.0), record(2, "third", 102.0)],
        "longer": [record(7, "second", 101.0), record(8, "fourth", 103.0)],
    }
    follow(tmp_path, logs, LineSelection(LineFilter()))
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(name, text) for name, _, text in told] == [
        ("a", "first"),
        ("longer", "second"),
        ("a", "third"),
        ("longer", "fourth"),
    ]


def test_repeated_errors_are_printed_once_with_their_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [record(number, f"ERROR: row {number} is bad", 100.0 + number, "E") for number in range(1, 2500)]
    records.insert(3, record(0, "fine"))
    follow(tmp_path, {"svc": records}, LineSelection(LineFilter(), 10, collapse=True), as_json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["text"], each["count"], each["firstTime"]) for each in told] == [
        ("ERROR: row 2499 is bad", 2499, 101.0)
    ]


def test_holes_are_told_with_their_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two in what is read at once, as rotation leaves them."""
    path = log_path(tmp_path / "svc")

    class Waits(CancelToken):
        count = 0

        def wait(self, seconds: float) -> bool:
            if self.count == 0:
                with path.open("a") as file:
                    file.writelines(f"{json.dumps(record(number, str(number)))}\n" for number in (4, 5, 9, 10, 20))
            self.count += 1
            return self.count > 4

    follow(tmp_path, {"svc": THREE}, LineSelection(LineFilter(), 0, follow=True), cancel=Waits())
    printed = capsys.readouterr()
    assert [line.split()[1] for line in printed.out.splitlines()] == ["4", "5", "9", "10", "20"]
    assert [line.split()[0] for line in printed.err.splitlines()] == ["3", "9"]
