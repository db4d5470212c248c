"""Scoredock itself as an image of content, for the jobs of pipelines: its packages, its runtime, and itself, as layers
over a base image. No daemon is needed, and nothing is run while it is made."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from scoredock import __version__, l10n
from scoredock.containers.image_calls import ROLE
from scoredock.environments.pip import own_wheels
from scoredock.environments.pip.locks import RUNTIME
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.environments.spec import EnvironmentSpec, from_requirements
from scoredock.images.built import PREFIX, PYTHON, interpreter_in
from scoredock.images.content_base import require_depth
from scoredock.images.content_environment import EnvironmentContent, Layers
from scoredock.images.members import LayerMember, text, with_folders
from scoredock.oci.content import CONFIG, MANIFEST, Manifest, Platform, descriptor_of
from scoredock.oci.image_set import ImageSet
from scoredock.oci.images import extend
from scoredock.oci.sources import ImageDocuments, platform_in
from scoredock.packaging.content_making import ContentMaker, MadeContent, own_platform
from scoredock.packaging.destination import Destination, Sending
from scoredock.progress import CancelToken

NAME = "scoredock"
_LAYERS = 3
_WHEELS = "/opt/scoredock/wheels"
_HOME = "/tmp/scoredock"  # noqa: S108 (of the container)
_PROGRAM = f"#!{interpreter_in(PREFIX)}\nimport sys\n\nfrom scoredock.cli import main\n\nsys.exit(main())\n"


def tool_spec() -> EnvironmentSpec:
    """The packages that Scoredock needs. Raises PackageNotFoundError where nothing says which."""
    return from_requirements(_requirements(), "scoredock", NAME)


def _requirements() -> Iterator[str]:
    for line in importlib.metadata.requires("scoredock") or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        of_extra = requirement.marker is not None and "extra" in str(requirement.marker)
        if not of_extra and not requirement.name.startswith("scoredock"):
            yield line


def make_tool_image(
    maker: ContentMaker, layers: Layers, base_name: str, platform: Platform | None, offline: bool
) -> tuple[ImageSet, MadeContent]:
    """Raises what `ContentMaker` raises."""
    spec = tool_spec()
    target = platform or own_platform()
    base = maker.base(base_name, spec, target, maker.reader(offline=offline))
    require_depth(base.image.reference, len(base.documents.manifest.layers), _LAYERS)
    environment = maker.environment(spec, target, base)
    own = layers.written(
        l10n.t("Adding Scoredock itself"), with_folders(_members(environment, layers), "opt/scoredock")
    )
    above = [*environment.layers, (own, NAME)]
    annotations = {"org.opencontainers.image.title": NAME, "org.opencontainers.image.version": __version__}
    manifest, config = extend(base.documents.manifest, base.config, above, _changes(environment), annotations)
    layers.store.put(config, CONFIG)
    described = replace(descriptor_of(MANIFEST, manifest), platform=platform_in(config))
    documents = ImageDocuments(described, Manifest.from_bytes(manifest), manifest)
    whole = ImageSet.of([documents], [], annotations, own_platform())
    layers.store.put(whole.content, whole.descriptor.media_type)
    return whole, MadeContent(layers.store, [base], layers.cancel)


def send(
    images: ImageSet, content: MadeContent, destination: Destination, layers: Layers, cancel: CancelToken
) -> tuple[list[Path], str]:
    """Sends the image to files or a registry; returns the paths, and the reference. Raises as `Destination`."""
    sending = Sending(images, content, f"{NAME}:{__version__}", __version__, layers.progress, cancel)
    paths = destination.write(sending)
    address = destination.address
    if address is not None:
        destination.send(sending, address)
    return paths, destination.push


def _members(environment: EnvironmentContent, layers: Layers) -> Iterator[LayerMember]:
    version = str(environment.configuration["Labels"][PYTHON]).split(".")
    top = PREFIX.lstrip("/")
    site = f"{top}/lib/python{version[0]}.{version[1]}/site-packages"
    for name in own_wheels.DISTRIBUTIONS:
        if name != RUNTIME:  # the environment has it
            for place, content in own_wheels.members(name):
                yield LayerMember(f"{site}/{place}", content, len(content))
    yield text(f"{top}/bin/scoredock", _PROGRAM, mode=0o755)
    # A service in a container of this image is built with the same runtime.
    wheel = runtime_source().wheel(layers.scratch.parent / "wheels", layers.progress, layers.cancel)
    yield LayerMember(f"{_WHEELS.lstrip('/')}/{wheel.name}", wheel, wheel.stat().st_size)


def _changes(environment: EnvironmentContent) -> dict[str, Any]:
    """A job of a pipeline runs its own shell, as the account of the image's machine."""
    configuration = dict(environment.configuration)
    variables = [each for each in configuration["Env"] if not each.startswith("AML_APP_ROOT=")]
    labels = {ROLE: "tool", "org.opencontainers.image.title": NAME}
    return {
        **configuration,
        "Env": [*variables, f"{VARIABLE}={_WHEELS}", f"SCOREDOCK_HOME={_HOME}"],
        "Cmd": ["scoredock", "--help"],
        "User": "",
        "WorkingDir": "/",
        "ExposedPorts": {},
        "Labels": labels,
    }
