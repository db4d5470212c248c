"""Pages for who works on Scoredock: their links lead somewhere, their lists are whole, what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DECISIONS.glob("*.md")),
    *sorted((ROOT / "docs" / "internals").rglob("*.md")),
    *sorted((ROOT / "tests").glob("*/README.md")),
]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
SECTIONS = ["## Context", "## Decision", "## Consequence"]


def broken(text: str, folder: Path) -> list[str]:
    """Links of a page in `folder` that lead nowhere, and anchors that their page does not have."""
    found = []
    for target, anchor in LINK.findall(text):
        page = (folder / target).resolve()
        if target and not page.exists():
            found.append(target)
        elif target and anchor and f"#{anchor}" not in anchors(page.read_text(encoding="utf-8")):
            found.append(f"{target}#{anchor}")
    return found


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_link_that_leads_nowhere_is_noticed() -> None:
    text = (
        "[one](ARCHITECTURE.md#invariants) [two](docs/nothing.md) [three](CONTRIBUTING.md#never) [four](https://a.b/c)"
    )
    assert broken(text, ROOT) == ["docs/nothing.md", "CONTRIBUTING.md#never"]


# ------------------------------------------------------------------------------------------------ decisions


def listed(page: str) -> dict[str, str]:
    """Title by file, as the page of decisions lists them."""
    found = re.findall(r"^\d+\. \[(.+)\]\((.+)\)$", page, re.MULTILINE)
    return {file: title for title, file in found}


def written() -> dict[str, str]:
    titles = {}
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        head = re.match(r"# (\d+)\. (.+)\n", path.read_text(encoding="utf-8"))
        assert head, path.name
        assert int(head[1]) == int(path.name[:4]), path.name
        titles[path.name] = head[2]
    return titles


def test_the_list_has_every_decision_with_its_title() -> None:
    titles = written()
    assert len(titles) > 60
    assert [int(name[:4]) for name in titles] == list(range(1, len(titles) + 1))
    text = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert listed(text) == titles
    first = next(iter(titles))
    assert listed(text.replace(titles[first], "Something else", 1)) != titles, "another title would be noticed"


def test_a_decision_has_its_three_parts_and_fits_a_screen() -> None:
    for path in DECISIONS.glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"^## .+$", text, re.MULTILINE) == SECTIONS, path.name
        assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]), path.name
        assert len(text.split()) < 350, path.name


# ------------------------------------------------------------------------------------------------ what pages name


def named_files(text: str) -> set[str]:
    return set(re.findall(r"[\w/]+\.(?:py|ts)\b", text))


def missing(text: str) -> list[str]:
    """Files of the product that a page names and that are not there; folders in front of a name count as well."""
    product = [path for folder in ("pyserver", "extension", "tests") for path in (ROOT / folder).rglob("*.[pt][ys]")]
    names = {f"/{path.relative_to(ROOT).as_posix()}" for path in product}
    return sorted(file for file in named_files(text) if not any(name.endswith(f"/{file}") for name in names))


def test_files_of_the_drawings_exist() -> None:
    text = (ROOT / "docs" / "internals" / "running-services.md").read_text(encoding="utf-8")
    files = named_files(text) - {"score.py"}
    assert len(files) > 20
    assert set(missing(text)) <= {"score.py"}
    assert missing("`parent_lop.py`") == ["parent_lop.py"]


def folders_of_tests(text: str) -> set[str]:
    return set(re.findall(r"^\| `tests/(\w+)` \|", text, re.MULTILINE))


def test_every_folder_of_tests_is_explained() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    there = {
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and any(path.glob("[!_]*.*")) and path.name[0] not in "._"
    }
    assert folders_of_tests(text) == there


SYMBOL = re.compile(r"\[`[\w/]+\.(?:py|ts): (\w+)`\]\(([^)]+)\)")
"""A link of a page to what stands in a file."""


def not_there(text: str, folder: Path) -> list[str]:
    """Names behind links that their file does not declare."""
    found = []
    for name, target in SYMBOL.findall(text):
        declared = rf"^ *(?:export )?(?:async )?(?:def|class|function|const|interface) {name}\b|^{name} *[:=]"
        if not re.search(declared, (folder / target).read_text(encoding="utf-8"), re.MULTILINE):
            found.append(f"{target}: {name}")
    return found


def test_links_to_what_stands_in_a_file_find_it() -> None:
    page = ROOT / "docs" / "internals" / "where.md"
    text = page.read_text(encoding="utf-8")
    assert len(SYMBOL.findall(text)) > 25
    assert text.count("\n## ") == 31, "thirty questions, and the verbs of the domain"
    assert not_there(text, page.parent) == []
    assert not_there(text.replace("`status.py: service_status`", "`status.py: servce_status`"), page.parent) == [
        "../../pyserver/scoredock/status.py: servce_status"
    ]


def test_the_map_can_be_held_in_a_head() -> None:
    """Bytes of ARCHITECTURE.md; what is longer belongs to the pages that it names."""
    assert len((ROOT / "ARCHITECTURE.md").read_bytes()) <= 25_000
