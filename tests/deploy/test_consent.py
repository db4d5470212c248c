"""A model whose pickles name what runs commands is deployed after somebody allowed exactly that, and not before."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import debug
from scoredock.services.request import UpdateRequest

from pickle_writing import by_stack


def registered(place: Any, name: str, content: bytes) -> str:
    path: Path = place.project / "models" / f"{name}.pkl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(place.registry.register([path], name).id)


def evil(place: Any, name: str = "evil", what: str = "system") -> str:
    """The canary would lie in the project's folder."""
    return registered(place, name, by_stack("os", what, (f"touch {place.project / 'canary'}",)))


def log_of(place: Any, name: str = "svc-one") -> str:
    return "\n".join(record.m for record in place.deployments.logs.records(name))


def unread(place: Any, id: str) -> None:
    """As a store of the first release has it after its migration."""
    name, _, version = id.partition(":")
    with place.registry.store.write() as connection:
        connection.execute(
            "UPDATE model_versions SET pickle = 'unread', details = '{}' WHERE name = ? AND version = ?",
            (name, int(version)),
        )


def test_a_known_bad_model_is_refused_until_it_is_allowed(place: Any) -> None:
    bad, good = evil(place), registered(place, "good", pickle.dumps([1, 2]))
    assert place.registry.model(bad).pickle == "bad"
    refused = place.refused(models=(good, bad))
    assert refused.code == "model-known-bad"
    assert bad in refused.message
    assert "os.system" in refused.message
    assert refused.details == {"models": [bad], "names": ["os.system"]}
    assert place.deployments.services() == []
    place.registry.changes.consent(bad, withdraw=False)
    assert place.deploy(models=(good, bad)).state == "Healthy"
    assert f"The pickles of {bad} refer to os.system; " in log_of(place)
    assert "allowed that on " in log_of(place)
    place.registry.changes.consent(bad, withdraw=True)
    for change in (UpdateRequest(), UpdateRequest(models=(bad,))):
        with pytest.raises(ScoredockError) as caught:
            place.deployments.update("svc-one", change)
        assert caught.value.code == "model-known-bad"
    with pytest.raises(ScoredockError) as caught:
        debug(place.deployments, "svc-one", 5678, Silent(), CancelToken())
    assert caught.value.code == "model-known-bad"
    assert json.loads(place.answer()) == {"got": "[1]"}
    assert not (place.project / "canary").exists()


def test_a_model_with_python_code_is_refused_until_it_is_allowed(place: Any) -> None:
    folder: Path = place.project / "models" / "chain"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors:\n  python_function:\n    loader_module: mine.loading\n    code: code\n")
    (folder / "code").mkdir()
    (folder / "code" / "mine.py").write_text("raise SystemExit\n")
    model = place.registry.register([folder], "chain")
    code = [
        "chain/MLmodel: Python files of its folder code are imported",
        "chain/MLmodel: it is loaded by the Python module mine.loading",
    ]
    assert model.pickle == "code"
    refused = place.refused(models=(model.id,))
    assert refused.code == "model-known-bad"
    assert refused.message == f"{model.id} contains Python code ({', '.join(code)})."
    assert refused.details == {"models": [model.id], "names": code}
    place.registry.changes.consent(model.id, withdraw=False)
    assert place.deploy(models=(model.id,)).state == "Healthy"
    assert f"{model.id} contains Python code (chain/MLmodel: " in log_of(place)


def test_unknown_names_are_no_obstacle(place: Any) -> None:
    assert place.deploy(models=(registered(place, "own", by_stack("mine", "Model", ())),)).state == "Healthy"


def test_a_consent_for_fewer_names_does_not_count(place: Any) -> None:
    id = evil(place)
    place.registry.changes.consent(id, withdraw=False)
    with place.registry.store.write() as connection:
        given = {"by": "ada", "time": 1.0, "names": ["posix.system"]}
        connection.execute("UPDATE model_versions SET consent = ?", (json.dumps(given),))
    refused = place.refused(models=(id,))
    assert "does not cover all of this" in refused.message
    for broken in ("{", "[]", '{"by": "ada"}'):
        with place.registry.store.write() as connection:
            connection.execute("UPDATE model_versions SET consent = ?", (broken,))
        assert place.refused(models=(id,)).code == "model-known-bad"
    place.registry.changes.consent(id, withdraw=False)
    assert json.loads(place.registry.model(id).consent)["names"] == ["os.system"]
    assert place.deploy(models=(id,)).state == "Healthy"


def test_every_model_without_consent_is_named(place: Any) -> None:
    ids = [evil(place), evil(place, "worse", "popen")]
    refused = place.refused(models=tuple(ids))
    assert refused.details == {"models": ids, "names": ["os.popen", "os.system"]}


def test_versions_of_earlier_releases_are_looked_into_first(place: Any) -> None:
    bad, good = evil(place), registered(place, "good", pickle.dumps([1, 2]))
    unread(place, bad)
    unread(place, good)
    assert place.refused(models=(bad,)).code == "model-known-bad"
    model = place.registry.model(bad)
    assert (model.pickle, model.metadata.pickle.bad) == ("bad", ("os.system",))
    assert place.registry.model(good).pickle == "unread"
    assert place.registry.scan_unread() == 1
    assert place.registry.model(good).pickle == "known"
    assert place.registry.scan_unread() == 0
    assert [line for line in place.registry.verify(deep=True) if "evil" in line or "good" in line] == []


def test_a_version_whose_bytes_are_gone_stays_unread(place: Any) -> None:
    id = evil(place)
    unread(place, id)
    blob = place.registry.blob(place.registry.model(id).files[0].sha256)
    blob.unlink()
    assert place.registry.scan_pickles(id).pickle == "unread"
    assert place.refused(models=(id,)).code == "model-damaged"
