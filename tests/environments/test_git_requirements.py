"""Requirements that come from a Git repository: what is missing is said with the line that asks for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

COMMIT = "0123456789012345678901234567890123456789"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of one with a package and the tag v1.0."""
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    folder = tmp_path / "own-package"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "own-package"\nversion = "1.0"\n')
    for words in (
        ["init", "--quiet", "."],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "first"],
        ["tag", "v1.0"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder.as_uri()


def refusal(cache: EnvironmentCache, line: str, folder: Path) -> ScoredockError:
    file = folder / "requirements.txt"
    file.write_text(f"# ours\n{line}\n")
    with pytest.raises(ScoredockError) as raised:
        cache.prepare(from_requirements([line], str(file), "test"), Silent(), CancelToken())
    return raised.value


@pytest.mark.parametrize("written", ["own-package @ git+{}@{}", "git+{}@{}", "git+{}@{}#egg=own-package"])
@pytest.mark.parametrize("name", ["v9.9", "no/such/branch", COMMIT, "abc1234"])
def test_a_name_that_the_repository_does_not_have(
    written: str, name: str, repository: str, cache: EnvironmentCache, tmp_path: Path
) -> None:
    line = written.format(repository, name)
    failure = refusal(cache, line, tmp_path)
    assert failure.code == "environment-requirement-unsatisfiable"
    assert failure.message == f"{line} cannot be installed: {repository} has no branch, tag or commit “{name}”."
    assert f"git ls-remote {repository}" in failure.fix
    assert failure.place is not None
    assert failure.place.line == 1


def test_a_repository_that_is_not_there(repository: str, cache: EnvironmentCache, tmp_path: Path) -> None:
    absent = f"{repository}-absent"
    failure = refusal(cache, f"own-package @ git+{absent}@v1.0", tmp_path)
    assert failure.code == "environment-requirement-unsatisfiable"
    assert f"{absent} is not a Git repository" in failure.message
    assert failure.place is not None
    assert failure.place.line == 1


def test_a_machine_that_does_not_answer_is_no_fault_of_the_line(cache: EnvironmentCache, tmp_path: Path) -> None:
    failure = refusal(cache, "own-package @ git+https://me:of-mine@127.0.0.1:9/a/b.git@v1.0", tmp_path)
    assert failure.code == "environment-offline"
    assert "https://127.0.0.1:9/a/b.git cannot be reached" in failure.message
    assert "of-mine" not in f"{failure.message}{failure.fix}{failure.details}"


def test_a_repository_of_another_package(repository: str, cache: EnvironmentCache, tmp_path: Path) -> None:
    failure = refusal(cache, f"other @ git+{repository}@v1.0", tmp_path)
    assert failure.message == "other cannot be installed: its metadata says own-package instead of other."
