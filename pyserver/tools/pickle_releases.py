"""Writes `scoredock/checks/packages/sklearn_releases.json`: what of scikit-learn not all of its releases have.

    python tools/pickle_releases.py --release 0.20=FOLDER … [--python ENV/bin/python …] --pickles FOLDER

Each folder is a `site-packages` with scikit-learn of that release, from 0.20 on and without gaps; its modules are
listed by their files, so that none is imported. Each Python is asked which of the names in the pickles it can import.
The pickles are our own, made with the releases at hand.
"""

from __future__ import annotations

import argparse
import json
import pickletools
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "scoredock" / "checks" / "packages" / "sklearn_releases.json"
NOT_OF_MODELS = frozenset(
    (
        "setup",
        "conftest",
        "datasets",
        "tests",
        "__check_build",
        "_build_utils",
        "experimental",
        "inspection",
        "_array_api",
    )
)
_ASK = (
    "import importlib, json, sys, functools, sklearn\n"
    "def there(module, name):\n"
    "    try:\n"
    "        functools.reduce(getattr, name.split('.'), importlib.import_module(module))\n"
    "    except Exception:\n"
    "        return False\n"
    "    return True\n"
    "names = json.load(sys.stdin)\n"
    "print(json.dumps([sklearn.__version__, [there(*each) for each in names]]))\n"
)


def modules(folder: Path) -> Iterator[str]:
    """Yields the names of the modules below `sklearn`, without that prefix."""
    for path in (folder / "sklearn").rglob("*"):
        parts = [*path.relative_to(folder / "sklearn").parts[:-1], path.name.partition(".")[0]]
        if path.suffix not in (".py", ".so") or not NOT_OF_MODELS.isdisjoint(parts):
            continue
        if parts[-1] == "__init__":
            parts.pop()
        name = ".".join(parts)
        if name and not name.startswith(("externals._", "externals.array_api")) and "._plot" not in f".{name}":
            yield name


def names(folder: Path) -> list[tuple[str, str]]:
    """Modules and names of scikit-learn that the pickles (protocol 4) name."""
    pairs = set()
    for path in sorted(folder.rglob("*.pkl")):
        last: list[str] = []
        memo: list[str] = []
        for opcode, value, _ in pickletools.genops(path.read_bytes()):
            if opcode.name in ("SHORT_BINUNICODE", "BINUNICODE"):
                last.append(str(value))
            elif opcode.name == "MEMOIZE":
                memo.append(last[-1] if last else "")
            elif opcode.name in ("BINGET", "LONG_BINGET"):
                last.append(memo[int(str(value))])
            elif opcode.name == "STACK_GLOBAL":
                pairs.add((last[-2], last[-1]))
                last.append("")
            elif opcode.name not in ("FRAME", "PROTO"):
                last.append("")
    return sorted(each for each in pairs if each[0].partition(".")[0] == "sklearn")


def window(releases: list[str], is_there: Callable[[str], bool]) -> str:
    """`since-until` of a name, `until` empty where the newest has it; nothing where it came and went twice."""
    runs, before = [], False
    for release in releases:
        if is_there(release) != before:
            runs.append(release)
            before = not before
    return f"{runs[0]}-{runs[1] if len(runs) > 1 else ''}" if 0 < len(runs) < 3 else ""


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="append", required=True)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--pickles", type=Path, required=True)
    options = parser.parse_args()
    folders = {release: Path(folder) for release, _, folder in (each.partition("=") for each in options.release)}
    there = {release: frozenset(modules(folder)) for release, folder in folders.items()}
    order = list(folders)
    table: dict[str, dict[str, list[str]]] = {"modules": defaultdict(list), "names": defaultdict(list)}
    for name in sorted(frozenset().union(*there.values())):
        span = window(order, lambda release, name=name: name in there[release])  # type: ignore[misc]
        if span and span != f"{order[0]}-":
            table["modules"][span].append(name)
    pairs = names(options.pickles)
    importable: dict[str, dict[tuple[str, str], bool]] = {}
    for python in options.python:
        answer = subprocess.run(
            [python, "-c", _ASK], input=json.dumps(pairs), capture_output=True, text=True, check=True
        )
        version, found = json.loads(answer.stdout)
        importable[".".join(version.split(".")[:2])] = dict(zip(pairs, found, strict=True))
    for module, name in pairs:
        inner = module.partition(".")[2]

        def is_there(release: str, key: tuple[str, str] = (module, name), inner: str = inner) -> bool:
            return inner in there[release] and importable.get(release, {}).get(key, True)

        if any(inner in there[release] and not is_there(release) for release in order):
            table["names"][window(order, is_there)].append(f"{inner}.{name}")
    TARGET.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")


if __name__ == "__main__":
    main()
