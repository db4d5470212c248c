"""Models and code in layers: found again, equal for equal bytes, nothing stored twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.engines.base import ModelFolder
from scoredock.errors import ScoredockError
from scoredock.images.built import ACCOUNT, DESCRIPTION, BuiltImage
from scoredock.images.members import text
from scoredock.images.service_image import add_code, with_models
from scoredock.progress import CancelToken

from image_bench import Bench


def model(folder: Path, name: str, content: bytes) -> ModelFolder:
    path = folder / hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    return ModelFolder(name, 1, (("weights/model.bin", path, len(content), path.name),), ("empty",))


@pytest.fixture
def reference(bench: Bench) -> Iterator[str]:
    yield f"scoredock-tests/{bench.name}:1"
    image_calls.remove(bench.docker, f"scoredock-tests/{bench.name}:1")


def code(bench: Bench, below: str, script: str, reference: str) -> str:
    members = [text("var/azureml-app/score.py", script, owner=ACCOUNT)]
    labels = {image_calls.ROLE: "package", "com.scoredock.tests": bench.name}
    return add_code(bench.docker, below, members, reference, {"Entrypoint": [], "Labels": labels}, CancelToken())


def layers(bench: Bench, image: str) -> list[str]:
    return list((image_calls.look(bench.docker, image) or {})["RootFS"]["Layers"])


def test_a_changed_script_makes_one_small_layer(
    bench: Bench, plain: BuiltImage, reference: str, tmp_path: Path
) -> None:
    models = [model(tmp_path, "first", b"1" * 5_000_000), model(tmp_path, "second", bench.name.encode() * 100_000)]

    def build(script: str) -> str:
        below = with_models(bench.docker, plain.id, models, bench.images.locks, bench.told, CancelToken())
        return code(bench, below, script, reference)

    first = build("one")
    before = layers(bench, first)
    bench.told.messages.clear()
    second = build("two")
    assert bench.told.messages == [], "no model is sent again"
    assert layers(bench, second)[:-1] == before[:-1]
    assert image_calls.history(bench.docker, second)[0]["Size"] < 100_000
    assert image_calls.look(bench.docker, first) is None  # it lost its name to the second
    third = build("one")
    read = (
        "/bin/sh",
        "-c",
        "cd /var/azureml-app; cat score.py; stat -c '%u %a' azureml-models/first/1/weights/model.bin",
    )
    assert bench.run(third, *read).split() == ["one1000", "644"]
    assert (
        bench.run(third, "/usr/bin/sha256sum", "/var/azureml-app/azureml-models/first/1/weights/model.bin").split()[0]
        == hashlib.sha256(b"1" * 5_000_000).hexdigest()
    )


@pytest.mark.parametrize("labels", [{}, {image_calls.ROLE: "package"}], ids=["plain", "made from a package"])
def test_an_image_of_somebody_else_only_loses_its_name(
    bench: Bench, plain: BuiltImage, reference: str, labels: dict[str, str]
) -> None:
    repository, _, tag = reference.partition(":")
    with image_calls.Layer(bench.docker, plain.id, bench.name) as layer:
        theirs = layer.commit(repository, tag, {"Labels": labels, "Env": [f"OWN={bench.name}"]}, "by hand")
    try:
        made = code(bench, plain.id, "one", reference)
        assert (image_calls.look(bench.docker, reference) or {})["Id"] == made
        assert image_calls.look(bench.docker, theirs) is not None
        code(bench, plain.id, "two", reference)
        assert image_calls.look(bench.docker, made) is None, "of ours only the newest is kept"
    finally:
        image_calls.remove(bench.docker, theirs)


def test_a_changed_model_keeps_the_models_before_it(
    bench: Bench, plain: BuiltImage, reference: str, tmp_path: Path
) -> None:
    kept, old, new = (model(tmp_path, name, f"{bench.name}{name}".encode()) for name in ("kept", "old", "new"))
    first = with_models(bench.docker, plain.id, [kept, old], bench.images.locks, bench.told, CancelToken())
    code(bench, first, "x", reference)
    bench.told.messages.clear()
    second = with_models(bench.docker, plain.id, [kept, new], bench.images.locks, bench.told, CancelToken())
    assert [message.split()[1] for message in bench.told.messages] == ["new:1"]
    assert layers(bench, second)[: len(plain.layers) + 1] == layers(bench, first)[: len(plain.layers) + 1]
    told = [(image_calls.look(bench.docker, each) or {})["Config"]["Labels"] for each in (first, second)]
    assert [each[DESCRIPTION] for each in told] == [
        "Models of Scoredock services: kept:1, old:1",
        "Models of Scoredock services: kept:1, new:1",
    ]


def test_equal_inputs_make_equal_layers(bench: Bench, plain: BuiltImage, reference: str, tmp_path: Path) -> None:
    first = layers(bench, code(bench, plain.id, "same", reference))
    other = reference.replace(":1", ":2")
    try:
        assert layers(bench, code(bench, plain.id, "same", other)) == first
    finally:
        image_calls.remove(bench.docker, other)


def test_damaged_bytes_make_no_layer(bench: Bench, plain: BuiltImage, tmp_path: Path) -> None:
    damaged = model(tmp_path, "bad", bench.name.encode())
    damaged.files[0][1].write_bytes(b"!" * len(bench.name))
    with pytest.raises(ScoredockError) as refused:
        with_models(bench.docker, plain.id, [damaged], bench.images.locks, bench.told, CancelToken())
    assert refused.value.code == "model-damaged"
    assert bench.leftovers() == []
