"""Registers paths in a workspace and acknowledges; the harness kills it on the way.

    register_child.py WORKSPACE ACKNOWLEDGEMENTS NAME ORDER PATH...

ORDER is `right`, or `planted`: the order of writes broken on purpose (rows first, bytes afterwards), which the oracle
of the crash tests must notice.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from scoredock.errors import ScoredockError
from scoredock.registry import ModelFile, ModelVersion, Registry
from scoredock.registry.blobs import Blobs
from scoredock.registry.hashing import digest_of
from scoredock.registry.source import Source

from crash.harness import acknowledge, mark


def plant() -> None:
    """The transaction promises bytes that are copied only after it."""
    copy_in, record = Registry._copy_in, Registry._record
    pending: list[tuple[Source, object, object]] = []

    def promise(
        self: Registry, source: Source, progress: object, cancel: object
    ) -> tuple[ModelFile, ...]:
        pending.append((source, progress, cancel))
        return tuple(
            ModelFile(file.stored, file.size, digest_of(file.path))
            for file in source.files
        )

    def record_first(self: Registry, draft: ModelVersion) -> ModelVersion | None:
        model = record(self, draft)
        copy_in(self, *pending.pop())
        return model

    Registry._copy_in, Registry._record = promise, record_first
    Blobs.holds = lambda self, file: True


def main(
    workspace: Path, acknowledgements: Path, name: str, order: str, *paths: str
) -> None:
    with tempfile.TemporaryDirectory() as warm:
        # Everything that is imported or cached on first use happens before the mark, so that all runs are alike.
        sample = Path(warm) / "sample"
        sample.write_bytes(b"warm")
        Registry(Path(warm) / "workspace").register([sample], "warm", tags={"a": "b"})
    if order == "planted":
        plant()
    mark("begin")
    try:
        model = Registry(workspace).register(
            [Path(path) for path in paths], name, tags={"stage": "test"}
        )
    except ScoredockError as error:
        print(f"refused {error.code}: {error.message}")
        sys.exit(3)
    acknowledge(acknowledgements, model.id)
    mark("end")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
