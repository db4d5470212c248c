"""Stores of three versions of MLflow, in folders and databases: found, read and registered, and not touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


OLDER = pytest.mark.long("the same look at a store of another version, whose environment alone takes a minute to make")
OTHER = pytest.mark.long("the same look as at the database of a server; test_bad_stores.py reads folders at the gate")


def test_everything_of_the_database_of_a_server(database_of_server: Any, untouched: Any, commands: Any) -> None:
    """Without the server: the artifacts lie in `mlartifacts` beside it."""
    with untouched(database_of_server.folder):
        _look_around(database_of_server, commands)
        _register(database_of_server, commands)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        *(pytest.param("3.17.2", kind, marks=OTHER) for kind in ("folder", "sqlite")),
        *(
            pytest.param(version, kind, marks=OLDER)
            for version in ("2.22.5", "1.30.1")
            for kind in ("folder", "sqlite")
        ),
    ],
)
def test_everything_of_a_store(
    version: str,
    kind: str,
    local_store: Callable[[str, str], Any],
    untouched: Any,
    commands: Any,
) -> None:
    logged = local_store(version, kind)
    with untouched(logged.folder):
        _look_around(logged, commands)
        _register(logged, commands)


def _look_around(logged: Any, commands: Any) -> None:
    found = commands.json("run", "stores", str(logged.folder))["stores"]
    assert [(one["uri"], one["problem"]) for one in found] == [(logged.uri, "")]
    experiments = commands.json("run", "experiments", logged.uri)["experiments"]
    assert {one["name"]: one["runs"] for one in experiments} == {
        "iris": 6,
        "Default": 0,
    }
    id = next(one["id"] for one in experiments if one["name"] == "iris")

    top = {one["id"]: one for one in commands.json("run", "list", logged.uri, id)["runs"]}
    assert list(top) == [logged.parent, logged.plain], "newest first, no children"
    plain, parent = top[logged.plain], top[logged.parent]
    assert (plain["name"], plain["status"], plain["hasChildren"]) == (
        "plain",
        "FINISHED",
        False,
    )
    assert plain["metrics"] == {"acc": 0.9, "loss/val": 0.25}
    assert (plain["params"], plain["tags"]) == ({"C": "1"}, {"team": "flowers"})
    assert plain["models"] == ["classifier"]
    assert plain["started"] <= plain["ended"] < plain["started"] + 600
    assert (parent["hasChildren"], parent["primaryMetric"]) == (True, "AUC_weighted")
    assert parent["bestChild"] == logged.children[1], "of equal values the earliest; NaN does not win"

    first = commands.json("run", "list", logged.uri, id, "--parent", logged.parent, "--limit", "3")
    second = commands.json(
        "run",
        "list",
        logged.uri,
        id,
        "--parent",
        logged.parent,
        "--page",
        first["nextPage"],
    )
    assert [one["id"] for one in first["runs"] + second["runs"]] == logged.children[::-1]
    assert "endless" not in first["runs"][0]["metrics"]
    assert "AUC_weighted" not in first["runs"][0]["metrics"]

    shown = commands.json("run", "show", logged.uri, logged.plain)
    assert (shown["run"], shown["experiment"]["name"], shown["store"]["uri"]) == (plain, "iris", logged.uri)
    lines = commands.text("run", "show", logged.uri, logged.plain).splitlines()
    assert {"status          finished", "tags            team=flowers", "loss/val  0.25", "C          1"} <= set(lines)

    artifacts = commands.json("run", "artifacts", logged.uri, logged.plain)["artifacts"]
    assert [(one["path"], one["isFolder"], one["isModel"]) for one in artifacts] == [
        ("classifier", True, True),
        ("outputs", True, False),
    ]
    outputs = commands.json("run", "artifacts", logged.uri, logged.plain, "outputs")["artifacts"]
    assert [(one["path"], one["size"]) for one in outputs] == [("outputs/model.pkl", len(logged.pickle))]
    inside = commands.json("run", "artifacts", logged.uri, logged.plain, "classifier")["artifacts"]
    assert {"classifier/MLmodel", "classifier/model.pkl"} <= {one["path"] for one in inside}


def _register(logged: Any, commands: Any) -> None:
    proposal = commands.json("run", "propose", logged.uri, logged.plain)
    assert (proposal["path"], proposal["name"], proposal["nextVersion"]) == (
        "classifier",
        "classifier",
        1,
    )
    assert (proposal["framework"], proposal["experiment"]) == ("ScikitLearn", "iris")
    assert proposal["frameworkVersion"]
    assert "logged model" in proposal["reason"]
    assert proposal["tags"] == {"team": "flowers"}

    made = commands.json(
        "run",
        "register",
        logged.uri,
        logged.plain,
        "--tag",
        "stage=new",
        "-t",
        "meta.json",
    )
    assert (commands.folder / "meta.json").read_text() == '{"modelId": "classifier:1"}\n'
    assert (made["id"], made["framework"], made["isFolder"]) == (
        "classifier:1",
        "ScikitLearn",
        True,
    )
    assert (made["runId"], made["experiment"], made["tags"]) == (
        logged.plain,
        "iris",
        {"stage": "new"},
    )

    file = commands.json(
        "run",
        "register",
        logged.uri,
        logged.plain,
        "--path",
        "outputs/model.pkl",
        "--name",
        "iris",
    )
    assert (file["id"], file["isFolder"], file["size"]) == (
        "iris:1",
        False,
        len(logged.pickle),
    )
    commands.json("model", "download", "iris:1", "--target", "out")
    assert (commands.folder / "out" / "model.pkl").read_bytes() == logged.pickle

    def child(*words: str) -> Any:
        return commands.json("run", "register", logged.uri, logged.parent, "--name", "best", *words)["runId"]

    assert child() == logged.children[1]
    assert child("--metric", "log_loss") == logged.children[2], "the name of the metric says that less is better"
    assert child("--iteration", "3") == logged.children[3]
    assert commands.json("run", "register", logged.uri, logged.parent)["name"] == "AutoML_7_1"
    refused = commands.refused("run", "register", logged.uri, logged.parent, "--metric", "endless")
    assert refused["code"] == "run-choice-invalid"
    assert "AUC_weighted, log_loss" in refused["message"]
    shown = commands.json("model", "show", "best:2")
    assert (shown["runStore"], shown["runName"]) == (logged.uri, "AutoML_7_2")
    assert (shown["model"]["runId"], shown["model"]["experiment"]) == (
        logged.children[2],
        "iris",
    )
