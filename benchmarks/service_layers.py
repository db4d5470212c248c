"""An image with a model and a script, as a package is made, without a workspace."""

from __future__ import annotations

from pathlib import Path

from scoredock.containers.image_calls import ROLE
from scoredock.engines.base import ModelFolder
from scoredock.environments.spec import EnvironmentSpec
from scoredock.images.built import NAME
from scoredock.images.environment_images import EnvironmentImages
from scoredock.images.members import LayerMember, text
from scoredock.oci.content import from_bytes
from scoredock.oci.images import image_config
from scoredock.packaging.image import model_members, with_own_folders
from scoredock.progress import CancelToken, Silent


def put(images: EnvironmentImages, spec: EnvironmentSpec, reference: str, model: ModelFolder, script: str) -> None:
    """Into Docker, under a name; images of one environment are labelled with what that is called."""
    layers = images.layers(Silent(), CancelToken())

    def members(_: Path) -> list[LayerMember]:
        return model_members(model)

    with images.content(spec, layers) as below:
        above = [
            *below.environment.layers,
            (layers.layer(["model", model.name, str(model.version), model.key], "", members), "model"),
            (layers.written("", with_own_folders([text("var/azureml-app/score.py", script)])), "code"),
        ]
        labels = {**below.environment.configuration["Labels"], ROLE: "package", NAME: spec.display_name}
        config = image_config(
            from_bytes(below.base.config), above, {**below.environment.configuration, "Labels": labels}
        )
        below.store.load(reference, below.base, config, [layer for layer, _ in above])
