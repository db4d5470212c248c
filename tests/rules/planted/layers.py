"""Which test files meet a file of the product, told from imports, and how far away they are.

Product and tests are one graph: an import is one step, a module that is only started as a process is reached by a door.
A test file is concerned by a change when it reaches the changed file. What lies between is not proof that the test
would notice; the nearer it is, the sooner it is tried.
"""

from __future__ import annotations

import heapq
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

UNIT_TESTS = "extension"
"""The layer of TypeScript unit tests, which `tests/extension/run.mjs` runs."""
NOT_TRIED = {
    "soak": "it loads the machine for minutes, and only the long run has it",
    "published": "it checks packages of others",
    "packaging": "it looks at what is in the package, not at what that does",
    "demo": "it is one journey, which tests/deploy has in parts",
}
"""Layers that say little about one line for what they take."""
LATE = {"images": 2, "packages": 2, "ui": 100}
"""Layers that need images or a browser are tried as if they lay so many steps further away."""
STARTED = {"scoredock.cli": "scoredock.cli.__main__", "scoredock_runtime": "scoredock_runtime.__main__"}
"""After `-m` a package means its main module."""
DOORS = {
    "pyserver/runtime/scoredock_runtime/shims/__init__.py": (
        "pyserver/runtime/scoredock_runtime/shims",
        "pyserver/runtime/scoredock_runtime/schema",
    ),
    "tests/ui/conftest.py": ("extension/main.ts", "pyserver/scoredock/server.py"),
    "extension/program.ts": ("pyserver/scoredock/server.py", "extension/panels/page.ts"),
}
"""What a file reaches without importing it: modules by names put together, a server that an editor starts."""
_THROUGH_PACKAGE = 4
"""Steps that the `__init__` of a package counts for those who import a module below it: Python runs it, but it is not
what they are after."""
_THROUGH_PROCESS = 2
_IMPORT = re.compile(
    r"^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n(;]+))", re.MULTILINE
)
_STARTED = re.compile(r"""["']-m["'],\s*["']([\w.]+)["']""")
_FULL_NAME = re.compile(r"""["'](scoredock(?:_runtime)?\.[\w.]+)["']""")
_SCRIPT = re.compile(r"""["'](\w+\.py)["']""")
"""A file beside it, which a test starts."""
_TYPESCRIPT = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""")
_UNKNOWN_SECONDS = 60.0
_SECONDS_OF_A_STEP = 100.0
"""A layer that takes so much longer than another one is tried as if it lay a step further away."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A layer that may notice a change."""

    layer: str
    files: tuple[str, ...]
    """Test files from the root of the checkout, the nearest first."""
    distance: int
    seconds: float
    """What the whole layer took when it was measured last."""


