"""`scoredock check --fix` and `--diff`: what has a certain repair is repaired, and nothing else changes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.errors import ScoredockError
from scoredock.scripts.fixing import repair, write
from scoredock.text import Fix, Position, Range, TextEdit

from cli.conftest import Terminal

MISSING = "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
FIXABLE = [rule for rule in RULES if rule.fixable and not rule.runs]


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
def test_repairing_the_bad_example_of_a_rule_makes_nothing_worse(rule: Rule) -> None:
    facts = rule.world.facts()
    before = check(rule.page.bad, facts)
    done = repair(rule.page.bad, lambda text: check(text, facts))
    assert [each.code for each in done.findings] == [each.code for each in check(done.text, facts)]
    sure = any(each.certain_fix is not None for each in before)
    assert bool(done.repairs) == sure
    assert (done.text != rule.page.bad) == sure
    if sure:
        assert rule.code not in [each.code for each in done.findings]
        assert not [each for each in done.findings if each.severity == "error"]
    again = repair(done.text, lambda text: check(text, facts))
    assert (again.text, again.repairs) == (done.text, ())


def test_files_are_repaired_in_place_and_told(terminal: Terminal) -> None:
    path = terminal.folder / "score.py"
    path.write_text(MISSING)
    patch = terminal.run("check", "--diff")
    assert patch.returncode == 1
    assert path.read_text() == MISSING
    done = terminal.run("check", "--fix")
    assert (done.returncode, done.stdout) == (0, "")
    assert "score.py: SD110 repaired: Import json" in done.stderr
    assert "1 finding repaired in 1 file" in done.stderr
    repaired = path.read_text()
    assert repaired.startswith("import json\n")
    assert terminal.run("check", "--diff").returncode == 0
    path.write_text(MISSING)
    subprocess.run(
        ["git", "apply", "-p1", "-"],
        input=patch.stdout,
        text=True,
        check=True,
        cwd=terminal.folder,
    )
    assert path.read_text() == repaired
    path.write_text(MISSING)
    told = json.loads(terminal.run("check", "--fix", "--format", "json").stdout)
    assert [(Path(each["path"]).name, each["code"]) for each in told["fixed"]] == [("score.py", "SD110")]
    assert told["findings"] == []


def test_only_what_is_wanted_is_repaired(terminal: Terminal) -> None:
    path = terminal.folder / "score.py"
    text = MISSING + "# scoredock: ignore-file[SD117]\n"
    path.write_text(text)
    terminal.ok("check", "--fix", "--select", "SD2")
    assert path.read_text() == text
    terminal.ok("check", "--fix")
    terminal.ok("check", "--fix", "--min-severity", "hint")
    assert path.read_text().endswith("# scoredock: ignore-file[SD117]\n"), "a hint is not a mistake"


def test_line_ends_byte_order_mark_mode_and_links_stay(terminal: Terminal) -> None:
    path = terminal.folder / "score.py"
    text = MISSING.replace("pass", 'pass  # "ü😀"')
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    if os.name == "posix":
        path.chmod(0o754)
        (terminal.folder / "link").mkdir()
        (terminal.folder / "link" / "score.py").symlink_to(path)
        terminal.ok("check", "--fix", "link")
        assert (terminal.folder / "link" / "score.py").is_symlink()
        assert stat.S_IMODE(path.stat().st_mode) == 0o754
    else:
        terminal.ok("check", "--fix")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfimport json\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.decode("utf-8-sig").replace("\r\n", "\n").endswith(text[4:])
    assert sorted(each.name for each in terminal.folder.iterdir() if each.name.startswith(".")) == []


def test_what_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("new")
    with pytest.raises(ScoredockError) as refused:
        write(path, "old", "repaired")
    assert refused.value.code == "file-unreadable"
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.py"]


def at(start: int, end: int) -> Range:
    return Range(Position(0, start), Position(0, end))


def one(code: str, severity: str, new: str, start: int = 0, end: int = 1) -> Finding:
    fix = Fix("Do it", (TextEdit(at(start, end), new),), certain=True)
    return Finding(code, severity, "x.", at(start, end), (fix,))  # type: ignore[arg-type]


def test_a_repair_that_brings_an_error_is_not_taken() -> None:
    def judge(text: str) -> list[Finding]:
        return [one("SD117", "warning", "b")] if text == "a" else [Finding("SD110", "error", "x.", at(0, 1))]

    assert repair("a", judge) == repair("a", judge)
    assert repair("a", judge).text == "a"


def test_a_repair_that_does_not_help_is_not_taken_and_circles_end() -> None:
    assert repair("a", lambda _: [one("SD117", "warning", "aa")]).text == "a"
    turning = {"a": "b", "b": "a"}
    done = repair(
        "a",
        lambda text: [one("SD117" if text == "a" else "SD110", "warning", turning[text])],
    )
    assert done.text in turning
    assert len(done.repairs) < 3


def test_repairs_that_do_not_go_together_are_tried_one_by_one() -> None:
    def judge(text: str) -> list[Finding]:
        found = {
            "ab": [
                one("SD117", "warning", "A", 0, 1),
                one("SD103", "warning", "B", 1, 2),
            ],
            "Ab": [one("SD103", "warning", "B", 1, 2)],
            "aB": [one("SD117", "warning", "A", 0, 1)],
        }
        return found.get(text, [Finding("SD110", "error", "x.", at(0, 1))])

    done = repair("ab", judge)
    assert done.text == "Ab"
    assert [each.code for each in done.repairs] == ["SD117"]


def test_edits_of_other_files_are_not_made() -> None:
    fix = Fix("Add it there", (TextEdit(at(0, 1), "x"),), certain=True, path="/p/conda.yml")
    finding = Finding("SD150", "error", "x.", at(0, 1), (fix,))
    assert repair("a", lambda _: [finding]).text == "a"
