"""Types, modules and functions of the extension are called by what they hold or do: no bare participles, no utils."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DECLARED = re.compile(
    r"^(?:export )?(?:abstract |async )?(?:function|class|interface|type) (\w+)|^export const (\w+)", re.MULTILINE
)
PARTICIPLE = re.compile(r"[A-Za-z][a-z]*ed")
IRREGULAR = frozenset(
    {
        "told",
        "known",
        "found",
        "taken",
        "given",
        "made",
        "chosen",
        "shown",
        "kept",
        "held",
        "built",
        "sent",
        "said",
        "left",
        "bound",
        "forgotten",
        "ran",
        "meant",
    }
)
PRIVATE = frozenset(
    ["tell", "upkeep", "worked", "utils", "util", "helpers", "helper", "manager", "common", "shared", "misc"]
)


def unclear_names(path: str, source: str) -> Iterator[str]:
    """The module's name and those of its declarations that say neither what is held nor what is done."""
    names = [path.rsplit("/", 1)[-1].removesuffix(".ts")]
    names += [function or constant for function, constant in DECLARED.findall(source)]
    for name in names:
        word = name.lower() if name[1:].islower() else name
        if PARTICIPLE.fullmatch(word) or word in IRREGULAR | PRIVATE:
            yield name


def test_names_of_the_extension_say_what_they_are(root: Path) -> None:
    paths = [path for path in (root / "extension").rglob("*.ts") if path.name != "protocol.ts"]
    assert len(paths) > 90, "the search itself works"
    found = [
        f"{path.relative_to(root)}: {name}"
        for path in paths
        for name in unclear_names(path.as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_class_name_has_one_meaning(root: Path) -> None:
    """Of what is exported; the protocol's types count."""
    exported = re.compile(r"^export (?:abstract )?(?:class|interface|type) (\w+)", re.MULTILINE)
    places: dict[str, list[str]] = {}
    for path in (root / "extension").rglob("*.ts"):
        for name in exported.findall(path.read_text(encoding="utf-8")):
            places.setdefault(name, []).append(path.relative_to(root).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize(
    ("path", "planted", "name"),
    [
        pytest.param("a/worked.ts", "", "worked", id="module"),
        pytest.param("a/b.ts", "export interface Told {", "Told", id="type"),
        pytest.param("a/b.ts", "async function reloaded(app: App) {", "reloaded", id="function"),
        pytest.param("a/b.ts", "export const known = new Map();", "known", id="constant"),
        pytest.param("a/utils.ts", "", "utils", id="utils"),
    ],
)
def test_a_planted_name_is_noticed(path: str, planted: str, name: str) -> None:
    assert list(unclear_names(path, planted)) == [name]
