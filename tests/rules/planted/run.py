"""Plants one bug after the other in a copy of this checkout and looks which test finds it: `npm run test:planted`.

Each bug meets the layers that import what it changes, the nearest first, until a test fails that passes again without
it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from rules.planted.bugs import BUGS, Bug
from rules.planted.layers import UNIT_TESTS, Concerned, Graph, measured_seconds

ROOT = Path(__file__).resolve().parents[3]
REPORTS = ROOT / "dist" / "reports"
ENOUGH = 28
OF_THIS_TABLE = "tests/rules/test_planted_bugs.py"
"""It looks at the table itself, and would find every bug."""
_FAILED_UNIT_TEST = re.compile(r"^ *(?:not ok \d+ - |✖ )(.+?)(?: \([\d.]+ms\))?$", re.MULTILINE)
_MOST_UNRELIABLE = 3
"""So many tests of a layer may fail without the bug as well, before the layer is given up."""


@dataclass(slots=True)
class LayerRun:
    """A layer that a bug met."""

    layer: str
    seconds: float
    outcome: str
    """`found`, `passed`, or why the layer says nothing."""


@dataclass(slots=True)
class Result:
    """Of one bug."""

    name: str
    key: str
    """Of the change, so that a result is not taken for one of another change."""
    found: bool = False
    test: str = ""
    layer: str = ""
    seconds: float = 0.0
    tried: list[LayerRun] = field(default_factory=list)
    not_tried: list[str] = field(default_factory=list)
    """Layers that there was no time for."""

    def line(self) -> str:
        """For people."""
        if self.found:
            return f"{self.name}: found by {self.test} in {self.layer} after {self.seconds:.0f} s"
        told = ", ".join(f"{each.layer} ({each.outcome})" for each in self.tried) or "none"
        rest = f"; not tried for lack of time: {', '.join(self.not_tried)}" if self.not_tried else ""
        return f"{self.name}: NOT FOUND in {self.seconds:.0f} s, layers: {told}{rest}"


def key_of(bug: Bug) -> str:
    return sha256("\0".join((bug.file, bug.before, bug.after)).encode()).hexdigest()[:12]


# ---------------------------------------------------------------------------------------------- a copy of the checkout


class Copy:
    """The files that git knows or would take, in a folder with an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self._report = folder.parent / f"{folder.name}.jsonl"

    def prepare(self) -> None:
        """Copies and sets up; a folder that was kept is brought up to date. Raises CalledProcessError."""
        listed = _said(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).split("\0")
        names = {name for name in listed if name and (ROOT / name).is_file()}
        if (self.root / ".git").is_dir():
            kept = _said(["git", "ls-files", "-z"], self.root).split("\0")
            for name in {name for name in kept if name} - names:
                (self.root / name).unlink(missing_ok=True)
        for name in sorted(names):
            target = self.root / name
            content = (ROOT / name).read_bytes()
            if not target.is_file() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(target, content)
                shutil.copymode(ROOT / name, target)
        # Some tests ask git what belongs to the checkout.
        me = ["git", "-c", "user.name=planted", "-c", "user.email=planted@localhost", "-c", "commit.gpgsign=false"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "copy"]):
            subprocess.run([*me, *words], cwd=self.root, check=True, env=_environment())
        subprocess.run(["node", "scripts/setup.mjs"], cwd=self.root, check=True, env=_environment())

    @contextlib.contextmanager
    def planted(self, bug: Bug) -> Iterator[None]:
        path = self.root / bug.file
        before = path.read_bytes()
        text = before.decode("utf-8")
        if text.count(bug.before) != 1:
            raise SystemExit(f"{bug.name}: {bug.file} does not hold the text exactly once: {bug.before}")
        _write(path, text.replace(bug.before, bug.after).encode())
        try:
            yield
        finally:
            _write(path, before)

    def failures(
        self, layer: str, targets: Sequence[str], without: Sequence[str], seconds: float
    ) -> tuple[list[str], str]:
        """Tests that fail, the first ones of them, and why the run says nothing where it does not."""
        if layer == UNIT_TESTS:
            code, output = _run(["node", "tests/extension/run.mjs"], self.root, seconds)
            failed = _FAILED_UNIT_TEST.findall(output)
            return (failed[:1] if failed else ["run.mjs"] if code else []), _ended(code)
        asked = [each for each in targets if each != OF_THIS_TABLE]  # a file that is named is not ignored
        if not asked:
            return [], ""
        self._report.unlink(missing_ok=True)
        command = [
            str(_python_of(self.root)),
            "-m",
            "pytest",
            *asked,
            "-x",
            "-q",
            "--no-header",
            "--tb=short",
            "-p",
            "no:cacheprovider",
            f"--report-log={self._report}",
            f"--ignore={OF_THIS_TABLE}",
            *(word for test in without for word in ("--deselect", test)),
        ]
        code, _ = _run(command, self.root, seconds)
        failed = []
        for line in self._report.read_text("utf-8").splitlines() if self._report.exists() else ():
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if told.get("outcome") == "failed" and told.get("nodeid"):
                    failed.append(str(told["nodeid"]))
        return list(dict.fromkeys(failed)), "" if code in (0, 1, 2, 5) else _ended(code)


