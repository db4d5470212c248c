"""The audit log: what is in it, kills between a change and its record, and every way of breaking the chain."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.contrib.runs.domain.journal import NewRun, RunJournals
from scoredock.registry import Registry
from scoredock.registry.audit import following
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.store.outbox import change

from events.conftest import Terminal

WRITER = """
import sys
from pathlib import Path
from scoredock.registry import Registry
from scoredock.contrib.runs.domain.journal import NewRun, RunJournals
workspace, first = Path(sys.argv[1]), int(sys.argv[2])
registry, runs = Registry(workspace), RunJournals(workspace)
for number in range(first, first + 1000):
    registry.changes.alias("diabetes:1", f"a{number}")
    run = runs.begin(NewRun("experiment"))
    runs.end(run.id, "Completed", "")
    print(number, flush=True)
"""


def whats(terminal: Terminal) -> list[str]:
    return [each.what for each in AuditLog(terminal.workspace).read()]


def test_a_record_says_who_when_by_which_door_from_which_commit_with_which_files(terminal: Terminal) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *words], cwd=terminal.folder, check=True)
    commit = subprocess.run(
        [*git, "rev-parse", "HEAD"], cwd=terminal.folder, check=True, capture_output=True, text=True
    )
    began = time.time()
    terminal.register()
    (record,) = AuditLog(terminal.workspace).read()
    assert (record.what, record.subject, record.door) == ("model.registered", "models/diabetes:1", "command line")
    assert record.commit == commit.stdout.strip()
    assert began <= record.time <= time.time()
    ((path, sha256, size),) = record.files
    assert (path, size) == ("model.txt", (terminal.folder / "model.txt").stat().st_size)
    assert sha256 == terminal.registry().model("diabetes:1").files[0].sha256


def test_git_is_read_and_not_run(terminal: Terminal) -> None:
    """A hook, a filter and a monitor that would leave a file."""
    subprocess.run(["git", "init", "-q"], cwd=terminal.folder, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=terminal.folder,
        check=True,
    )
    subprocess.run(["git", "config", "core.fsmonitor", f"touch {terminal.home}-pwned"], cwd=terminal.folder, check=True)
    terminal.register()
    terminal.json("model", "alias", "diabetes:1", "champion")
    assert not Path(f"{terminal.home}-pwned").exists()
    assert all(each.commit for each in AuditLog(terminal.workspace).read())


def test_each_change_of_a_model_is_one_record(terminal: Terminal) -> None:
    terminal.register()
    terminal.json("model", "update", "diabetes:1", "--tag", "a=b")
    terminal.json("model", "alias", "diabetes:1", "champion")
    terminal.json("model", "download", "diabetes:1", "--target", "out")
    terminal.json("model", "export", "diabetes:1", "--target", "diabetes.zip")
    terminal.json("model", "delete", "diabetes:1")
    terminal.json("model", "restore", "diabetes:1")
    terminal.json("model", "delete", "diabetes:1")
    terminal.json("model", "purge", "diabetes:1")
    assert whats(terminal) == [
        "model.registered",
        "model.updated",
        "model.aliased",
        "model.downloaded",
        "model.exported",
        "model.deleted",
        "model.restored",
        "model.deleted",
        "model.aliased",
        "model.purged",
    ]
    assert terminal.json("lineage", "verify")["breaks"] == []


def test_what_is_refused_or_changes_nothing_leaves_no_record(terminal: Terminal) -> None:
    terminal.register()
    terminal.json("model", "alias", "diabetes:1", "champion")
    before = whats(terminal)
    terminal.json("model", "alias", "diabetes:1", "champion")
    terminal.refused("model", "delete", "diabetes:7")
    (terminal.folder / "model.txt").write_text("x")
    terminal.refused("model", "download", "diabetes:1", "--target", ".")
    terminal.json("model", "list")
    assert whats(terminal) == before


def test_assets_and_runs(terminal: Terminal) -> None:
    (terminal.folder / "d.jsonl").write_text('{"data": [1]}\n')
    terminal.json("dataset", "register", "d.jsonl", "--name", "numbers")
    runs = RunJournals(terminal.workspace)
    run = runs.begin(NewRun("experiment"))
    runs.end(run.id, "Failed", "it broke")
    runs.end(run.id, "Completed", "")
    assert whats(terminal) == ["dataset.registered", "run.started", "run.finished"]
    assert list(AuditLog(terminal.workspace).read())[-1].data["runStatus"] == "Failed"


def test_kills_between_a_change_and_its_record_lose_nothing_and_repeat_nothing(terminal: Terminal) -> None:
    terminal.register()
    chance = random.Random(7)
    first = 0
    for _ in range(15):
        command = [sys.executable, "-c", WRITER, str(terminal.workspace), str(first)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        first += 1000
    assert _as_the_state_says(terminal) == []


def test_a_kill_right_behind_the_commit(terminal: Terminal) -> None:
    """The transaction is made, and the process dies before the log is touched."""
    terminal.register()
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom scoredock.registry import Registry\n"
        "registry = Registry(Path(sys.argv[1]))\n"
        "registry.store.on_noted = lambda _: os._exit(9)\n"
        "registry.changes.alias('diabetes:1', 'champion')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(terminal.workspace)], check=False)
    assert done.returncode == 9
    assert whats(terminal) == ["model.registered"]
    shown = terminal.json("lineage", "show", "diabetes:1")
    assert [each["what"] for each in shown["records"]] == ["model.aliased", "model.registered"]
    terminal.json("lineage", "show")
    assert whats(terminal) == ["model.registered", "model.aliased"]


@pytest.mark.parametrize("step", ["before", "fact", "record"])
def test_kills_around_a_fact_that_is_a_file(terminal: Terminal, step: str) -> None:
    terminal.register()
    program = (
        "import os, sys\nfrom pathlib import Path\n"
        "from scoredock.registry.audit.following import Proof, recording\n"
        "from scoredock.registry.audit.log import AuditLog\n"
        "from scoredock.registry.store.outbox import change\n"
        "workspace, step = Path(sys.argv[1]), sys.argv[2]\n"
        "fact = workspace / 'fact'\n"
        "if step == 'record':\n"
        "    os.unlink = os.remove = lambda *_: os._exit(9)\n"
        "    Path.unlink = lambda *_, **__: os._exit(9)\n"
        "with recording(workspace, change('batch.finished', 'batch/x', {}), Proof(str(fact), 'state (?P<state>.*)')):\n"
        "    if step == 'before': os._exit(9)\n"
        "    fact.write_text('state Completed')\n"
        "    if step == 'fact': os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(terminal.workspace), step], check=False)
    assert done.returncode == 9
    terminal.json("lineage", "show")
    terminal.json("lineage", "show")
    found = [each for each in AuditLog(terminal.workspace).read() if each.what == "batch.finished"]
    assert len(found) == (0 if step == "before" else 1)
    assert not list((terminal.workspace / "audit" / "due").iterdir())
    if step == "fact":
        assert found[0].data["state"] == "Completed"


def test_a_download_that_is_killed_is_recorded_as_interrupted(terminal: Terminal) -> None:
    terminal.register()
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom scoredock.registry import Registry\n"
        "from scoredock.registry.blobs import extraction\n"
        "extraction.download = lambda *_: os._exit(9)\n"
        "Registry(Path(sys.argv[1])).download('diabetes:1', Path('out'))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(terminal.workspace)], check=False, cwd=terminal.folder)
    terminal.json("lineage", "show")
    record = list(AuditLog(terminal.workspace).read())[-1]
    assert (record.what, record.data["interrupted"]) == ("model.downloaded", "true")


def test_several_writers_at_once_make_one_chain(terminal: Terminal) -> None:
    terminal.register()
    program = (
        "import sys\nfrom pathlib import Path\nfrom scoredock.registry import Registry\n"
        "for number in range(25):\n"
        "    Registry(Path(sys.argv[1])).changes.alias('diabetes:1', f'{sys.argv[2]}{number}')\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(terminal.workspace), name]) for name in ("a", "b", "c")
    ]
    assert [each.wait() for each in writers] == [0, 0, 0]
    report = terminal.json("lineage", "verify")
    assert (report["breaks"], report["records"]) == ([], 76)


def edit(lines: list[bytes]) -> list[bytes]:
    lines[1] = lines[1].replace(b"diabetes", b"diabetis")
    return lines


def edit_last(lines: list[bytes]) -> list[bytes]:
    lines[-1] = lines[-1].replace(b"diabetes", b"diabetis")
    return lines


BREAKS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, str]] = {
    "edited": (edit, 3, "Record 3 does not match record 2: one of them was edited."),
    "last-edited": (edit_last, 0, "Record 5 is not the one that was written: it was edited."),
    "removed": (lambda lines: [*lines[:2], *lines[3:]], 3, "Record 3 is missing: it was removed."),
    "two-removed": (lambda lines: [*lines[:1], *lines[3:]], 2, "Records 2 to 3 are missing: they were removed."),
    "cut-off": (lambda lines: lines[:-1], 0, "The log ends with record 4, but had record 5: its end was cut off."),
    "beginning": (lambda lines: lines[2:], 1, "The log begins with record 3: what was before it was cut off."),
    "moved": (
        lambda lines: [lines[1], lines[0], *lines[2:]],
        2,
        "Record 1 follows record 2: lines were moved or repeated.",
    ),
    "no-record": (
        lambda lines: [*lines[:2], b"hello\n", *lines[2:]],
        3,
        "The line is not a record: it was edited or damaged.",
    ),
    "empty": (lambda _: [], 0, "The log ends with record 0, but had record 5: its end was cut off."),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_chain_is_told_with_its_place(terminal: Terminal, name: str) -> None:
    terminal.register()
    for number in range(4):
        terminal.json("model", "alias", "diabetes:1", f"a{number}")
    (path,) = AuditLog(terminal.workspace).segments()
    spoil, line, reason = BREAKS[name]
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    report = terminal.json("lineage", "verify", code=1)
    found = report["breaks"][0]
    assert (found["line"], found["reason"]) == (line, reason)
    assert found["segment"] == ("head" if line == 0 else path.name)
    # It is still told when the log has gone on, and nothing else is hindered by it.
    terminal.json("model", "alias", "diabetes:1", "later")
    assert terminal.json("lineage", "verify", code=1)["breaks"]
    assert whats(terminal)[-1] == "model.aliased"


def test_a_log_that_was_written_anew_as_a_whole_is_told_by_a_digest_that_was_kept(terminal: Terminal) -> None:
    terminal.register()
    kept = terminal.json("lineage", "verify")["digest"]
    terminal.json("model", "alias", "diabetes:1", "champion")
    assert terminal.json("lineage", "verify", "--digest", kept)["breaks"] == []
    for path in (terminal.workspace / "audit").glob("*.jsonl"):
        path.unlink()
    (terminal.workspace / "audit" / "head").unlink()
    AuditLog(terminal.workspace).append(lambda _: [change("model.registered", "models/other:1")])
    report = terminal.json("lineage", "verify", "--digest", kept, code=1)
    assert any("was rewritten" in each["reason"] for each in report["breaks"])


def test_an_end_that_was_cut_off_with_the_head_is_told_by_the_store(terminal: Terminal) -> None:
    terminal.register()
    registry = terminal.registry()
    for number in range(100):
        registry.changes.alias("diabetes:1", f"a{number}")
    (path,) = AuditLog(terminal.workspace).segments()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    (terminal.workspace / "audit" / "head").unlink()
    breaks = terminal.json("lineage", "verify", code=1)["breaks"]
    assert [each["segment"] for each in breaks] == ["store"]


def test_a_line_that_was_cut_off_by_a_kill_is_no_break(terminal: Terminal) -> None:
    terminal.register()
    (path,) = AuditLog(terminal.workspace).segments()
    with path.open("ab") as stream:
        stream.write(b'{"seq": 2, "prev"')
    assert terminal.json("lineage", "verify")["breaks"] == []
    terminal.json("model", "alias", "diabetes:1", "champion")
    assert terminal.json("lineage", "verify")["breaks"] == []
    assert whats(terminal) == ["model.registered", "model.aliased"]


def test_segments_are_let_go_and_the_chain_still_holds(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, segment_bytes=2_000, most_segments=3)
    for number in range(200):
        log.append(lambda _, number=number: [change("model.aliased", f"models/a:{number}", {"text": "x" * 100})])
    assert len(log.segments()) <= 4
    assert sum(each.stat().st_size for each in log.segments()) < 20_000
    report = log.verify()
    assert report.breaks == ()
    assert report.first > 100
    trimmed = [each for each in log.read() if each.what == "audit.trimmed"]
    assert sum(each.data["count"] for each in trimmed[-1:]) > 0
    log.segments()[0].unlink()
    assert "cut off" in log.verify().breaks[0].reason


def test_a_workspace_that_cannot_be_written_is_still_read(terminal: Terminal) -> None:
    terminal.register()
    with contextlib.closing(sqlite3.connect(terminal.workspace / "store.sqlite3", isolation_level=None)) as store:
        store.execute("PRAGMA user_version=99")  # as a newer program leaves it
    terminal.json("model", "download", "diabetes:1", "--target", "out")
    assert len(terminal.json("lineage", "show", "diabetes:1")["records"]) == 1
    assert terminal.json("lineage", "verify")["breaks"] == []
    assert terminal.json("event", "list")["subscriptions"] == []
    assert terminal.refused("event", "subscribe", "ci", "--command", "true")["code"] == "workspace-newer"


def test_a_log_that_cannot_be_written_hinders_no_change(terminal: Terminal) -> None:
    terminal.register()
    folder = terminal.workspace / "audit"
    folder.rename(terminal.workspace / "away")
    folder.write_text("no folder")
    terminal.json("model", "alias", "diabetes:1", "champion")
    folder.unlink()
    (terminal.workspace / "away").rename(folder)
    terminal.json("model", "alias", "diabetes:1", "later")
    assert whats(terminal) == ["model.registered", "model.aliased", "model.aliased"]


def test_a_store_that_is_made_anew_goes_on_in_the_same_log(terminal: Terminal) -> None:
    terminal.register()
    terminal.json("model", "alias", "diabetes:1", "champion")
    (terminal.workspace / "store.sqlite3").unlink()
    terminal.json("workspace", "repair")
    terminal.json("model", "alias", "diabetes:1", "later")
    assert whats(terminal)[-1] == "model.aliased"
    assert whats(terminal).count("model.aliased") == 2
    assert terminal.json("lineage", "verify")["breaks"] == []


def test_a_backup_has_no_notes_of_the_log_that_stays_behind(terminal: Terminal, tmp_path: Path) -> None:
    terminal.register()
    terminal.json("workspace", "backup", str(tmp_path / "backup.zip"))
    other = Terminal(tmp_path / "other", terminal.folder)
    other.json("workspace", "restore", str(tmp_path / "backup.zip"))
    registry = Registry(next((other.home / "workspaces").glob("*/store.sqlite3")).parent)
    following.take(registry.store)
    assert [each.what for each in AuditLog(registry.folder).read()] == ["workspace.restored"]


def _as_the_state_says(terminal: Terminal) -> list[str]:
    """What the log and the workspace say differently."""
    terminal.json("lineage", "show")
    registry = Registry(terminal.workspace)
    records = list(AuditLog(terminal.workspace).read())
    found = []
    moves = [each.alias for each in registry.alias_history("diabetes")][::-1]
    told = [each.data["alias"] for each in records if each.what == "model.aliased"]
    with registry.store.read() as connection:
        all_moves = [row[0] for row in connection.execute("SELECT alias FROM alias_history ORDER BY id")]
    if told != all_moves:
        found.append(f"{len(all_moves)} moves, {len(told)} records, {len(moves)} shown")
    runs = RunJournals(terminal.workspace)
    for what, expected in (
        ("run.started", {each.id for each in runs.all()}),
        ("run.finished", {each.id for each in runs.all() if each.ended is not None}),
    ):
        names = [each.data["runId"] for each in records if each.what == what]
        if sorted(names) != sorted(expected):
            found.append(f"{what}: {len(names)} records, {len(expected)} runs")
    breaks = terminal.json("lineage", "verify")["breaks"]
    return found + [json.dumps(each) for each in breaks]
