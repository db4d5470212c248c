"""An engine more than there are, as a row of the table and a folder beside those of the others. Whatever is right for
engines in general works with it: its name is known nowhere else, its services are not where processes look for
theirs, and it has no ability that the others have."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scoredock import engine_table, engines
from scoredock.cli import declarations
from scoredock.engine_table import EngineKind

NAME = "third"
COMMANDS = "command_line.json"
ROW = EngineKind(
    name=NAME,
    title="Third",
    place="third place",
    places="third places",
    choice="Third Place",
    icon="globe",
    row="Third place",
    spoken="Runs in a third place",
)


FOLDER = Path(__file__).parent


def add() -> None:
    """From now on there is a third engine in this process."""
    engine_table.ENGINES[NAME] = ROW
    engines.__path__.append(str(FOLDER / "engines"))
    written = Path(os.environ.get("SCOREDOCK_TEST_THIRD", "")) / COMMANDS
    if written.is_file():
        declarations.FILE = written


@contextlib.contextmanager
def added(folder: Path) -> Iterator[None]:
    """A third engine meanwhile, whose services run in the folder."""
    add()
    os.environ["SCOREDOCK_TEST_THIRD"] = str(folder)
    try:
        yield
    finally:
        del os.environ["SCOREDOCK_TEST_THIRD"], engine_table.ENGINES[NAME]
        engines.__path__.remove(str(FOLDER / "engines"))


def environment(folder: Path) -> dict[str, str]:
    """For a program that begins with a third engine, whose services lie in the folder. The table of commands is written
    anew, as `npm run generate` does for a new row."""
    folder.mkdir(exist_ok=True)
    ours = {
        "PYTHONPATH": os.pathsep.join((str(FOLDER), str(FOLDER.parent))),
        "SCOREDOCK_TEST_THIRD": str(folder),
    }
    write = (
        "from scoredock.cli import commands, declarations; print(declarations.document(commands.PLACES, commands.HELP))"
    )
    done = subprocess.run([sys.executable, "-c", write], env={**os.environ, **ours}, check=True, capture_output=True)
    (folder / COMMANDS).write_bytes(done.stdout)
    return ours


def place_of(folder: Path) -> Path:
    """Where a service with this folder runs."""
    owner = folder.parent.parent
    return Path(os.environ["SCOREDOCK_TEST_THIRD"]) / owner.parent.name / owner.name / folder.parent.name / folder.name
