"""Finding among ten thousand versions, in the server and through the protocol.

    python benchmarks/lists.py [--versions 10000]

Each figure is the best of several turns, as a shared machine swings. "First" opens the workspace anew each time, so
that nothing is remembered from before. Half of the lists are measured with a hundred versions a name, half with one.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scoredock.context import Context, Operation
from scoredock.features.models import models
from scoredock.protocol import messages, wire
from scoredock.registry import ModelFile, ModelVersion, Registry
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.models.conditions import query
from scoredock.registry.store import rows
from scoredock.scripts.facts import FactSource
from scoredock.settings import Values

from measurement import Measurement

TURNS = 25
GOAL = 50.0
"""Milliseconds."""


def best(call: Callable[[], object]) -> float:
    """Milliseconds of the best turn."""
    turns = []
    for _ in range(TURNS):
        began = time.perf_counter()
        call()
        turns.append(time.perf_counter() - began)
    return min(turns) * 1000


def fill(registry: Registry, versions: int, names: int) -> None:
    with registry.store.write() as connection:
        for number in range(versions):
            rows.insert(connection, _version(number, names))
            if number % 500 == 0:
                alias = ("champion", number // names + 1)
                connection.execute(
                    "INSERT OR IGNORE INTO model_aliases VALUES(?, ?, ?)",
                    (f"model-{number % names}", *alias),
                )


def _version(number: int, names: int) -> ModelVersion:
    files = (ModelFile("model.pkl", 644, hashlib.sha256(str(number).encode()).hexdigest()),)
    return ModelVersion(
        name=f"model-{number % names}",
        version=number // names + 1,
        description="trained on the diabetes data",
        tags={
            "area": "diabetes",
            "stage": "champion" if number % 100 == 0 else "candidate",
        },
        properties={"run": str(number)},
        framework="ScikitLearn",
        framework_version="1.5",
        created=float(number),
        created_by="ada",
        is_folder=False,
        size=644,
        file_count=1,
        digest=version_digest(files, ()),
        files=files,
    )


def measure(folder: Path, versions: int, names: int) -> None:
    registry = Registry(folder)
    fill(registry, versions, names)
    many = f"{versions:,} versions of {names:,} names"
    cases: dict[str, Callable[[], object]] = {
        "full list": registry.models,
        "full list, first": lambda: Registry(folder).models(),
        "newest of each name": lambda: registry.models(latest=True),
        "full list by tag": lambda: registry.models(tags=["stage=champion"]),
        "first page of names, first": lambda: Registry(folder).groups(query()),
        "first page of names, newest first": lambda: registry.groups(query(), order="newest"),
        "first page by tag": lambda: registry.groups(query(), by="tag", tag="stage"),
        "page filtered by tag": lambda: registry.groups(query(tags=["stage=champion"])),
        "page filtered by tag and newest only": lambda: registry.groups(query(tags=["stage"], latest=True)),
        "page of a text search, two words": lambda: registry.groups(query(search="diabetes 7")),
        "page of a text search, not ASCII": lambda: registry.groups(query(search="é")),
        "page of a search, stage : champion": lambda: registry.groups(query(search="stage : champion")),
        "page of a search, alias": lambda: registry.groups(query(search="alias:champion")),
        "page in the middle": lambda: registry.page(query(), offset=versions // 2),
        "page of versions of one name": lambda: registry.group(query(), "model-7"),
    }
    for name, case in cases.items():
        taken = best(case)
        Measurement(f"{name}, of {many}", f"<= {GOAL:.0f} ms", f"{taken:.1f} ms", taken <= GOAL).emit()
    registry.store.close()


def through_the_protocol(home: Path, versions: int) -> None:
    """What the server does for one request, up to the JSON values of its answer."""
    context = Context(Values({}, {}), home=home)
    fill(context.registry(""), versions, 100)
    cases: dict[str, tuple[Callable[[], object], bool]] = {
        "model/groups, first page": (
            lambda: models.groups(messages.ModelGroupsParams(), context, Operation()),
            True,
        ),
        "model/list, all": (
            lambda: models.list_models(messages.ModelListParams(), context, Operation()),
            False,
        ),
    }
    for name, (case, goal) in cases.items():
        taken = best(lambda case=case: wire.to_wire(case()))  # type: ignore[misc]
        told = f"<= {GOAL:.0f} ms" if goal else ""
        Measurement(
            f"{name}, of {versions:,} versions",
            told,
            f"{taken:.1f} ms",
            taken <= GOAL if goal else None,
        ).emit()
    script = home / "score.py"
    taken = best(lambda: FactSource(context).facts(script))
    Measurement(
        f"facts for the checks after a change, of {versions:,} versions",
        "",
        f"{taken:.1f} ms",
        None,
    ).emit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=10_000)
    chosen = parser.parse_args()
    gc.freeze()  # as the server does
    gc.set_threshold(50_000, 20, 50)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder) / "a", chosen.versions, max(1, chosen.versions // 100))
        measure(Path(folder) / "b", chosen.versions, chosen.versions)
        through_the_protocol(Path(folder) / "home", chosen.versions)


if __name__ == "__main__":
    main()
