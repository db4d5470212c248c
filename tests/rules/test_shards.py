"""The shards of the gate: each costly file has its turn, and what runs always is in none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import shards


def test_each_file_is_there_and_in_one_shard(root: Path) -> None:
    named = [name for shard in shards.shards() for name in shard]
    assert len(shards.shards()) == shards.COUNT
    assert len(named) == len(set(named))
    gone = [name for name in (*named, *shards.ALWAYS) if not (root / name.split("::")[0]).is_file()]
    assert gone == []
    assert not set(named) & set(shards.ALWAYS)
    by_test = {name.split("::")[0] for name in named if "::" in name}
    assert by_test <= set(shards.BY_TEST)


def test_shards_take_about_the_same_time() -> None:
    seconds = {f"tests/layer/test_{number}.py": 12.0 + number for number in range(40)}
    seconds |= {"tests/layer/test_cheap.py": 1.0, **dict.fromkeys(shards.ALWAYS, 100.0), "tests/rules/test_x.py": 90.0}
    parts = shards.divided(seconds)
    assert sorted(name for part in parts for name in part) == sorted(f"tests/layer/test_{n}.py" for n in range(40))
    totals = [sum(seconds[name] for name in part) for part in parts]
    assert max(totals) - min(totals) < 0.1 * max(totals)


def shard_of(root: Path, folder: Path, asked: str = "") -> dict[str, str]:
    """What a run of the gate in a checkout takes."""
    module = (root / "scripts" / "shard.mjs").as_uri()
    code = f"import {{ shardOf }} from {module!r};"
    code += f"console.log(JSON.stringify(await shardOf({str(folder)!r}, 6, {asked!r})));"
    done = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_commits_take_turns(root: Path, tmp_path: Path) -> None:
    """Six commits in a row take all six, and an amended one what it took before."""
    own, shallow = tmp_path / "own", tmp_path / "shallow"

    def git(*words: str, cwd: Path = own) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *words], cwd=cwd, check=True, capture_output=True)

    own.mkdir()
    git("init", "-q")
    taken = []
    for number in range(6):
        git("commit", "-q", "--allow-empty", "-m", str(number))
        taken.append(shard_of(root, own)["shard"])
    assert sorted(taken) == [str(number) for number in range(6)]
    git("commit", "-q", "--amend", "--allow-empty", "-m", "another text")
    assert shard_of(root, own)["shard"] == taken[-1]
    git("clone", "-q", "--depth", "1", own.as_uri(), str(shallow), cwd=tmp_path)
    assert shard_of(root, shallow)["why"].startswith("by the day")
    assert shard_of(root, own, "3")["shard"] == "3"
    assert shard_of(root, tmp_path)["shard"] == "all"


@pytest.mark.parametrize("asked", ["1", "all"])
def test_a_run_has_its_own_shard_and_what_is_in_none(root: Path, asked: str) -> None:
    """Of the tests of some folders, by pytest itself."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/engines", "tests/images"],
        cwd=root,
        env={**os.environ, shards.VARIABLE: asked},
        capture_output=True,
        text=True,
        check=True,
    )
    files = {line.split("::")[0] for line in done.stdout.splitlines() if "::" in line}
    mine = {name for name in shards.shards()[int(asked)] if "::" not in name} if asked != "all" else set()
    others = {name for shard in shards.shards() for name in shard} - mine
    assert set(shards.ALWAYS) & files == {"tests/engines/test_contract.py"}
    # A cheap test of a costly file may run always.
    left = {name for name in files & others if asked == "all" or "@pytest.mark.always" not in (root / name).read_text()}
    assert left == (others & _all_files(root) if asked == "all" else set())
    assert files >= mine & _all_files(root)


def _all_files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for folder in ("engines", "images")
        for path in (root / "tests" / folder).glob("test_*.py")
    }
