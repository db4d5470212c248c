"""Deployments and updates that name an image: what the image holds takes the place of models, script and
environment."""

from __future__ import annotations

from dataclasses import replace

from scoredock import l10n
from scoredock.engine_table import IMAGE_ENGINE
from scoredock.environments.build_records import BuildRecords
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.planning.image_configuration import models_of, require_made_here, unpacked
from scoredock.services.request import DeployRequest, UpdateRequest

_RECORDS = "builds"


def subject(id: str) -> str:
    """Key of the creation of an image in `records_of`."""
    return f"image/{id}"


def records_of(registry: Registry) -> BuildRecords:
    """Records of the builds in a workspace."""
    return BuildRecords(registry.folder / _RECORDS)


def deployed_from(request: DeployRequest, registry: Registry) -> DeployRequest:
    """A request that names an image, with what the image holds in its place. Others are given back as they are.

    Raises ScoredockError `asset-not-found`, `image-not-deployable`, `image-not-ready`, `deploy-input-invalid`.
    """
    if not request.image:
        return request
    if request.entry_script or request.inference_config or request.environment or request.environment_file:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The deployment of {name} names the image {image} and a script or an environment as well.",
                name=request.name,
                image=request.image,
            ),
            l10n.t("Give one of them: an image holds both."),
        )
    record = registry.assets.get("image", request.image)
    require_made_here(record)
    built = records_of(registry).last(subject(record.id))
    if built is None or built.state != "ready":
        unfinished = built is None or built.state == "failed"
        raise ScoredockError(
            "image-not-ready",
            l10n.t("The image {id} was not finished.", id=record.id)
            if unfinished
            else l10n.t("The image {id} is still being created.", id=record.id),
        )
    inference = str(unpacked(registry, record))
    return replace(request, models=models_of(record), model_path="", source_directory="", inference_config=inference)


def with_image(request: DeployRequest, changes: UpdateRequest) -> DeployRequest:
    """The request of a service after an update, as far as images are concerned.

    Raises ScoredockError `deploy-input-invalid` for new models or files of a service that an image brings.
    """
    named = changes.entry_script or changes.inference_config or changes.environment_file or changes.environment
    if changes.image:
        if named or changes.models is not None:
            raise ScoredockError(
                "deploy-input-invalid",
                l10n.t(
                    "The update of {name} names the image {image} and models, a script or an environment.",
                    name=request.name,
                    image=changes.image,
                ),
                l10n.t("Give one of them: an image holds all of them."),
            )
        return replace(
            request,
            image=changes.image,
            models=(),
            model_path="",
            entry_script="",
            source_directory="",
            inference_config="",
            environment_file="",
            environment="",
            engine=request.engine if request.compute and not changes.engine else IMAGE_ENGINE,
        )
    if request.image and (named or changes.models is not None):
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The service {name} runs the image {image}, which holds its models, script and environment.",
                name=request.name,
                image=request.image,
            ),
            l10n.t("Create another version of the image and update the service to it."),
        )
    return request
