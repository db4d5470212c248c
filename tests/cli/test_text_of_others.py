"""Text of others on its way to people: what a verb answers may hold anything, and a command shows it as text.

The table of commands says what there is. Each runs as it is typed, while every verb answers with hostile text wherever
its result may hold text: so a new command is asked without anybody remembering it.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import sys
import typing
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from scoredock import verb as declaring
from scoredock.cli.declarations import Declaration, declarations
from scoredock.cli.main import main
from scoredock.contrib.az.lines import output as az_output
from scoredock.features.verbs import verbs
from scoredock.verb import Argument

from cli.conftest import Terminal

posix_names = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names of files")
FORGED = "FORGED  Healthy  0 failed"
HOSTILE = f"name\x1b]0;taken over\x07\x1b[8m\rother\x9b31m\u202egnp\u2066.\u2028x\n{FORGED}"
SHOWN = "name\\x1b]0;taken over\\x07"

ELSEWHERE = {
    "az ml": "below, as a table",
    "az uninstall": "it removes files of this machine, and names them",
    "check": "below",
    "completion": "a shell reads it",
    "endpoint apply": "it prints as `endpoint show` does",
    "lsp": "the editor",
    "model propose": "below",
    "model script": "it prints a script as it is",
    "pipeline run": "below",
    "sdk notebook": "the output of a program of the person's",
    "sdk run": "the output of a program of the person's",
    "service debug": "it waits for the editor",
    "service logs": "`test_service_logs.py`",
    "service watch": "it goes on until Ctrl+C; its sentences are those of `service reload`",
    "settings": "the person's own settings",
}
"""Commands that do not ask a verb for what they print, and where their text is tested."""
OWN_WORDS = {
    "batch delete",
    "compute detach",
    "compute role",
    "drift delete",
    "endpoint delete",
    "environment lock",
    "environment remove",
    "event pause",
    "model favourite",
    "model text",
    "rule delete",
    "service client",
    "service delete",
    "service keys",
    "service token",
}
"""Commands that print data, or nothing of what the verb answers: neither is a listing."""
OPTIONS = {
    "model register": ["file", "--name", "thing", "--framework", "Custom"],
    "model show": ["thing"],
    "model download": ["thing"],
    "model update": ["thing", "--tag", "a=b"],
    "model consent": ["thing"],
    "model delete": ["thing"],
    "model restore": ["thing"],
    "model purge": ["thing"],
    "run list": ["thing", "thing"],
    "compute confirm": ["--yes"],
    "drift export": ["--form", "json"],
    "rule run": ["--all"],
    "environment enable": ["--yes"],
    "service deploy": ["thing"],
    "service update": ["thing"],
    "service package": ["--image"],
    "package create": ["--image"],
    "migrate": ["file", "--dry-run"],
}
"""What a command needs besides the arguments that its parser asks for."""


def hostile(kind: Any, metadata: Mapping[Any, Any], *, is_first: bool) -> Any:
    """A value of a type with hostile text wherever text may be; what is data goes to programs as it is. Lists have one
    item at first, and none when they are asked for again: whoever follows a log must come to its end."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)

    def inner(part: Any, of: Mapping[Any, Any] = metadata) -> Any:
        return hostile(part, of, is_first=is_first)

    if kind is str:
        # Of several lines each is one; only what is on one line can be forged.
        texts = {"data": "data", "lines": HOSTILE.partition("\n")[0]}
        return texts.get(metadata.get("scoredock.text", ""), HOSTILE)
    if kind in (int, float, bool):
        return kind(1)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (list, tuple):
        return origin([inner(arguments[0])] if is_first else [])
    if getattr(origin, "__name__", "") in ("dict", "Mapping"):
        return {inner(arguments[0], {}): inner(arguments[1], {})}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{each.name: inner(hints[each.name], each.metadata) for each in dataclasses.fields(kind)})
    several = [each for each in arguments if each is not type(None)]
    return inner(several[0]) if several else HOSTILE


def words_of(command: Declaration) -> list[str]:
    """The command with what it needs at least."""
    words = command.name.split()
    for each in command.arguments:
        is_option = each.flags[0].startswith("-")
        if is_option and not each.options.get("required"):
            continue
        words += [each.flags[0]] if is_option else []
        if each.options.get("nargs") not in ("?", "*") or each.options.get("required"):
            words.append(_value(each))
    return words + OPTIONS.get(command.name, [])


