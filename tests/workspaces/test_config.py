"""Finding and reading the configuration of a workspace as Azure ML v1 does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.workspace_config import find_config, read_config

GOOD = {"subscription_id": "5f08d643", "resource_group": "team-rg", "workspace_name": "contoso-ml"}


def _write(path: Path, content: object = GOOD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=4), encoding="utf-8")
    return path


def test_a_configuration_of_any_name(tmp_path: Path) -> None:
    path = _write(tmp_path / ".file-path" / "ws_config.json", {**GOOD, "extra": [1]})
    config = read_config(path)
    assert (config.subscription_id, config.resource_group, config.workspace_name) == tuple(GOOD.values())
    assert config.path == path


def test_a_byte_order_mark_and_spaces_are_forgiven(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({**GOOD, "workspace_name": " contoso-ml "}).encode())
    assert read_config(path).workspace_name == "contoso-ml"


@pytest.mark.parametrize("tail", ["", "/", "/projects/churn"])
@pytest.mark.parametrize("provider", ["Services", "Experimentation/accounts/of-the-team"])
def test_the_form_with_a_scope(tmp_path: Path, provider: str, tail: str) -> None:
    scope = f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearning{provider}/workspaces/contoso-ml"
    config = read_config(_write(tmp_path / "config.json", {"Id": None, "Scope": scope + tail}))
    assert (config.subscription_id, config.resource_group, config.workspace_name) == ("s", "rg", "contoso-ml")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param('{\n "subscription_id": "x",\n oops\n}', 2, id="no JSON"),
        pytest.param("[" * 200_000, 0, id="deep"),
        pytest.param('{"subscription_id": ' + "1" * 10_000 + "}", 0, id="a huge number"),
        pytest.param([GOOD], 0, id="a list"),
        pytest.param({"subscription_id": "x"}, 0, id="two keys missing"),
        pytest.param({**GOOD, "resource_group": 5}, 2, id="a number"),
        pytest.param({**GOOD, "workspace_name": ""}, 3, id="an empty name"),
        pytest.param({**GOOD, "workspace_name": "../../etc"}, 3, id="a name that leads elsewhere"),
        pytest.param({**GOOD, "workspace_name": "a" * 34}, 3, id="a long name"),
        pytest.param({**GOOD, "subscription_id": "a/b"}, 1, id="a slash"),
        pytest.param({"Scope": "/subscriptions/x"}, 1, id="a cut scope"),
        pytest.param(" " * (2 << 20), None, id="too large"),
    ],
)
def test_configurations_that_cannot_be_used(tmp_path: Path, content: object, line: int | None) -> None:
    path = _write(tmp_path / "config.json", content)
    with pytest.raises(ScoredockError) as caught:
        read_config(path)
    assert caught.value.code == "workspace-config-invalid"
    assert caught.value.place is not None
    assert (caught.value.place.path, caught.value.place.line) == (str(path), line)
    assert str(path) in caught.value.message


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b'{\n"subscription_id": "\xff"}')
    with pytest.raises(ScoredockError) as caught:
        read_config(path)
    assert caught.value.place is not None
    assert caught.value.place.line == 1
    with pytest.raises(ScoredockError, match="not a regular file"):
        read_config(tmp_path)
    with pytest.raises(ScoredockError) as caught:
        read_config(tmp_path / "nowhere.json")
    assert caught.value.code == "workspace-config-missing"


@pytest.mark.skipif(os.name == "nt", reason="special files of POSIX")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    assert find_config(tmp_path) is None
    with pytest.raises(ScoredockError):
        read_config(tmp_path / "config.json")


def test_the_order_within_a_folder(tmp_path: Path) -> None:
    plain = _write(tmp_path / "config.json")
    assert find_config(tmp_path) == plain
    legacy = _write(tmp_path / "aml_config" / "config.json")
    assert find_config(tmp_path) == legacy
    hidden = _write(tmp_path / ".azureml" / "config.json")
    assert find_config(tmp_path) == hidden


def test_the_nearest_folder_wins_of_those_with_the_same_place(tmp_path: Path) -> None:
    """As `Workspace.from_config` of azureml-core 1.61 has it: `.azureml` of all folders, then `aml_config`, then
    plain files."""
    far = _write(tmp_path / "config.json")
    project = tmp_path / "a" / "b"
    project.mkdir(parents=True)
    assert find_config(project) == far
    near = _write(tmp_path / "a" / "config.json")
    assert find_config(project) == near
    assert find_config(_write(project / "score.py", "")) == near
    legacy = _write(tmp_path / "aml_config" / "project.json")
    assert find_config(project) == legacy
    above = _write(tmp_path / ".azureml" / "config.json")
    assert find_config(project) == above
    assert find_config(project, "ws.json") is None
    assert find_config(project, "project.json") == legacy


def test_a_plain_config_of_something_else_is_passed_over(tmp_path: Path) -> None:
    above = _write(tmp_path / "config.json")
    for content in ({"port": 1}, "not JSON", {"subscription_id": "x", "resource_group": "y"}):
        _write(tmp_path / "project" / "config.json", content)
        assert find_config(tmp_path / "project") == above


def test_a_broken_config_in_its_own_folder_is_found(tmp_path: Path) -> None:
    _write(tmp_path / "config.json")
    broken = _write(tmp_path / "project" / ".azureml" / "config.json", "{")
    assert find_config(tmp_path / "project") == broken


def test_nothing_to_find(tmp_path: Path) -> None:
    assert find_config(tmp_path / "not" / "there") is None
