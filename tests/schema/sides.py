"""Both sides of the comparison as processes of one environment, asked the same things."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

LIBRARY = "inference-schema==1.8"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
SIDE = Path(__file__).with_name("side.py")
RUNTIME = SIDE.parents[2] / "pyserver" / "runtime"
SECONDS = 100.0
"""How long one case may take; a Java machine starts within it too."""


class NoEnvironment(Exception):
    """The package index did not give what was asked for."""


def environment(python: Path, version: str, kind: str, packages: Sequence[str]) -> tuple[Path, Path]:
    """An interpreter with the packages and a folder with the library, made once and kept in the cache.

    Raises NoEnvironment."""
    place = CACHE / f"test-schema-{kind}-py{version.replace('.', '')}"
    CACHE.mkdir(parents=True, exist_ok=True)
    inside, library = place / "venv" / "bin" / "python", place / "library"
    with FileLock(f"{place}.lock", timeout=300):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable) if python == Path(sys.executable) else python
            commands = [
                ["venv", "--quiet", "--clear", "--python", str(base), str(place / "venv")],
                ["pip", "install", "--quiet", "--python", str(inside), "python-dateutil", "pytz", *packages],
                [
                    "pip",
                    "install",
                    "--quiet",
                    "--python",
                    str(inside),
                    "--target",
                    str(library),
                    "--no-deps",
                    LIBRARY,
                    "wrapt<=1.16.0",
                ],
            ]
            for command in commands:
                done = subprocess.run(
                    [uv, *command],
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=280,
                )
                if done.returncode != 0:
                    raise NoEnvironment(f"{LIBRARY} for Python {version}: {done.stderr[-300:]}")
            (place / "complete").touch()
    return inside, library


class Side:
    """One process; what it prints besides answers goes to the terminal's error output."""

    def __init__(self, python: Path, folders: dict[str, Path], kind: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self.name = " and ".join(folders)
        self._words = [str(python), str(SIDE), *(f"{name}={folder}" for name, folder in folders.items()), kind]
        self._environment = {**kept, "PYTHONHASHSEED": "0", "TZ": "UTC", "PYSPARK_PYTHON": str(python)}
        self._begin()

    def _begin(self) -> None:
        self._rest = b""
        self._process = subprocess.Popen(
            self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment, start_new_session=True
        )

    def begin_again(self) -> None:
        """In another process: this one died, does not answer, or still has to answer something nobody waits for."""
        self._process.kill()
        self.close()
        self._begin()
        self.answer()  # where it found the names

    def ask(self, steps: Sequence[str]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the answer tells how it ended
            self._process.stdin.write(json.dumps(list(steps)).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
            assert ready, f"{self.name} did not answer within {SECONDS:g} s"
            more = os.read(self._process.stdout.fileno(), 1 << 20)
            assert more, f"{self.name} ended with {self._process.wait(10)}"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Pair:
    """The library and the runtime, in two processes or in one, with counts of what they were asked."""

    def __init__(self, library: Side, runtime: Side) -> None:
        self.library, self.runtime = library, runtime
        self.compared = 0
        self.observations = 0
        self.exceptions = 0

    def ask(self, steps: Sequence[str]) -> tuple[list[Any], list[Any]]:
        """What the library and what the runtime told of each step. A side that fails at it costs this case alone."""
        try:
            self.library.ask(steps)
            if self.runtime is not self.library:
                self.runtime.ask(steps)
            return self.library.answer(), self.runtime.answer()
        except BaseException:
            for side in {id(each): each for each in (self.library, self.runtime)}.values():
                side.begin_again()
            raise

    def compare(self, steps: Sequence[str]) -> list[Any]:
        """The observations, which must be equal."""
        expected, got = self.ask(steps)
        self.compared += 1
        self.observations += len(expected)
        self.exceptions += sum(1 for seen, _ in expected if seen and seen[0] == "raised")
        for number, (step, theirs, ours) in enumerate(zip(steps, expected, got, strict=True)):
            script = "\n".join(steps[: number + 1])
            assert theirs == ours, f"\n{script}\n\nstep:    {step}\nlibrary: {theirs}\nruntime: {ours}"
        return expected


@contextlib.contextmanager
def running(inside: Path, library: Path, kind: str) -> Iterator[Pair]:
    """Both sides, begun: with Spark in one process, because each would need a Java machine."""
    folders = {"library": library, "runtime": RUNTIME}
    parts = [folders] if kind == "spark" else [{name: folder} for name, folder in folders.items()]
    sides = [Side(inside, part, kind) for part in parts]
    try:
        answers = [side.answer() for side in sides]
        files = [file for _, found in answers for file in found]
        expected = [folder for folder in folders.values() for _ in range(2)]
        assert all(map(str.startswith, files, map(str, expected))), files
        yield Pair(sides[0], sides[-1])
    finally:
        for side in sides:
            side.close()