def _value(argument: Argument) -> str:
    choices = argument.options.get("choices")
    return str(next(iter(choices))) if choices else "1" if argument.options.get("type") in (int, float) else "thing"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Whoever calls the function of a verb gets a hostile answer, in the form that the call asks for; the names of the
    verbs that were asked."""
    names: list[str] = []
    for each in verbs():
        if each.is_of_everybody:
            stand_in = _stand_in(each, names)
            monkeypatch.setattr(import_module(each.function.__module__), each.function.__name__, stand_in)
    monkeypatch.setenv("SCOREDOCK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return names


def _stand_in(verb: declaring.Verb, names: list[str]) -> Any:
    @functools.wraps(verb.function)
    def function(*arguments: Any, **more: Any) -> Any:
        names.append(verb.name)
        return hostile(verb.result, {}, is_first=names.count(verb.name) == 1)

    stand_in = declaring.in_form(function)
    stand_in.__verb__ = dataclasses.replace(verb, function=stand_in)
    return stand_in


@dataclasses.dataclass
class Printed:
    code: int
    out: str
    error: str


def printed(words: list[str]) -> Printed:
    """What a pipe gets of it: there no terminal escapes anything."""
    raw = io.BytesIO(), io.BytesIO()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.StringIO()
    sys.stdout, sys.stderr = (io.TextIOWrapper(each, "utf-8", errors="backslashreplace") for each in raw)
    try:
        code = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
        return Printed(code, *(each.getvalue().decode("utf-8", "replace") for each in raw))
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def require_shown(answer: Printed) -> None:
    """Nothing of it acts on a terminal, and none of its lines is another's."""
    text = answer.out + answer.error
    assert sorted({each for each in text if each not in "\n\t" and not each.isprintable()}) == [], text
    assert not any(line.lstrip().startswith(FORGED) for line in text.splitlines()), text


@pytest.mark.parametrize(
    "command", [each for each in declarations().values() if each.name not in ELSEWHERE], ids=lambda c: c.name
)
def test_what_others_wrote_is_shown_as_text(command: Declaration, calls: list[str]) -> None:
    words = words_of(command)
    answer = printed(words)
    print(words, answer, calls)
    require_shown(answer)
    assert calls, "no verb was asked: " + answer.error
    assert SHOWN in answer.out + answer.error or command.name in OWN_WORDS


WORKFLOW = {
    "on": "push",
    "jobs": {
        "one\r\x1b[2Kjob": {
            "runs-on": "ubuntu-latest",
            "steps": [
                {"name": HOSTILE, "run": "printf 'said \\033]0;taken over\\007 \\342\\200\\256 \\n'"},
                {"name": "fails", "run": "exit 3"},
            ],
        }
    },
}


@posix_names
@pytest.mark.parametrize("command", ["show", "run"])
def test_a_pipeline_of_others_is_shown_as_text(command: str, terminal: Terminal) -> None:
    file = terminal.folder / ".github" / "workflows" / "a\x1b[8m\nb.yml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(WORKFLOW), "utf-8")
    answer = ran(terminal, "pipeline", command, str(file))
    require_shown(answer)
    assert SHOWN in answer.out, answer
    if command == "run":
        assert "said \\x1b]0;taken over\\x07 \\u202e" in answer.out, answer


@posix_names
def test_files_of_others_are_shown_as_text(terminal: Terminal) -> None:
    """Of commands that name files which no verb has looked at."""
    folder = terminal.folder / "a\x1b[8m\nFORGED  Healthy  0 failed"
    folder.mkdir()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(one, two, three):\n    return one\n", "utf-8")
    (folder / "m\u202edel.pkl").write_bytes(b"x")
    for words in (["check", "."], ["check", "--format", "github", "."], ["model", "propose", str(folder)]):
        answer = ran(terminal, *words)
        require_shown(answer)
        assert "a\\x1b[8m\\nFORGED" in answer.out or "\\u202e" in answer.out, (words, answer)


def test_a_name_of_64_kilobytes_is_cut_in_a_row(terminal: Terminal) -> None:
    """And all of it is in the document that programs read."""
    terminal.ok("event", "subscribe", "ci", "--command", sys.executable, "x" * 65_536)
    lines = terminal.ok("event", "list").splitlines()
    assert max(map(len, lines)) < 1_000, lines
    assert "x" * 65_536 in terminal.ok("event", "list", "--json")


def test_a_table_of_az_is_shown_as_text() -> None:
    rows = [{"name": HOSTILE, HOSTILE: "x" * 65_536}]
    text = az_output.printed(rows, "table", is_query=False)
    require_shown(Printed(0, text, ""))
    assert SHOWN in text
    assert len(text) < 20_000


def ran(terminal: Terminal, *words: str) -> Printed:
    process = terminal.run(*words)
    return Printed(process.returncode, process.stdout, process.stderr)
