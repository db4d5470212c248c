"""`[tool.scoredock]` of a pyproject.toml: what it does to findings, where it counts, and its own mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import NO_SETTINGS, effective, excluded, read_settings
from scoredock.checks.check import check
from scoredock.services.planning.project import ProjectFiles
from scoredock.text import Position, Range

from depth import rounds

HERE = Range(Position(0, 0), Position(0, 1))


def left(table: str, path: str = "/p/a/score.py") -> list[tuple[str, str]]:
    findings = [Finding(code, severity, "x.", HERE) for code, severity in (("SD110", "error"), ("SD117", "warning"))]  # type: ignore[arg-type]
    told, _ = read_settings(f"[tool.scoredock]\n{table}", "/p")
    return [(each.code, each.severity) for each in effective(findings, path, told)]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", [("SD110", "error"), ("SD117", "warning")]),
        ('ignore = ["SD117"]', [("SD110", "error")]),
        ('ignore = ["SD11"]', []),
        ('select = ["SD117"]', [("SD117", "warning")]),
        ('select = ["SD1"]\nignore = ["sd110"]', [("SD117", "warning")]),
        ('severity = {SD110 = "hint", SD117 = "off"}', [("SD110", "hint")]),
        ('severity = {SD1 = "off", SD110 = "information"}', [("SD110", "information")]),
        ('[tool.scoredock.per-file-ignores]\n"a/*" = ["SD110"]', [("SD117", "warning")]),
        ('per-file-ignores = {"score.py" = ["SD1"]}', []),
        ('per-file-ignores = {"b/*" = ["SD1"], "a" = ["SD110"]}', [("SD117", "warning")]),
        ('exclude = ["a"]', []),
        ('exclude = ["a/*.txt", "b"]', [("SD110", "error"), ("SD117", "warning")]),
        ("ignore = 3\nselect = {}\nseverity = []\nexclude = [1]", [("SD110", "error"), ("SD117", "warning")]),
        ('ignore = ["', [("SD110", "error"), ("SD117", "warning")]),
    ],
)
def test_what_is_left(table: str, expected: list[tuple[str, str]]) -> None:
    assert left(table) == expected


def test_patterns_start_at_the_project() -> None:
    told, slips = read_settings('[tool.scoredock]\nexclude = ["vendor", "data/raw", "*.bak.py", "./x/"]\n', "/p")
    assert slips == []
    inside = ["/p/vendor/a.py", "/p/b/vendor/c/d.py", "/p/data/raw/e.json", "/p/q/f.bak.py", "/p/x/y.py"]
    assert all(excluded(path, told) for path in inside)
    outside = ["/p/vendors/a.py", "/p/b/data/raw/e.json", "/vendor/a.py", "/pp/vendor/a.py", "/p/q.py"]
    assert not any(excluded(path, told) for path in outside)
    windows, _ = read_settings('[tool.scoredock]\nexclude = ["a/b"]\n', "C:\\p")
    assert excluded("C:\\p\\a\\b\\c.py", windows)


def codes(text: str) -> list[tuple[str, str]]:
    lines = text.split("\n")
    found = check(text, Facts(path="/p/pyproject.toml"))
    return [
        (each.code, lines[each.range.start.line][each.range.start.character : each.range.end.character])
        for each in found
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project]\nname = 'x'\n", []),
        ("[tool.ruff]\nignore = ['E1']\n", []),
        ("[tool.scoredock]\nignore = ['SD1', 'SD117']\nexclude = []\n", []),
        ("[tool.scoredock]\nignores = []\n", [("SD905", "ignores")]),
        ("[tool.ruff]\nignores = 1\n[tool.scoredock]\n# ignores\nignores = []\n", [("SD905", "ignores")]),
        ("[tool.scoredock]\nignore = ['SD1', 'SD0', 'X']\n", [("SD906", "SD0"), ("SD906", "X")]),
        ("[tool.scoredock.severity]\nSD117 = 'none'\nSD9999 = 'off'\n", [("SD907", "SD117"), ("SD906", "SD9999")]),
        ("[tool.scoredock]\nseverity = 'off'\n", [("SD907", "severity")]),
        ("[tool.scoredock.per-file-ignores]\n'a/*' = 'SD117'\n", [("SD907", "a/*")]),
        ("tool.scoredock.ignor = []\n", [("SD905", "ignor")]),
        ("[tool]\nscoredock = 3\n", [("SD907", "scoredock")]),
        ("[tool.scoredock]\nignores = []  # scoredock: ignore[SD905]\n", []),
    ],
)
def test_its_own_mistakes(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_broken_toml_is_told_at_its_place_and_stops_nothing() -> None:
    text = "[tool.scoredock]\nignore = ['SD117'\nselect = 1\n"
    ((code, _),) = codes(text)
    assert code == "SD904"
    assert read_settings(text, "/p")[0].ignore == ()


@given(st.text(alphabet="[]{}=\"'.\n# toolscredkignSD1,\\", max_size=300))
@settings(max_examples=rounds(gate=120, long=2_000))
def test_nothing_raises(text: str) -> None:
    for whole in (text, f"[tool.scoredock]\n{text}", f"tool.scoredock = {{{text}}}"):
        check(whole, Facts(path="/p/pyproject.toml"))
        effective([Finding("SD110", "error", "x.", HERE)], "/p/a.py", read_settings(whole, "/p")[0])


def test_the_nearest_file_that_says_something_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    files = ProjectFiles()
    assert files.settings(inner / "score.py") == NO_SETTINGS
    (tmp_path / "pyproject.toml").write_text("[tool.scoredock]\nignore = ['SD1']\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.ruff]\n")
    files = ProjectFiles()
    found = files.settings(inner / "score.py")
    assert (found.ignore, found.folder) == (("SD1",), str(tmp_path))
    overlay = {str(tmp_path / "a" / "pyproject.toml"): "[tool.scoredock]\nignore = ['SD2']\n"}
    assert files.settings(inner / "score.py", overlay).ignore == ("SD2",)
    assert files.settings(inner / "score.py").ignore == ("SD1",)
    (tmp_path / "pyproject.toml").write_bytes(b"\xff[tool.scoredock]\n")
    assert ProjectFiles().settings(inner / "score.py") == NO_SETTINGS


def test_a_changed_file_counts_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("scoredock.services.planning.project.time.monotonic", lambda: now[0])
    files = ProjectFiles()
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.scoredock]\nignore = ['SD1']\n")
    assert files.settings(tmp_path / "score.py").ignore == ("SD1",)
    file.write_text("[tool.scoredock]\nignore = ['SD1', 'SD2']\n")
    now[0] = 2.0
    assert files.settings(tmp_path / "score.py").ignore == ("SD1", "SD2")


@pytest.mark.parametrize(
    ("written", "strict", "slips"), [("true", True, 0), ("false", False, 0), ('"yes"', False, 1), ("1", False, 1)]
)
def test_strict_is_true_or_false(written: str, strict: bool, slips: int) -> None:
    settings, told = read_settings(f"[tool.scoredock]\nstrict = {written}\n", "/p")
    assert (settings.strict, len(told)) == (strict, slips)


@pytest.mark.parametrize(
    "text", ["a." * 60_000 + "b = 1\n", "[" + ".".join(["a"] * 60_000) + "]\n", '"a" . ' * 200 + "b = 1\n"]
)
def test_a_key_of_very_many_parts_costs_no_time(text: str) -> None:
    """The parser takes minutes for some of them, and the editor asks at every key press."""
    settings, slips = read_settings(f"[tool.scoredock]\nstrict = true\n{text}", "/p")
    assert not settings.strict
    assert [(slip.kind, slip.name) for slip in slips] == [("unreadable", "it is nested too deeply")]


def test_a_long_text_with_dots_is_no_key() -> None:
    text = f'[tool.scoredock]\nstrict = true\n[tool.other]\nwords = "{"some. " * 60}"\n'
    settings, slips = read_settings(text, "/p")
    assert (settings.strict, slips) == (True, [])
