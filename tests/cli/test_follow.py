"""Which lines of a log are printed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from scoredock.cli.command import UsageError
from scoredock.cli.follow import LineSelection, logs, moment
from scoredock.protocol.messages import LogLine


def line(text: str, at: float = 100.0) -> LogLine:
    return LogLine(1, at, "stdout", "info", text)


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


def test_lines_by_text_and_time() -> None:
    assert LineSelection(10, text="ERR").takes(line("an error"))
    assert not LineSelection(10, text="warn").takes(line("an error"))
    assert not LineSelection(10, since=101.0).takes(line("early"))


@pytest.mark.parametrize(("tail", "printed"), [(0, []), (1, ["two of them"]), (9, ["one of them", "two of them"])])
def test_so_many_of_the_lines_that_are_wanted_are_printed(
    capsys: pytest.CaptureFixture[str], tail: int, printed: list[str]
) -> None:
    records = [
        SimpleNamespace(n=number, t=100.0, s="stdout", l="I", m=text)
        for number, text in enumerate(("one of them", "another", "two of them"), start=1)
    ]
    deployments = SimpleNamespace(
        service=lambda name: None,
        logs=SimpleNamespace(last_line=lambda name: 3, records=lambda name, since: iter(records[since:])),
    )
    session: Any = SimpleNamespace(context=SimpleNamespace(deployments=lambda workspace: deployments), as_json=False)
    assert logs("svc-one", LineSelection(tail, text="of them"), session) == 0
    assert [told.split(" ", 1)[1] for told in capsys.readouterr().out.splitlines()] == printed
