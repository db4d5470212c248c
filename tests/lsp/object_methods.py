"""The methods about objects of a cluster for test_methods, of which no cluster answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubeconfigs import NOBODY, write_kubeconfig


def _attached(world: Any) -> str:
    config: Path = world.project.parent / "kubeconfig-of-nobody"
    write_kubeconfig(config, {"prod": NOBODY})
    place = {"context": "prod", "namespace": "ns", "kubeconfig": str(config), "repository": "127.0.0.1:1/team"}
    world.ask("scoredock/compute/attach", {"name": "unseen", **place})
    return "unseen"


def _script(world: Any) -> str:
    script: Path = world.project / "shown.py"
    script.write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    return str(script)


def service_preview(world: Any) -> None:
    params = {"name": "previewed", "entryScript": _script(world), "compute": _attached(world)}
    seen = world.ask("scoredock/service/preview", params)
    assert "kind: Deployment" in seen.text
    assert (seen.diff, seen.image_is_certain) == ("", False)
    assert seen.silence
    assert "previewed" not in [each.name for each in world.ask("scoredock/service/list", {}).services]


def service_preview_update(world: Any) -> None:
    before = world.ask("scoredock/service/show", {"name": "adder"})
    seen = world.ask("scoredock/service/previewUpdate", {"name": "adder", "compute": _attached(world)})
    assert "name: adder" in seen.text
    after = world.ask("scoredock/service/show", {"name": "adder"})
    assert (after.revision, after.engine) == (before.revision, before.engine), "nothing was changed"


def service_export(world: Any) -> None:
    params = {"name": "adder", "outputPath": str(world.project.parent / "exported.yaml")}
    error = world.client.error("scoredock/service/export", params)
    assert error["data"]["code"] == "service-not-packaged", "tests/cluster has a service in a cluster"
    made = world.ask("scoredock/service/export", {**params, "kind": "kserve", "image": "team/adder:1"})
    assert made.image == "team/adder:1"
    assert Path(made.main).is_file()


def export_kinds(world: Any) -> None:
    of_service = world.ask("scoredock/package/exportKinds", {"of": "service", "service": "adder"}).kinds
    of_image = world.ask("scoredock/package/exportKinds", {"of": "image"}).kinds
    assert {each.kind for each in of_service} - {each.kind for each in of_image} == {"functions"}
    assert [each.is_folder for each in of_service if each.kind == "kubernetes"] == [False]


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/service/preview": service_preview,
    "scoredock/service/previewUpdate": service_preview_update,
    "scoredock/service/export": service_export,
    "scoredock/package/exportKinds": export_kinds,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/service/preview", {"name": "A B"}, "service-name-invalid"),
    ("scoredock/service/previewUpdate", {"name": "none"}, "service-not-found"),
    ("scoredock/service/export", {"name": "none", "outputPath": "/nowhere/objects"}, "service-not-found"),
    ("scoredock/package/exportKinds", {"of": "service", "service": "none"}, "service-not-found"),
]
