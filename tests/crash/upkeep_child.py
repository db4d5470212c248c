"""Changes a workspace that holds some models and acknowledges; the harness kills it on the way.

    upkeep_child.py WORKSPACE ACKNOWLEDGEMENTS VERB

VERB: `delete` moves a version to the trash, `update` changes its tags, `collect` empties the trash and collects garbage,
`migrate` opens the store with a program that is one step further.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from scoredock.registry import Registry, store
from scoredock.registry.schema import MIGRATIONS

from crash.harness import acknowledge, mark

STEP = "CREATE TABLE later (x INTEGER NOT NULL) STRICT; INSERT INTO later SELECT version FROM model_versions;"


def perform(registry: Registry, verb: str) -> None:
    if verb == "delete":
        registry.delete("m:1")
    elif verb == "update":
        registry.update(
            "m:1", description="new", set_tags={"a": "2", "b": "3"}, remove_tags=["old"]
        )
    elif verb == "collect":
        registry.collect_garbage(0, trash_seconds=0)
    elif verb == "migrate":
        store.MIGRATIONS = (*MIGRATIONS, STEP)
        Registry(registry.folder)


def main(workspace: Path, acknowledgements: Path, verb: str) -> None:
    with tempfile.TemporaryDirectory() as warm:
        sample = Path(warm) / "sample"
        sample.write_bytes(b"warm")
        registry = Registry(Path(warm) / "workspace")
        registry.register([sample], "m")
        registry.store.reserve.unlink()
        perform(registry, verb)
    store.MIGRATIONS = MIGRATIONS
    registry = Registry(workspace)
    mark("begin")
    perform(registry, verb)
    acknowledge(acknowledgements, verb)
    mark("end")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
