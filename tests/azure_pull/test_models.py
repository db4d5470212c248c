"""Models of a workspace in Azure with their files, tags and properties."""

from __future__ import annotations

from azure_pull.conftest import Puller, digest


def test_a_model_comes_with_all_that_is_known_of_it(puller: Puller) -> None:
    files = {"model/a.txt": b"first", "model/deep/b.bin": bytes(range(256)) * 4000}
    puller.shelf.add_model(
        "diabetes", "1", files, tags={"stage": "champion"}, properties={"auc": "0.9"}, description="d"
    )
    assert [each["key"] for each in puller.list()] == ["model:diabetes:1"]
    assert not list(puller.terminal.home.rglob("store.sqlite3")), "a list makes no workspace"
    report = puller.pull("model:diabetes")
    assert report["outcomes"][0]["here"] == "diabetes:1"
    made = puller.show("diabetes:1")
    assert made["tags"] == {"stage": "champion"}
    assert made["properties"]["auc"] == "0.9"
    assert made["description"] == "d"
    assert puller.digests() == {"diabetes:1": digest(files)}
