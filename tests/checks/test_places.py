"""Places of findings, and their sentences, in texts with odd characters."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.catalogue import rule
from scoredock.text import Position, Range

from checks.edited_texts import examine, fixed

CONDA = Facts(path="/project/conda.yml")
CLIENT = Facts(path="/project/deploy.py")


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", ["%", "dependencies:\n- &", "dependencies:\n- a\n- ["])
def test_what_is_missing_at_the_end_of_a_line_is_told_there(text: str, end: str) -> None:
    assert examine(f"{text}\n".replace("\n", end), CONDA, "conda")


def test_a_name_with_joined_letters_is_not_repaired_beyond_its_end() -> None:
    """Python reads the one letter as two, so that the name in the tree is longer than the one in the text."""
    head = "from azureml.core import Environment, "
    tail = ", Experiment\n\nprint(Environment, Workspace, Experiment)\n"
    finding = only([f for f in examine(f"{head}Workspac\ufb01e{tail}", CLIENT, "sdk-script") if f.code == "SD803"])
    assert not finding.fixes
    plain = only([f for f in examine(f"{head}Workspacee{tail}", CLIENT, "sdk-script") if f.code == "SD803"])
    assert fixed(f"{head}Workspacee{tail}", plain.fixes[0]) == f"{head}Workspace{tail}"


def test_odd_characters_elsewhere_take_no_repair_away() -> None:
    text = "# 1\ufb01 and so on \u2026\nfrom azureml.core import Workspacee\n\nprint(Workspacee)\n"
    finding = only([f for f in examine(text, CLIENT, "sdk-script") if f.code == "SD803"])
    assert finding.fixes


@pytest.mark.parametrize(
    ("odd", "shown"),
    [
        ("\n", " "),
        ("\r\n", " "),
        ("\x0c", "\\x0c"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202e", "\\u202e"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("\u00e9", "\u00e9"),
    ],
)
def test_sentences_are_one_line_of_what_can_be_seen(odd: str, shown: str) -> None:
    found = rule("SD110")
    assert found is not None
    start = Range(Position(0, 0), Position(0, 0))
    assert (
        found.finding(start, name=f"a{odd}b", hint="").message
        == found.finding(start, name=f"a{shown}b", hint="").message
    )
    assert found.finding(start, message=f"It is a{odd}b.").message == f"It is a{shown}b."


def test_a_name_over_several_lines_is_told_in_one() -> None:
    text = "name: my\n  endpoint!\nauth_mode: key\n"
    findings = examine(text, Facts(path="/project/endpoint.yml"), "online-endpoint")
    assert findings


@pytest.mark.parametrize("space", ["\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\t", "\x0b"])
def test_odd_spaces_around_a_number(space: str) -> None:
    text = '{"name": "e", "environmentVariables": {"WORKER_COUNT": "' + space + '4"}}'
    examine(text, Facts(path="/project/azureml_environment.json"), "environment")
