"""Makes a package as an image of content: models and code as layers over an environment, without a daemon."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from scoredock import __version__, l10n
from scoredock.clusters.objects import PORT
from scoredock.containers.image_calls import ROLE
from scoredock.engines.base import ModelFolder
from scoredock.environments.pip.locks import without_folders
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.images.built import BASE, DESCRIPTION
from scoredock.images.content_base import ContentBase, require_depth
from scoredock.images.content_environment import EnvironmentContent, Layers
from scoredock.images.members import LayerMember, digest_of, text
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import CONFIG, EMPTY, MANIFEST, Manifest, descriptor_of
from scoredock.oci.content_store import ContentStore
from scoredock.oci.image_set import EMPTY_CONTENT, artifact
from scoredock.oci.images import extend
from scoredock.oci.layers import StoredLayer
from scoredock.oci.sources import ImageDocuments, platform_in
from scoredock.packaging.code import code_of
from scoredock.packaging.image import (
    DIGEST_LABEL,
    HINTS_LABEL,
    code_members,
    model_folder,
    model_members,
    with_own_folders,
)
from scoredock.packaging.lock import package_lock
from scoredock.packaging.package import Digests, Packaged, PackageName, PackageSource, health_options, labels_of
from scoredock.packaging.provenance import PREDICATE, PROVENANCE, STATEMENT, Materials, statement
from scoredock.packaging.sbom import SBOM, sbom
from scoredock.packaging.texts import ENVIRONMENT
from scoredock.registry import Registry

ENVIRONMENT_LAYERS = 2
"""Packages and runtime."""
CODE = "code"
"""What the history of an image calls its uppermost layer."""
TITLE = "org.opencontainers.image.title"
_VERSION = "org.opencontainers.image.version"
BASE_DIGEST = "org.opencontainers.image.base.digest"
CYCLONEDX = "application/vnd.cyclonedx+json"
_PREDICATE = "in-toto.io/predicate-type"
_STATE = "/var/scoredock"


@dataclass(frozen=True, slots=True)
class ContentImage:
    """A finished image, whose content lies in a store and in its base."""

    packaged: Packaged
    documents: ImageDocuments
    config: bytes
    layers: tuple[StoredLayer, ...]
    """Those that are on the base."""
    bill: bytes
    """The bill of materials that stands in it."""
    materials: Materials


def make_content_image(
    source: PackageSource,
    environment: EnvironmentContent,
    base: ContentBase,
    name: PackageName,
    registry: Registry,
    layers: Layers,
) -> ContentImage:
    """Equal sources over an equal base make an equal manifest. A model version is one layer, whatever else is in the
    image. Raises ScoredockError `base-image-invalid`, `disk-full`, `model-damaged`, `cancelled`, and what `code_of`
    raises.
    """
    require_room(source, base)
    source = replace(source, spec=replace(source.spec, script_python=environment.script_python))
    above: list[tuple[StoredLayer, str]] = [*environment.layers]
    models = [model_folder(model, registry) for model in source.models]
    for model in models:
        step = l10n.t("Adding {name}:{version}", name=model.name, version=model.version)
        parts = ["model", model.name, str(model.version), model.key]
        above.append((layers.layer(parts, step, partial(_members_of, model)), "model"))
    code = code_of(source, layers.cancel)
    for note in code.notes:  # before anything leaves this machine
        layers.progress.report(note)
    materials = _materials(environment, base)
    # Its manifest, and so the digest of that, is another one in a registry than in Docker.
    base_id = base.documents.manifest.config.digest
    bill = _bill(source, environment, name, base_id)
    members = [*code_members(source, code), text(f"{ENVIRONMENT.lstrip('/')}/{SBOM}", bill)]
    above.append((layers.written(l10n.t("Adding the code"), with_own_folders(members)), CODE))
    content = hashlib.sha256(
        "\n".join(
            [environment.key, *(f"{model.name}:{model.version}:{model.key}" for model in models), digest_of(members)]
        ).encode()
    ).hexdigest()
    labels = {
        **labels_of(source),
        ROLE: "package",
        DIGEST_LABEL: f"sha256:{content}",
        HINTS_LABEL: json.dumps(asdict(source.hints), separators=(",", ":")),
        BASE: base_id,
    }
    annotations = {**annotations_of(source), BASE_DIGEST: materials.base_digest}
    changes = _changes(environment, labels)
    manifest, config = extend(base.documents.manifest, base.config, above, changes, annotations)
    layers.store.put(config, CONFIG)
    described = replace(descriptor_of(MANIFEST, manifest), platform=platform_in(config))
    documents = ImageDocuments(described, Manifest.from_bytes(manifest), manifest)
    packaged = Packaged(
        name=name,
        base_image=environment.base,
        digests=Digests(context=content, lock=environment.key),
        notes=(*source.notes, *code.notes),
        image_id=documents.manifest.config.digest,
        size=sum(each.size for each in documents.manifest.layers),
        variables=source.spec.environment,
        keys=source.asks_for_keys,
    )
    return ContentImage(packaged, documents, config, tuple(layer for layer, _ in above), bill.encode(), materials)


def require_room(source: PackageSource, base: ContentBase) -> None:
    """Checks that the image may have as many layers as it would. Raises ScoredockError `base-image-invalid`."""
    above = ENVIRONMENT_LAYERS + len(source.models) + 1
    require_depth(base.image.reference, len(base.documents.manifest.layers), above)


def annotations_of(source: PackageSource) -> dict[str, str]:
    """Annotations in the manifest of an image, and in the list of several platforms: names of the OCI image
    specification. No time, no tag and no name of the base is among them, so that equal contents make equal manifests.
    """
    labels = labels_of(source)
    return {
        **{name: labels[name] for name in (TITLE, DESCRIPTION)},
        _VERSION: str(source.revision),
    }


def attached(
    image: ContentImage, source: PackageSource, kinds: Sequence[str], store: ContentStore
) -> list[ImageDocuments]:
    """Artifacts about an image, their content in the store: of `sbom` and `provenance` those that are wanted."""
    store.put(EMPTY_CONTENT, EMPTY)
    subject = image.documents.descriptor
    artifacts: list[ImageDocuments] = []
    if "sbom" in kinds:
        layer = replace(store.put(image.bill, CYCLONEDX), annotations={TITLE: SBOM})
        artifacts.append(artifact(subject, CYCLONEDX, layer, {}))
    if "provenance" in kinds:
        content = image.packaged.digests.context
        said = statement(source, source.service, subject.digest, image.materials, content, __version__)
        layer = replace(store.put(said, STATEMENT), annotations={TITLE: PROVENANCE, _PREDICATE: PREDICATE})
        artifacts.append(artifact(subject, STATEMENT, layer, {_PREDICATE: PREDICATE}))
    for each in artifacts:
        store.put(each.content, MANIFEST)
    return artifacts


def _materials(environment: EnvironmentContent, base: ContentBase) -> Materials:
    return Materials(
        base="" if base.name.startswith("sha256:") else base.name,
        base_digest=base.documents.descriptor.digest,
        lock=without_folders(environment.lock),
        runtime=runtime_source().version(),
        platform=str(platform_in(base.config)),
    )


def _members_of(model: ModelFolder, _: Path) -> list[LayerMember]:
    return model_members(model)


def _changes(environment: EnvironmentContent, labels: Mapping[str, str]) -> dict[str, Any]:
    """How a container of it starts, in the words of the image's configuration."""
    configuration = environment.configuration
    return {
        **configuration,
        "Cmd": [environment.python, "-I", "-m", "scoredock_runtime", "serve", _STATE],
        "WorkingDir": _STATE,
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "Healthcheck": health_options(environment.python),
        "Labels": {**configuration["Labels"], **labels},
    }


def _bill(source: PackageSource, environment: EnvironmentContent, name: PackageName, base: str) -> str:
    """The bill of materials, beside the environment. It names no label, and the base by its id, so that equal
    contents make equal layers; what the base is called stands in the provenance."""
    lock = package_lock(environment.lock, (), "", source.service, local=True)
    return sbom(
        source,
        PackageName(name.name, ""),
        (base,),
        lock.packages,
        runtime_source().version(),
        "",
        __version__,
        licences=environment.licences,
    )
