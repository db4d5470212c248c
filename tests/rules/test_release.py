"""How a release is made: versions that agree, files that are those that were built, and nothing sent without leave."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TAGGED = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2.3"}
VERSIONS = {
    "package-lock.json": '{"packages": {"": {"version": "1.2.3"}}}',
    "pyproject.toml": 'version = "1.2.3"\n',
    "pyserver/pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "pyserver/runtime/pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "pyserver/sdk/pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "pyserver/scoredock/__init__.py": '__version__ = "1.2.3"\n',
    "pyserver/runtime/scoredock_runtime/__init__.py": '__version__ = "1.2.3"\n',
    "pyserver/sdk/scoredock_azureml/__init__.py": '__version__ = "1.2.3"\n',
    "docs/checks.md": "- repo: here\n  rev: v1.2.3\n",
}
FILES = [
    *(
        f"scoredock-1.2.3-{target}.vsix"
        for target in ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"]
    ),
    "scoredock-1.2.3-py3-none-any.whl",
    "scoredock_azureml-1.2.3-py3-none-any.whl",
    "scoredock_runtime-1.2.3-py3-none-any.whl",
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout of version 1.2.3 with the scripts, and with files as a build leaves them."""
    folder = tmp_path / "checkout"
    (folder / "scripts").mkdir(parents=True)
    for script in (ROOT / "scripts").glob("*.mjs"):
        shutil.copy2(script, folder / "scripts")
    manifest = {"version": "1.2.3"}
    contents = {
        **VERSIONS,
        "package.json": json.dumps(manifest),
        "CHANGELOG.md": "# Changelog\n\n## 1.2.3 (2030-01-02)\n\n- New.\n\n## 1.2.2\n\n- Old.\n",
        **{f"dist/release/{name}": name for name in FILES},
    }
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """What GitHub's program was called with; it stands first in the PATH of `release`."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{tmp_path / 'sent'}'\n", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path / "sent"


def release(tree: Path, *words: str, **variables: str) -> tuple[int, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"GITHUB_|GH_|ACTIONS_|VSCE_|OVSX_|UV_PUBLISH", name)
    }
    env = {**kept, "PATH": f"{tree.parent / 'bin'}{os.pathsep}{kept['PATH']}", **variables}
    command = ["node", str(tree / "scripts" / "release.mjs"), *words]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_tag_of_the_version_passes_and_the_address_is_that_of_the_workflow(tree: Path) -> None:
    code, said = release(tree, "check", **TAGGED, GITHUB_SERVER_URL="https://git.example", GITHUB_REPOSITORY="me/dock")
    assert code == 0, said
    assert "version 1.2.3, tag v1.2.3, repository https://git.example/me/dock" in said


def test_every_place_with_another_version_is_named(tree: Path) -> None:
    for name in VERSIONS:
        path = tree / name
        path.write_text(path.read_text(encoding="utf-8").replace("1.2.3", "1.2.4"), encoding="utf-8")
    code, said = release(tree, "check")
    assert code == 1
    assert [name for name in VERSIONS if f"{name} says 1.2.4" not in said] == []


@pytest.mark.parametrize(
    ("heading", "tag", "complaint"),
    [
        ("## 1.2.3 (2030-01-02)", "v1.2.4", "The tag is v1.2.4"),
        ("## 1.2.3 (unreleased)", "v1.2.3", "unreleased"),
        ("## 1.2.30", "v1.2.3", "no section on 1.2.3"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(tree: Path, heading: str, tag: str, complaint: str) -> None:
    changes = tree / "CHANGELOG.md"
    changes.write_text(changes.read_text(encoding="utf-8").replace("## 1.2.3 (2030-01-02)", heading), encoding="utf-8")
    code, said = release(tree, "check", tag)
    assert code == 1
    assert complaint in said


def test_a_fork_does_not_release_under_another_address(tree: Path) -> None:
    manifest = {"version": "1.2.3", "repository": {"type": "git", "url": "git+https://git.example/me/dock.git"}}
    (tree / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, said = release(tree, "check", GITHUB_SERVER_URL="https://git.example", GITHUB_REPOSITORY="you/dock")
    assert code == 1
    assert "https://git.example/you/dock" in said
    code, said = release(tree, "check")
    assert code == 0, said
    assert "repository https://git.example/me/dock" in said


def test_github_gets_all_files_with_the_section_of_the_changelog(tree: Path, sent: Path) -> None:
    assert release(tree, "checksums")[0] == 0
    code, said = release(tree, "publish", "github", **TAGGED, GH_TOKEN="secret", GITHUB_REPOSITORY="me/dock")
    assert code == 0, said
    words = sent.read_text(encoding="utf-8").splitlines()
    assert words[:3] == ["release", "create", "v1.2.3"]
    assert {Path(word).name for word in words} >= {*FILES, "SHA256SUMS"}
    notes = Path(words[words.index("--notes-file") + 1])
    assert notes.read_text(encoding="utf-8") == "- New.\n"


@pytest.mark.parametrize(
    ("words", "variables", "why"),
    [
        ([], TAGGED, "without GH_TOKEN"),
        ([], {"GH_TOKEN": "s", "GITHUB_REPOSITORY": "me/dock"}, "without a tag that started it"),
        (["--dry-run"], {**TAGGED, "GH_TOKEN": "s", "GITHUB_REPOSITORY": "me/dock"}, "a dry run"),
    ],
)
def test_nothing_is_sent_without_leave(
    tree: Path, sent: Path, words: list[str], variables: dict[str, str], why: str
) -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    runs = [step.get("run", "") for job in yaml.safe_load(text)["jobs"].values() for step in job.get("steps", ())]
    places = [run.split(" -- ")[1] for run in runs if " -- " in run]
    assert len(places) == 4
    assert release(tree, "checksums")[0] == 0
    code, said = release(tree, "publish", *words, *places, **variables)
    assert code == 0, said
    for place in places:
        assert f"{place}: nothing is sent" in said
    assert why in said.split("github: nothing is sent", 1)[1].splitlines()[0]
    assert not sent.exists()


def test_other_files_than_those_that_were_summed_are_not_published(tree: Path, sent: Path) -> None:
    assert release(tree, "checksums")[0] == 0
    (tree / "dist" / "release" / FILES[2]).write_text("planted", encoding="utf-8")
    code, said = release(tree, "publish", "github", **TAGGED, GH_TOKEN="secret", GITHUB_REPOSITORY="me/dock")
    assert code == 1
    assert "other files than SHA256SUMS says" in said
    (tree / "dist" / "release" / FILES[2]).unlink()
    code, said = release(tree, "checksums")
    assert code == 1
    assert FILES[2] in said
    assert not sent.exists()


@pytest.fixture(scope="module")
def wheelhouse() -> ModuleType:
    specification = importlib.util.spec_from_file_location("wheelhouse", ROOT / "scripts" / "wheelhouse.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["wheelhouse"] = module  # where dataclasses look for the names in annotations
    specification.loader.exec_module(module)
    return module


def test_links_of_the_readme_lead_to_the_repository(wheelhouse: ModuleType) -> None:
    text = "[a](docs/a.md#b) ![c](docs/c.png) [d](https://d.example) [e](#e) | ![f](f.png) |"
    assert (
        wheelhouse.absolute_links(text, "https://git.example/me/dock", "v1.2.3")
        == "[a](https://git.example/me/dock/blob/v1.2.3/docs/a.md#b)"
        " ![c](https://git.example/me/dock/raw/v1.2.3/docs/c.png) [d](https://d.example) [e](#e) |"
        " ![f](https://git.example/me/dock/raw/v1.2.3/f.png) |"
    )


def test_both_wheels_name_the_repository(wheelhouse: ModuleType, tmp_path: Path) -> None:
    copy = wheelhouse._with_address(tmp_path / "pyserver", "https://git.example/me/dock")
    for name in ("pyproject.toml", "runtime/pyproject.toml"):
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count("[project.urls]") == 1
        assert 'Repository = "https://git.example/me/dock"' in text
        assert text.index("[project.urls]") < text.index("[build-system]")
    assert "https://git.example/me/dock/raw/v" in (copy / "README.md").read_text(encoding="utf-8")
