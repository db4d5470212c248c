"""Dockerfile text of a person: which instructions pass, which files go with them, what is left out."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from scoredock.errors import ScoredockError
from scoredock.images.ignoring import ignored, parsed
from scoredock.images.steps import dockerfile_context, instructions, steps_context


def names(folder: Path, *steps: str) -> list[str]:
    context = steps_context("base", steps, str(folder / "env.json"), folder)
    return [member.path for member in context.members if member.content is not None and member.path != "Dockerfile"]


def dockerfile(*steps: str) -> str:
    context = steps_context("base", steps, "env", None)
    held = next(member.content for member in context.members if member.path == "Dockerfile")
    assert isinstance(held, bytes)
    return held.decode()


def test_instructions_are_passed_on_as_they_were_written() -> None:
    steps = ("# comment", "RUN apt-get update && \\", "    apt-get install -y gcc", "", "env A=1 B=$A")
    assert dockerfile(*steps) == (
        "FROM base\nUSER root\nRUN apt-get update && \\\n    apt-get install -y gcc\nenv A=1 B=$A\n"
    )
    assert [each.name for each in instructions(steps, "env")] == ["RUN", "ENV"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("FROM other", "FROM cannot be used"),
        ("RUN a\nFROM other", "FROM cannot be used"),
        ("CMD x", "CMD cannot be used"),
        ("ENTRYPOINT x", "ENTRYPOINT cannot be used"),
        ("HEALTHCHECK NONE", "HEALTHCHECK cannot be used"),
        ("DANCE now", "`DANCE` is not a Dockerfile instruction"),
        ("&& rm -rf /", "is not a Dockerfile instruction"),
        ("RUN <<EOF\necho\nEOF", "Here-documents"),
        ("COPY ../secret /x", "refers to a place outside the folder"),
        ("COPY /../../etc/passwd /x", "refers to a place outside the folder"),
        ("COPY alone", "has no source"),
        ('COPY ["a", 1]', "has no source"),
    ],
)
def test_what_is_refused(tmp_path: Path, step: str, words: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        steps_context("base", [step], str(tmp_path / "env.json"), tmp_path)
    assert refused.value.code == "image-steps-invalid"
    assert words in refused.value.message
    assert refused.value.place is not None


def test_only_named_files_go_along(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "data/one.csv", "data/two.csv", "other/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert names(tmp_path, "COPY a.txt /x/") == ["a.txt"]
    assert names(tmp_path, 'ADD ["a.txt", "b.txt", "/x/"]') == ["a.txt", "b.txt"]
    assert names(tmp_path, "COPY --chown=1000:1000 data /d") == ["data/one.csv", "data/two.csv"]
    assert names(tmp_path, "COPY *.txt /x/") == ["a.txt", "b.txt"]
    assert names(tmp_path, "ADD https://example.com/a /a", "COPY --from=stage /a /b") == []
    with pytest.raises(ScoredockError) as refused:
        names(tmp_path, "COPY none.txt /x/")
    assert refused.value.code == "file-not-found"


def test_secrets_and_links_stay_here(tmp_path: Path) -> None:
    for name in ("score.py", ".env", "tls.pem", ".git/config", "inner/.env", "inner/id_rsa", "notes.tmp", "kept.tmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    (tmp_path / ".dockerignore").write_text("# what is not needed\n*.tmp\n!kept.tmp\n.dockerignore\n")
    assert names(tmp_path, "COPY . /app") == ["kept.tmp", "score.py"]


def test_the_key_is_that_of_text_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    first = steps_context("base", ["COPY a.txt /a"], str(tmp_path / "env.json"), tmp_path).key
    assert first == steps_context("base", ["COPY a.txt /a"], str(tmp_path / "env.json"), tmp_path).key
    (tmp_path / "a.txt").write_text("2")
    assert first != steps_context("base", ["COPY a.txt /a"], str(tmp_path / "env.json"), tmp_path).key
    assert first != steps_context("other", ["COPY a.txt /a"], str(tmp_path / "env.json"), tmp_path).key


def test_a_whole_dockerfile_may_have_stages_and_needs_one() -> None:
    written = "ARG V=1\nFROM a AS b\nRUN x\nFROM c\nCOPY --from=b /x /x\nCMD y\n"
    held = next(iter(dockerfile_context(written, "env", None).members)).content
    assert isinstance(held, bytes)
    assert held.decode() == written
    with pytest.raises(ScoredockError):
        dockerfile_context("RUN x", "env", None)


@pytest.mark.parametrize(
    ("lines", "path", "out"),
    [
        (["*.md"], "README.md", True),
        (["*.md"], "docs/README.md", False),
        (["**/*.md"], "docs/a/README.md", True),
        (["docs"], "docs/a/README.md", True),
        (["docs/"], "docs/a", True),
        (["/docs"], "docs/a", True),
        (["docs/**", "!docs/keep.md"], "docs/keep.md", False),
        (["docs/**", "!docs/keep.md"], "docs/other.md", True),
        (["a?c"], "abc", True),
        (["[a-c]1"], "b1", True),
        (["[a-c]1"], "d1", False),
        (["!x", "x"], "x", True),
        (["# x", "", "   "], "x", False),
        (["[z-a]"], "x", False),
    ],
)
def test_dockerignore(lines: list[str], path: str, out: bool) -> None:
    assert parsed(lines).leaves_out(PurePosixPath(path)) is out


@pytest.mark.parametrize(
    ("line", "path", "out"),
    [
        ("!src", "src/.env", True),
        ("!**", "src/.env", False),
        ("!src/.env", "src/.env", False),
        ("!**/.aws", "src/.aws/config", False),
        ("!**/.aws", "src/.aws/id.pem", True),
        (".env", ".env", True),
    ],
)
def test_what_may_hold_secrets_is_brought_back_by_its_own_name_only(
    tmp_path: Path, line: str, path: str, out: bool
) -> None:
    (tmp_path / ".dockerignore").write_text(f"{line}\n")
    assert ignored(tmp_path).leaves_out(PurePosixPath(path)) is out


def test_a_folder_without_the_file_has_the_default_rules(tmp_path: Path) -> None:
    rules = ignored(tmp_path)
    assert rules.leaves_out(PurePosixPath("deep/inside/.env"))
    assert rules.leaves_out(PurePosixPath(".git/objects/aa"))
    assert not rules.leaves_out(PurePosixPath("score.py"))
    assert not rules.brings_back


def test_the_images_that_a_build_needs() -> None:
    written = (
        "ARG TAG=3.11\nARG OTHER\nFROM --platform=linux/amd64 r.example.com/python:${TAG} AS one\n"
        "RUN --mount=type=bind,from=r.example.com/tools,target=/t ls\n"
        "FROM one AS two\nFROM $OTHER\nFROM scratch\nCOPY --from=two \\\n  /a /b\nCOPY --from=0 /a /b\n"
        "COPY --chown=1:1 --from=quay.io/x@sha256:00 /a /b\n"
    )
    assert dockerfile_context(written, "env", None).images == (
        "r.example.com/python:3.11",
        "r.example.com/tools",
        "quay.io/x@sha256:00",
    )
