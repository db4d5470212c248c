"""Pictures of the guide: each can be taken again by a test, and is on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TAKEN = re.compile(r'\b(?:picture|shoot)\((?:desk, )?"([\w-]+)"\)')
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/ui/test_*.py"))
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/*.md")))


def names(folder: str) -> list[str]:
    return sorted({re.sub(r"-(dark|light)$", "", path.stem) for path in ROOT.joinpath(folder).glob("*.png")})


@pytest.mark.parametrize("name", [*names("docs/images"), *names("media/walkthrough")])
def test_a_picture_can_be_taken_again(name: str) -> None:
    assert name in TAKEN.findall(TESTS)


@pytest.mark.parametrize("name", names("docs/images"))
def test_a_picture_is_on_a_page(name: str) -> None:
    assert re.search(rf"images/{name}-(dark|light)\.png", PAGES)


@pytest.mark.parametrize("address", sorted(set(re.findall(r"images/([\w.-]+)", PAGES))))
def test_a_picture_of_a_page_is_there(address: str) -> None:
    assert (ROOT / "docs" / "images" / address).is_file()
