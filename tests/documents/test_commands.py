"""Every command block of the user guide runs, in the order of its page, in a home where nothing was done before."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import docker_daemon
from depth import LONG
from ports import free_port

from .commands.blocks import Block, blocks, command_lines, is_endless
from .commands.pages import DOCKER, PAGES, UNUSUAL, WORDS
from .commands.shell import Shell
from .conftest import Train

ROOT = Path(__file__).parents[2]
REFERENCE = "docs/cli.md"
READ: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
}
GUIDE = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]


def _pages() -> dict[str, list[Block]]:
    """The blocks with commands, by page; those of the reference of the command line by page and noun."""
    found: dict[str, list[Block]] = {}
    for path in GUIDE:
        name = path.relative_to(ROOT).as_posix()
        noun = ""
        for block in blocks(path.read_text(encoding="utf-8")):
            if name == REFERENCE:
                noun = "#" + _noun(block)
            if command_lines(block) and not block.test:
                found.setdefault(name + noun, []).append(block)
    return found


def _noun(block: Block) -> str:
    words = block.heading.strip("`").split()
    return words[1] if len(words) > 2 else "more"


BLOCKS = _pages()


def test_every_page_has_its_preparation_and_every_exception_its_command() -> None:
    assert sorted(PAGES) == sorted(BLOCKS)
    lines = {line for page in BLOCKS.values() for block in page for line in command_lines(block)}
    assert [line for line in UNUSUAL if line not in lines] == []
    assert len(lines) > 250
    print(sorted(each.reason for each in UNUSUAL.values() if each.code is None))


def test_every_block_says_what_it_is() -> None:
    """So that no command can stand in one that is not run."""
    nameless = [
        f"{path.relative_to(ROOT)}:{block.line}"
        for path in GUIDE
        for block in blocks(path.read_text(encoding="utf-8"))
        if block.language not in (*READ, "sh", "console", "text", "jsonc", "http", "mermaid", "lua", "elisp")
    ]
    assert nameless == []


@pytest.mark.parametrize("language", READ)
def test_what_a_page_shows_can_be_read(language: str) -> None:
    """The files of other languages, by the readers of these."""
    count = 0
    for path in GUIDE:
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.language == language:
                count += 1
                try:
                    READ[language](block.text)
                except (ValueError, SyntaxError, yaml.YAMLError) as error:
                    pytest.fail(f"{path.relative_to(ROOT)}:{block.line}: {error}", pytrace=False)
    assert count


@pytest.fixture
def shell(tmp_path: Path, third_party: Path) -> Iterator[Shell]:
    """In a home of its own, in which no service is left."""
    variables = {"PACKAGES": str(third_party), "FREE_PORT": str(free_port())}
    if LONG:
        daemon = docker_daemon.docker()
        variables |= {
            "DOCKER_HOST": docker_daemon.docker_host(),
            "SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(daemon),
        }
    made = Shell(tmp_path, variables)
    yield made
    made.run("scoredock service stop-all --all")
    for service in json.loads(made.run("scoredock service list --json").out)["services"] if LONG else ():
        made.run(f"scoredock service delete {service['name']}")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long(PAGES[name].long) if PAGES[name].long else ())
        for name in sorted(BLOCKS)
    ],
)
def test_the_commands_of_a_page_run(name: str, shell: Shell, train: Train) -> None:
    page = PAGES[name]
    page.files(shell.project)
    if page.trained:
        shutil.copy(train("plane", ("scikit-learn", "joblib"), {})[0], shell.project / "iris.pkl")
    _prepare(shell, page.first)
    heading = ""
    failures = []
    for block in BLOCKS[name]:
        if block.heading != heading:
            heading = block.heading
            _prepare(shell, page.before.get(heading.strip("`"), ""))
        for line in command_lines(block):
            if not _is_run(line):
                continue
            _prepare(shell, page.before.get(line, ""))
            failures += [f"{name.partition('#')[0]}:{block.line}: {line}\n{each}" for each in _faults(shell, line)]
    assert not failures, "\n\n".join(failures)


def _prepare(shell: Shell, lines: str) -> None:
    for line in filter(None, map(str.strip, lines.splitlines())):
        done = shell.run(line)
        assert done.code == 0, f"{line}\n{done.out}{done.errors}"


def _is_run(line: str) -> bool:
    unusual = UNUSUAL.get(line)
    return (unusual is None or unusual.code is not None) and (LONG or DOCKER.search(line) is None)


def _faults(shell: Shell, line: str) -> list[str]:
    """What is wrong with how the line ended; nothing for one that did what it should."""
    unusual = UNUSUAL.get(line)
    typed = line
    for word, value in WORDS.items():
        typed = re.sub(
            rf"(?<![\w-]){re.escape(word)}(?![\w-])",
            lambda _, value=value: value,
            typed,
        )
    done = shell.run_endless(typed) if is_endless(line) else shell.run(typed)
    expected = {unusual.code} if unusual is not None and unusual.code is not None else {0}
    if is_endless(line):
        expected = {0, 130}
    if done.code in expected and "Traceback" not in done.out + done.errors:
        return []
    return [f"ended with {done.code}\n{done.out[-2000:]}\n{done.errors[-2000:]}"]
