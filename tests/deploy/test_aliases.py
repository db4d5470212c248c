"""A model by alias: decided once, when it is deployed, and written down."""

from __future__ import annotations

from typing import Any

from scoredock.services.request import UpdateRequest

MODEL_DIR = """
    import os

    def init():
        pass

    def run(data):
        return os.path.relpath(os.environ["AZUREML_MODEL_DIR"], os.getcwd())
"""


def test_an_alias_means_the_version_that_it_points_to_now(place: Any) -> None:
    for text in ("one", "two"):
        place.registry.register([place.write("model.pkl", text)], "diabetes")
    place.registry.changes.alias("diabetes:1", "champion")
    assert place.deploy(MODEL_DIR, models=("diabetes@champion",)).models == ("diabetes:1",)
    assert "diabetes@champion is diabetes:1." in [record.m for record in place.deployments.logs.records("svc-one")]
    place.registry.changes.alias("diabetes:2", "champion")
    assert place.deployments.service("svc-one").models == ("diabetes:1",), "nothing moves under a running service"
    assert place.deployments.update("svc-one", UpdateRequest()).models == ("diabetes:1",)
    moved = place.deployments.update("svc-one", UpdateRequest(models=("diabetes@champion",)))
    assert moved.models == ("diabetes:2",)
    assert place.answer() == '"azureml-models/diabetes/2"'
    assert place.registry.used_by()["diabetes:2"] == ["svc-one"]


def test_an_alias_that_points_nowhere_is_refused_before_anything_begins(place: Any) -> None:
    place.registry.register([place.write("model.pkl", "one")], "diabetes")
    assert place.refused(MODEL_DIR, models=("diabetes@champion",)).code == "alias-not-found"
    place.registry.changes.alias("diabetes:1", "champion")
    place.registry.delete("diabetes:1")
    error = place.refused(MODEL_DIR, models=("diabetes@champion",))
    assert error.code == "model-not-found"
    assert "trash" in error.message
    assert place.deployments.services() == []
