"""Writes environments/system_libraries.txt.gz: which package of Debian 12 has which shared library.

    python tools/system_libraries.py [CONTENTS]

Read from Debian's own index of the files of all packages, a URL or a file, by default that of bookworm for amd64. Run
by hand; the answer is committed. A line is a package and its libraries, by the names that the dynamic linker asks for:

- files `lib….so.VERSION` in the folders where the linker looks by itself;
- without `libx.so.1.2.3` where the package has `libx.so.1`, which leads to it; `libbz2.so.1.0` stays;
- of packages that have the same one, the one that Debian's policy would call like it (`libx.so.1` is in `libx1`), else
  one for libraries (`lib…`), else the shortest name.

BLAS and its relatives lie in folders of their own, until an installation chooses one of them.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from pathlib import Path

import requests

INDEX = "https://deb.debian.org/debian/dists/bookworm/main/Contents-amd64.gz"
TARGET = Path(__file__).parents[1] / "scoredock" / "environments" / "system_libraries.txt.gz"
_LIBRARY = re.compile(r"(?:usr/)?lib/(?:x86_64-linux-gnu/)?(lib[^/\s]+\.so(?:\.\d+)+)\s+(\S+)")
_CHOSEN = {"libblas3": ["libblas.so.3"], "liblapack3": ["liblapack.so.3"], "libopenblas0": ["libopenblas.so.0"]}
_NOT_FOR_RUNNING = ("-dev", "-dbg", "-dbgsym", "-cross")


def by_library(lines: list[str]) -> dict[str, str]:
    """Library → package, of the lines of an index."""
    names_of: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if match := _LIBRARY.fullmatch(line.strip()):
            for place in match.group(2).split(","):
                names_of[place.rpartition("/")[2]].add(match.group(1))
    packages_of: dict[str, set[str]] = defaultdict(set)
    for package, names in names_of.items():
        if not package.endswith(_NOT_FOR_RUNNING):
            for name in names:
                if name.partition(".so.")[2].count(".") < 2 or not any(name.startswith(f"{other}.") for other in names):
                    packages_of[name].add(package)
    return {name: min(packages, key=lambda each: _order(name, each)) for name, packages in packages_of.items()}


def _order(library: str, package: str) -> tuple[bool, bool, int, str]:
    stem, _, version = library.partition(".so.")
    name = stem.lower().replace("_", "-")
    proper = f"{name}-{version}" if name[-1].isdigit() else f"{name}{version}"
    return package != proper, not package.startswith("lib"), len(package), package


def main() -> None:
    index = sys.argv[1] if len(sys.argv) > 1 else INDEX
    if Path(index).is_file():
        packed = Path(index).read_bytes()
    else:
        answer = requests.get(index, timeout=300)
        answer.raise_for_status()
        packed = answer.content
    names_of: dict[str, list[str]] = defaultdict(list)
    for name, package in by_library(gzip.decompress(packed).decode("utf-8").splitlines()).items():
        names_of[package].append(name)
    lines = [" ".join((package, *sorted(names))) for package, names in sorted({**names_of, **_CHOSEN}.items())]
    TARGET.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode("ascii"), 9, mtime=0))


if __name__ == "__main__":
    main()
