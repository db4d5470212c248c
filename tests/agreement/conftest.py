"""Environments that all tests here share, and model files that can really be loaded."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_requirements
from scoredock.progress import CancelToken, Silent

from agreement.worlds import USUAL, Workshop
from built_runtime import built_runtime

collect_ignore = [] if os.environ.get("SCOREDOCK_AZURE") else ["test_azure.py"]
"""The packages of Azure ML are asked by hand: they need an older Python and 200 packages."""
TRAIN = (
    "import pickle, sys\n"
    "from sklearn.dummy import DummyRegressor\n"
    "pickle.dump(DummyRegressor().fit([[0.0], [1.0]], [1.0, 2.0]), open(sys.argv[1], 'wb'))\n"
)
"""A model that takes rows of any width."""


def identity_onnx() -> bytes:
    """The smallest model of ONNX: gives back its input `data`, a table of floats (message ModelProto of onnx.proto)."""

    def part(number: int, content: bytes | int) -> bytes:
        if isinstance(content, int):
            return bytes([number << 3, content])
        return bytes([number << 3 | 2, len(content)]) + content

    def table(name: bytes) -> bytes:
        sizes = part(1, part(2, b"n")) + part(1, part(2, b"m"))
        return part(1, name) + part(2, part(1, part(1, 1) + part(2, sizes)))

    node = part(1, b"data") + part(2, b"result") + part(4, b"Identity")
    graph = part(1, node) + part(2, b"same") + part(11, table(b"data")) + part(12, table(b"result"))
    return part(1, 8) + part(7, graph) + part(8, part(2, 13))


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with built_runtime():
        yield tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, environments: Path) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    lock, path = threading.Lock(), folder / "trained.pkl"

    def trained() -> bytes:
        with lock:
            if not path.exists():
                wish = from_requirements([f"{n}{v}" for n, v in USUAL.items()], "the judge", "training")
                cache = EnvironmentCache(environments, EnvironmentSettings())
                python = cache.prepare(wish, Silent(), CancelToken()).python
                subprocess.run([str(python), "-c", TRAIN, str(path)], check=True, timeout=100)
            return path.read_bytes()

    made = Workshop(folder, environments, {".pkl": trained, ".onnx": identity_onnx})
    yield made
    made.close()