def _python_of(root: Path) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _write(path: Path, content: bytes) -> None:
    """Python compares times of whole seconds, within which a line may come and go."""
    path.write_bytes(content)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    """At the depth of the gate, and nothing of the environment that this script runs in."""
    mine = ("PYTHONPATH", "VIRTUAL_ENV", "SCOREDOCK_TEST_DEPTH", "SCOREDOCK_TEST_SEED")
    return {name: value for name, value in os.environ.items() if name not in mine} | {"PYTHONUTF8": "1"}


def _said(command: Sequence[str], cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


class Stopped(Exception):
    """This run was told to end."""


_running: set[subprocess.Popen[str]] = set()
_stopping = threading.Event()


def _stop(*_: object) -> None:
    _stopping.set()
    for started in list(_running):
        _end(started)


def _end(started: subprocess.Popen[str]) -> None:
    """With what it has started itself."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            started.kill()
        else:
            os.killpg(started.pid, signal.SIGKILL)


def _run(command: Sequence[str], cwd: Path, seconds: float) -> tuple[int | None, str]:
    """Exit code, None when the time was over, and the output. Raises Stopped."""
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=os.name != "nt",
    ) as started:
        _running.add(started)
        try:
            code: int | None = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = started.communicate(timeout=max(seconds, 1))
                code = started.returncode
            if code is None:
                _end(started)
                output, _ = started.communicate()
        finally:
            _running.discard(started)
    if _stopping.is_set():
        raise Stopped
    return code, output


def _ended(code: int | None) -> str:
    return "" if code in (0, 1) else "the time was over" if code is None else f"ended with exit code {code}"


# ---------------------------------------------------------------------------------------------- one bug


def look_for(bug: Bug, copy: Copy, layers: Sequence[Concerned], minutes: float) -> Result:
    """Plants a bug and runs its layers until one of them finds it."""
    begin = time.monotonic()
    result = Result(bug.name, key_of(bug))
    left = lambda: minutes * 60 - (time.monotonic() - begin)  # noqa: E731
    for each in layers:
        if left() <= 0:
            result.not_tried.append(each.layer)
            continue
        started = time.monotonic()
        test, outcome = _search(bug, copy, each, left)
        result.tried.append(LayerRun(each.layer, round(time.monotonic() - started, 1), outcome))
        if test:
            result.found, result.test, result.layer = True, test, each.layer
            break
    result.seconds = round(time.monotonic() - begin, 1)
    return result


def _search(bug: Bug, copy: Copy, layer: Concerned, left) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    """The test of a layer that fails with the bug and passes without it, and what became of the layer."""
    unreliable: list[str] = []
    while len(unreliable) < _MOST_UNRELIABLE:
        with copy.planted(bug):
            failed, ended = copy.failures(layer.layer, layer.files, unreliable, left())
        if not failed:
            return "", ended or "passed"
        again, _ = copy.failures(layer.layer, failed[:1], (), max(left(), 120))
        if not again:
            return failed[0], "found"
        if layer.layer == UNIT_TESTS:
            break
        unreliable.append(failed[0])
    return "", f"fails without the bug as well: {', '.join(unreliable)}"


# ---------------------------------------------------------------------------------------------- all of them


class Results:
    """What is known so far, written after each bug."""

    def __init__(self, folder: Path, *, resume: bool) -> None:
        self._json, self._page = folder / "planted.json", folder / "planted.md"
        self._lock = threading.Lock()
        self.all: dict[str, Result] = {}
        keys = {bug.name: key_of(bug) for bug in BUGS}
        for told in json.loads(self._json.read_text("utf-8")) if resume and self._json.is_file() else ():
            tried = [LayerRun(**each) for each in told.pop("tried")]
            if keys.get(told["name"]) == told["key"]:
                self.all[told["name"]] = Result(**told, tried=tried)

    def add(self, result: Result) -> None:
        with self._lock:
            self.all[result.name] = result
            order = [self.all[bug.name] for bug in BUGS if bug.name in self.all]
            self._json.parent.mkdir(parents=True, exist_ok=True)
            _replace(self._json, json.dumps([asdict(each) for each in order], indent=2) + "\n")
            _replace(self._page, page(self.all))
            print(result.line(), flush=True)

    @property
    def found(self) -> int:
        return sum(result.found for result in self.all.values())


def page(results: Mapping[str, Result]) -> str:
    """The report for people."""
    found = sum(each.found for each in results.values())
    lines = [
        "# Planted bugs",
        "",
        f"{found} of {len(results)} that were tried are found; the table has {len(BUGS)}.",
        "",
        "| bug | what a person would notice | found by | seconds |",
        "|---|---|---|---|",
    ]
    for bug in BUGS:
        result = results.get(bug.name)
        if result is None:
            continue
        by = f"`{result.test}`" if result.found else f"**not found**: {bug.missed or result.line()}"
        lines.append(f"| {bug.name} in {bug.file} | {bug.noticed} | {by.replace('|', '/')} | {result.seconds:.0f} |")
    return "\n".join([*lines, ""])


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


def main(argv: Sequence[str]) -> int:
    """0 when enough of the bugs are found."""
    parser = argparse.ArgumentParser(prog="npm run test:planted --", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this bug; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="copies of the checkout that work side by side")
    parser.add_argument("--minutes", type=float, default=20, help="that one bug may take")
    parser.add_argument("--resume", action="store_true", help="keep the results of an earlier run and do the rest")
    parser.add_argument(
        "--copy", type=Path, metavar="FOLDER", help="work in this folder, and keep it for the next time"
    )
    parser.add_argument("--list", action="store_true", help="only say which layers each bug would meet")
    options = parser.parse_args(argv)
    unknown = set(options.only) - {bug.name for bug in BUGS}
    if unknown:
        parser.error(f"there is no bug {', '.join(sorted(unknown))}")
    # Whatever ends this run lets it put away what it has started.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    graph, seconds = Graph(ROOT), measured_seconds(ROOT)
    chosen = [bug for bug in BUGS if not options.only or bug.name in options.only]
    layers = {bug.name: graph.concerned(bug.file, seconds) for bug in chosen}
    if options.list:
        for bug in chosen:
            print(f"{bug.name} ({bug.file}): {', '.join(each.layer for each in layers[bug.name])}")
        return 0
    results = Results(REPORTS, resume=options.resume or bool(options.only))
    if options.resume:
        chosen = [bug for bug in chosen if bug.name not in results.all]
    begin = time.monotonic()
    with _copies(options.copy, min(options.jobs, max(1, len(chosen)))) as copies:
        free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for copy in copies:
            free.put(copy)

        def work(bug: Bug) -> None:
            copy = free.get()
            try:
                if _stopping.is_set():
                    return
                results.add(look_for(bug, copy, layers[bug.name], options.minutes))
            finally:
                free.put(copy)

        with ThreadPoolExecutor(len(copies)) as pool, contextlib.suppress(Stopped):
            list(pool.map(work, chosen))
    if _stopping.is_set():
        print("ended before all was done; what was found is kept, and --resume goes on")
        return 1
    missed = [bug.name for bug in BUGS if bug.name in results.all and not results.all[bug.name].found]
    print(f"\n{results.found} of {len(BUGS)} planted bugs found in {(time.monotonic() - begin) / 60:.1f} minutes")
    for bug in BUGS:
        if bug.name in missed:
            print(f"  not found: {bug.name}. {bug.missed or bug.noticed}")
    if options.only:
        return 1 if set(missed) & set(options.only) else 0
    return 0 if results.found >= ENOUGH else 1


@contextlib.contextmanager
def _copies(kept: Path | None, number: int) -> Iterator[list[Copy]]:
    folder = kept or Path(tempfile.mkdtemp(prefix="scoredock-planted-"))
    try:
        copies = [Copy(folder.resolve() / f"checkout-{index + 1}") for index in range(number)]
        for copy in copies:
            copy.root.mkdir(parents=True, exist_ok=True)
            copy.prepare()
        yield copies
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