class Graph:
    """Of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        python = _python(root)
        self._paths = frozenset(python)
        self._modules = {name: path for path in python if (name := _module(path))}
        self._importers: dict[str, dict[str, int]] = {}
        for path in python:
            for imported, steps in self._imports(path):
                self._add(path, imported, steps)
        for path in _typescript(root):
            for imported in self._typescript_imports(path):
                self._add(path, imported, 1)
        for path, reached in DOORS.items():
            for each in reached:
                found = [f"{each}/{file.name}" for file in (root / each).glob("*.py")] if "." not in each else [each]
                for one in found:
                    self._add(path, one, _THROUGH_PROCESS)

    def _add(self, importer: str, imported: str, steps: int) -> None:
        if importer != imported:
            known = self._importers.setdefault(imported, {})
            known[importer] = min(steps, known.get(importer, steps))

    # ------------------------------------------------------------------------------------------ what is imported

    def _imports(self, path: str) -> Iterator[tuple[str, int]]:
        # Read as text, as a syntax tree of everything takes half a minute; scripts within texts count just as well.
        text = (self.root / path).read_text(encoding="utf-8", errors="replace")
        for plain, source, names in _IMPORT.findall(text):
            for name in (plain or names).strip("()").split(","):
                name = name.split("#")[0].strip().split(" as ")[0].strip()
                below = name if plain else f"{source}.{name}"
                yield from self._named(path, below if plain or self._file(path, below) else source)
        for name in _STARTED.findall(text):
            if (module := self._modules.get(STARTED.get(name, name))) is not None:
                yield module, _THROUGH_PROCESS
        for name in _FULL_NAME.findall(text):
            if (module := self._modules.get(name)) is not None:
                yield module, _THROUGH_PROCESS
        for name in _SCRIPT.findall(text) if path.startswith("tests/") else ():
            if (beside := f"{PurePosixPath(path).parent}/{name}") in self._paths:
                yield beside, _THROUGH_PROCESS
        # A test file has what the conftest.py of its folders gives it.
        if path.startswith("tests/"):
            for folder in PurePosixPath(path).parents:
                if (self.root / folder / "conftest.py").is_file():
                    yield f"{folder}/conftest.py", 1

    def _named(self, path: str, name: str) -> Iterator[tuple[str, int]]:
        parts = name.split(".")
        found = self._file(path, name)
        if found:
            yield found, 1
        for length in range(1, len(parts)):
            package = self._modules.get(".".join(parts[:length]))
            if package is not None and package != found:
                yield package, _THROUGH_PACKAGE

    def _file(self, path: str, name: str) -> str | None:
        """Of a module, as `path` imports it: the product's, a helper of the tests, or one that lies beside."""
        if name in self._modules:
            return self._modules[name]
        beside = f"{PurePosixPath(path).parent}/{name.replace('.', '/')}.py"
        return beside if path.startswith("tests/") and beside in self._paths else None

    def _typescript_imports(self, path: str) -> Iterator[str]:
        for written in _TYPESCRIPT.findall((self.root / path).read_text(encoding="utf-8")):
            base = os.path.normpath(f"{PurePosixPath(path).parent}/{written}").replace("\\", "/")
            # What stands in a bundle of its own is imported by the name that it has there.
            for candidate in (f"{base.removesuffix('.js')}.ts", f"{base}/index.ts"):
                if (self.root / candidate).is_file():
                    yield candidate

    # ------------------------------------------------------------------------------------------ who is concerned

    def distances(self, changed: str) -> dict[str, int]:
        """Every file that reaches the changed one, and by how many steps."""
        found: dict[str, int] = {}
        waiting = [(0, changed)]
        while waiting:
            far, path = heapq.heappop(waiting)
            if path in found:
                continue
            found[path] = far
            for importer, steps in self._importers.get(path, {}).items():
                if importer not in found:
                    heapq.heappush(waiting, (far + steps, importer))
        return found

    def concerned(self, changed: str, seconds: dict[str, float] | None = None) -> list[Concerned]:
        """The layers that a change of a file concerns, in the order in which they are tried."""
        layers: dict[str, list[tuple[int, str]]] = {}
        for path, far in self.distances(changed).items():
            parts = PurePosixPath(path).parts
            if parts[0] == "tests" and len(parts) > 2 and _is_test(parts[-1]) and parts[1] not in NOT_TRIED:
                layers.setdefault(parts[1], []).append((far, path))
        made = []
        for layer, files in layers.items():
            files.sort(key=lambda each: (_needs_docker(each[1]), each[0] - _alike(changed, each[1]), each[1]))
            nearest = min(far - _alike(changed, path) for far, path in files)
            took = (seconds or {}).get(layer, _UNKNOWN_SECONDS)
            made.append(Concerned(layer, tuple(path for _, path in files), nearest, took))
        return sorted(
            made, key=lambda each: each.distance + LATE.get(each.layer, 0) + each.seconds / _SECONDS_OF_A_STEP
        )


def measured_seconds(root: Path) -> dict[str, float]:
    """By layer: as somebody committed them, and as the last run on this machine took."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock" / "test-times.json"
    found: dict[str, float] = {}
    for path in (root / "tests" / "times.json", cache):
        if path.is_file():
            found |= {name: float(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
    return found


def _python(root: Path) -> list[str]:
    roots = ("pyserver/scoredock", "pyserver/runtime/scoredock_runtime", "pyserver/tools", "tests")
    return sorted(
        str(PurePosixPath(path.relative_to(root)))
        for each in roots
        for path in (root / each).rglob("*.py")
        # Files that tests read as data, damaged ones among them.
        if not {"files", "__pycache__", "node_modules"} & set(path.relative_to(root).parts)
    )


def _typescript(root: Path) -> list[str]:
    return sorted(
        str(PurePosixPath(path.relative_to(root)))
        for each in ("extension", "tests/extension")
        for path in (root / each).rglob("*.ts")
    )


def _module(path: str) -> str:
    """The name by which a file is imported: tests/ is on the path of the tests."""
    for prefix in ("pyserver/runtime/", "pyserver/", "tests/"):
        if path.startswith(prefix):
            return path.removeprefix(prefix).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return ""


def _is_test(name: str) -> bool:
    return (name.startswith("test_") and name.endswith(".py")) or name.endswith(".test.ts")


def _needs_docker(path: str) -> bool:
    return "docker" in PurePosixPath(path).name


def _alike(changed: str, test: str) -> int:
    """Steps that a test is nearer for bearing the name of what was changed."""
    stem = PurePosixPath(test).name.removesuffix(".py").removesuffix(".test.ts").removeprefix("test_").lower()
    words = {
        word for part in PurePosixPath(changed).with_suffix("").parts for word in re.split(r"[_\W]+", part.lower())
    }
    own = set(re.split(r"[_\W]+", stem))
    same_layer = PurePosixPath(test).parts[1] in PurePosixPath(changed).parts
    return len(own & words) + (1 if same_layer else 0)
