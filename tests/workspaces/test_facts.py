"""What the checks are told of a workspace: registered models, and those that a script was deployed with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.features.context import Context
from scoredock.features.facts import FactSource
from scoredock.registry import Registry
from scoredock.settings import Values


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "model.pkl").write_bytes(b"1")
    made = Context(Values({}, {}), home=tmp_path / "home")
    for _ in range(2):
        made.registry("").register([tmp_path / "model.pkl"], "ridge")
    return made


def _deployed(registry: Registry, script: Path, *models: str) -> None:
    """A deployment of a script, as the ledger remembers it."""
    with registry.store.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO last_deployments(folder, entry_script, request, updated) VALUES('', ?, ?, 0)",
            (str(script), json.dumps({"models": models})),
        )


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("ridge", 2),
        ("ridge:1", 1),
        ("ridge@champion", 1),
        ("ridge@nobody", None),
        ("gone", None),
    ],
)
def test_the_models_of_a_script_are_those_it_was_deployed_with(
    context: Context, tmp_path: Path, asked: str, meant: int | None
) -> None:
    registry, script = context.registry(""), tmp_path / "score.py"
    registry.changes.alias("ridge:1", "champion")
    _deployed(registry, script, asked)
    found = FactSource(context).facts(script).deployed_models
    assert (found and [model.version for model in found]) == (None if meant is None else [meant])


def test_an_alias_that_moves_is_followed(context: Context, tmp_path: Path) -> None:
    registry, script, source = (
        context.registry(""),
        tmp_path / "score.py",
        FactSource(context),
    )
    _deployed(registry, script, "ridge@champion")
    for version in (1, 2):
        registry.changes.alias(f"ridge:{version}", "champion")
        assert [model.version for model in source.facts(script).deployed_models or ()] == [version]


def test_models_are_read_again_only_when_models_changed(context: Context, tmp_path: Path) -> None:
    registry, script, source = (
        context.registry(""),
        tmp_path / "score.py",
        FactSource(context),
    )
    before = source.facts(script).models
    _deployed(registry, script, "ridge")
    assert source.facts(script).models is before, "services write all the time"
    assert source.facts(script).deployed_models is not None
    registry.delete("ridge:2")
    after = source.facts(script).models or {}
    assert [model.version for model in after["ridge"]] == [1]
