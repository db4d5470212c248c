"""Damage that no write of ours made: turned bits, stale locks, careless masks, folders of other users."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.errors import WorkspaceDamaged
from scoredock.registry import Registry
from scoredock.registry.upkeep.repair import repair
from scoredock.services.lifecycle.adoption import adopt

from crash import verbs
from crash.oracle import damage, state
from crash.template import Template
from depth import SEED
from pace import within

Figure = Callable[[str, object], None]

pytestmark = pytest.mark.chance


@pytest.fixture
def sources(quick: Path) -> Path:
    verbs.make_sources(quick / "sources")
    return quick / "sources"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_turned_bit_of_the_store(
    template: Template, quick: Path, sources: Path, long: bool, everything: bool, figure: Figure
) -> None:
    """Wherever it lies: it is seen and repaired, or it says nothing."""
    start = quick / "start"
    verbs.stock(start, sources)
    Registry(start).changes.favourite("m", True)
    times = 1000 if everything else 200 if long else 6

    def flip(number: int) -> list[str]:
        folder = quick / f"flips{number}"
        folder.mkdir()
        victim = template.fork("crash.damage:flip_and_repair", str(start), str(folder), SEED + number, times // 2)
        victim.go()
        said, _ = victim.end()
        return said[:-1] if said[-1:] == ["done"] else said

    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        wrong = [sentence for said in pool.map(flip, range(2)) for sentence in said]
    figure("turned bits of the store", f"{times}, {time.monotonic() - started:.0f} s")
    assert not wrong, "\n".join(wrong[:20])


def problems_of(workspace: Path) -> list[str]:
    """What is told of it, whether it can be opened or not."""
    try:
        registry = Registry(workspace)
        with contextlib.closing(registry.store):
            return registry.verify(deep=False)
    except WorkspaceDamaged as error:
        return [error.message]


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (b"count = count + 1", b"count = count - 1"),
        (b"WHERE topic = 'assets'", b"WHERE topic = '\xe1ssets'"),
        (b"CREATE TABLE last_deployments", b"CREATE TABLE last_deployment\xf3"),
        (b"CREATE TABLE model_aliases", b"CREATE TABLE model_aliase\xf3"),
    ],
    ids=["a trigger that says another thing", "text that is none", "a table by another name", "another one"],
)
def test_a_turned_bit_in_the_text_of_a_table(text: bytes, turned: bytes, quick: Path, sources: Path) -> None:
    """SQLite takes what it can read, and quotes what it cannot read in a message that is not text then."""
    workspace = quick / "workspace"
    verbs.stock(workspace, sources)
    whole = state(workspace)
    store = workspace / "store.sqlite3"
    content = store.read_bytes()
    assert text in content
    store.write_bytes(content.replace(text, turned))
    assert problems_of(workspace), "nobody saw it"
    assert repair(workspace, adopt=adopt).problems == []
    assert state(workspace) == whole


@pytest.mark.parametrize("lock", ["write", "store.lock", "backup.lock"])
def test_the_lock_of_a_killed_holder_is_free_at_once(lock: str, template: Template, quick: Path, sources: Path) -> None:
    workspace = quick / "workspace"
    verbs.stock(workspace, sources)
    holder = template.fork("crash.damage:hold", str(workspace), lock)
    holder.go()
    while holder.heard() != ["held"]:
        assert Path(f"/proc/{holder.pid}").exists()
    holder.kill()
    holder.end()
    started = time.monotonic()
    registry = Registry(workspace)
    registry.register([sources / "lone.bin"], "m")
    registry.collect_garbage(0)
    assert within(time.monotonic() - started, 4), "nobody waits for a dead holder"
    assert damage(workspace) == []


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
def test_nobody_else_may_read_whatever_the_mask_is(mask: int, template: Template, quick: Path, sources: Path) -> None:
    """The oracle looks at every mode. A mask that takes the owner's rights away is met, too."""
    workspace = quick / "home" / "workspaces" / "one"
    for verb in ("register", "register a tree", "register", "tag", "alias", "delete", "gc", "back up", "repair"):
        victim = template.fork("crash.verbs:perform", verb, str(workspace), str(sources), "", mask)
        victim.go()
        said, _ = victim.end()
        assert said == ["done"] or verb == "alias", (verb, said)
    assert damage(workspace) == []
    assert not verbs.backup_of(workspace).stat().st_mode & 0o077


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_that_one_may_only_read(template: Template, quick: Path, sources: Path) -> None:
    workspace = quick / "workspace"
    verbs.stock(workspace, sources)
    for root, folders, files in os.walk(workspace):
        for name in (*folders, *files):
            Path(root, name).chmod(0o555 if name in folders else 0o444)
    for folder in (workspace, quick):
        folder.chmod(0o555)
    victim = template.fork("crash.damage:use_as_nobody", str(workspace), str(sources / "lone.bin"))
    victim.go()
    said, status = victim.end()
    quick.chmod(0o700)
    shutil.rmtree(workspace)
    assert status == 0, said
    assert said[0].startswith("read 3 "), said
    assert [line.split()[1] for line in said[1:]] == ["workspace-not-yours"] * 5, said
