"""An image that goes to several places: all of them have it, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.oci.content import LARGEST_DOCUMENT

from cli.conftest import Terminal

NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path / "home", tmp_path, env=NOWHERE)
    (tmp_path / "factor.txt").write_text("10")
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    (tmp_path / "factor.txt").unlink()
    return terminal


def names_in(layout: Path) -> dict[str, str]:
    """And what they name."""
    index = json.loads((layout / "index.json").read_text())
    return {each["annotations"]["org.opencontainers.image.ref.name"]: each["digest"] for each in index["manifests"]}


def test_all_of_them_have_it_and_are_named(terminal: Terminal) -> None:
    targets = ("oci:one", "archive:two.tar", "oci:three")
    pushed = terminal.json("model", "push", "factor:1", *(word for each in targets for word in ("--to", each)))
    folder = terminal.folder
    assert pushed["paths"] == [str(folder / name) for name in ("one", "two.tar", "three")]
    assert pushed["path"] == pushed["paths"][0]
    assert names_in(folder / "one") == names_in(folder / "three") == {"1": pushed["digest"]}
    again = terminal.json("model", "register", "--from", "archive:two.tar", "--name", "back")
    assert again["id"] == "back:1"
    text = terminal.ok("model", "push", "factor:2", "--to", "oci:one", "--to", "archive:four.tar")
    assert [str(folder / "one") in text, str(folder / "four.tar") in text] == [True, True]


def closed(layout: Path) -> None:
    """Nothing can be written there."""
    (layout / "index.json").mkdir(parents=True)


def full(layout: Path) -> None:
    """Takes content, and no further name: an index has at most 4 MiB."""
    (layout / "blobs" / "sha256").mkdir(parents=True)
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    index = {"schemaVersion": 2, "manifests": [], "annotations": {"filler": ""}}
    index["annotations"] = {"filler": "x" * (LARGEST_DOCUMENT - len(json.dumps(index)) - 20)}
    (layout / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("spoil", [closed, full])
def test_none_of_them_has_it_where_one_fails(terminal: Terminal, spoil: Callable[[Path], None]) -> None:
    """The last one, when the others are written; when they have their names as well."""
    folder = terminal.folder
    terminal.ok("model", "push", "factor:1", "--to", "oci:old")
    before = names_in(folder / "old")
    spoil(folder / "spoilt")
    entries = sorted(each.name for each in folder.iterdir())
    words = ("--to", "oci:fresh", "--to", "archive:file.tar", "--to", "oci:old", "--to", "oci:spoilt")
    terminal.refused("model", "push", "factor:2", *words)
    assert sorted(each.name for each in folder.iterdir()) == entries
    assert names_in(folder / "old") == before
    terminal.ok("model", "push", "factor:2", *words[:-2])
    assert set(names_in(folder / "old")) == {"1", "2"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--to", "oci:one", "--to", "oci:./one"), "package-target-not-empty"),
        (("--to", "oci:one", "--to", "elsewhere"), "package-kind-wrong"),
        (("--to", "oci:one", "--to", "archive:there.tar"), "package-target-not-empty"),
        (("--to", "oci:one", "--to", "archive:new.tar", "--as", "artifact"), "package-kind-wrong"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    terminal: Terminal, words: tuple[str, ...], code: str
) -> None:
    (terminal.folder / "there.tar").write_text("of somebody else")
    assert terminal.refused("model", "push", "factor:1", *words)["code"] == code
    assert sorted(each.name for each in terminal.folder.iterdir()) == ["home", "there.tar"]


def test_a_server_stands_alone(terminal: Terminal) -> None:
    error = terminal.refused("model", "push", "factor:1", "--to", "oci:one", "--to", "mlflow:factor", code=2)
    assert "mlflow:NAME stands alone" in error["message"]
    assert not (terminal.folder / "one").exists()
