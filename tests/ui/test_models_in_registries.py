"""A model to a registry and back by mouse: from its row, and from the palette."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci_registry.real_registry import real_registry

if TYPE_CHECKING:
    from desks import Desk

MODELS = "Models"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.mark.long("tests/oci_registry pushes and registers a model at the gate")
@pytest.mark.timeout(600)
def test_a_model_is_pushed_and_registered_again(open_desk: Callable[..., Desk], tmp_path: Path, address: str) -> None:
    folder = tmp_path / "price"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(b"\0weights" * 1_000)
    desk = open_desk(folder, settings={"scoredock.docker.host": "unix:///nowhere/docker.sock"})
    desk.scoredock("model", "register", str(folder / "weights.bin"), "--name", "Price", "--tag", "stage=tried")
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row(MODELS, "Price", timeout=60)
    window.side.fold_pane("Services")
    window.side.expand(MODELS, "Price")
    window.side.wait_row(MODELS, "v1")
    window.side.choose(MODELS, "v1", "Push to a Registry…")
    window.quick.wait("Push as")
    window.quick.pick("Image")
    window.quick.wait("Image in the registry")
    window.quick.answer(f"{address}/models/price:1")
    window.notices.wait(f"Pushed {address}/models/price:1", timeout=120)
    request = urllib.request.Request(f"http://{address}/v2/models/price/manifests/1")
    request.add_header("Accept", "application/vnd.oci.image.manifest.v1+json")
    document = json.loads(urllib.request.urlopen(request).read())
    assert document["annotations"]["org.opencontainers.image.title"] == "Price"
    window.notices.clear()

    window.quick.do("Model", "", "Register from a Registry…")
    window.quick.wait("Registry")
    window.quick.pick("Container Registry")
    window.quick.wait("Image or artifact in the registry")
    assert window.quick.value() == f"{address}/models/price:1", "the last one is proposed"
    window.quick.accept()
    window.quick.wait("Name of the model")
    window.quick.accept()
    window.notices.wait("Registered Price:2", timeout=120)
    desk.picture("model-registered-from-registry")
    first, second = (desk.scoredock("model", "show", f"Price:{number}")["model"] for number in (1, 2))
    assert (second["digest"], second["tags"]) == (first["digest"], first["tags"])
