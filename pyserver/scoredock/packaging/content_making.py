"""Makes images of content one after the other over the same layers, and gives their content to whoever copies it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.environments.spec import EnvironmentSpec
from scoredock.images.base_tree import RULE, keeps
from scoredock.images.content_base import BaseReader, ContentBase, open_base
from scoredock.images.content_environment import (
    EnvironmentContent,
    EnvironmentPlan,
    Layers,
    environment_content,
    plan_environment,
)
from scoredock.images.contents import Bench
from scoredock.images.daemon_bases import NamedBases
from scoredock.images.environment_images import EnvironmentImages
from scoredock.images.old_python import with_conda_python
from scoredock.images.solutions import Solutions
from scoredock.oci.content import Descriptor, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.registry_address import ImageAddress, read_address, same_registry
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.sources import CheckedStream, ContentStream, ImageDocuments
from scoredock.oci.tree_records import TreeRecords
from scoredock.packaging.content_image import ContentImage, make_content_image
from scoredock.packaging.package import PackageName, PackageSource
from scoredock.progress import CancelToken
from scoredock.registry import Registry


class ContentMaker:
    """Makes environments and images of one workspace for one platform after the other.

    All of it raises ScoredockError `image-steps-need-docker`, `environment-build-failed` for a package without a wheel,
    `base-image-invalid`, `model-damaged`, what resolving and registries raise, `disk-full`, `cancelled`.
    """

    def __init__(self, images: EnvironmentImages, registry: Registry, layers: Layers) -> None:
        self._images = images
        self._registry = registry
        self._layers = layers

    def reader(self, logins: Sequence[RegistryAccount] = (), *, offline: bool = False) -> BaseReader:
        """Reader of base images; `logins` are used in the place of Docker's own."""
        root = self._images.root
        named = NamedBases(root, self._images.docker, self._layers, logins, offline=offline)
        trees = TreeRecords(root / "trees", keeps, RULE)
        return BaseReader(self._images.base_image, named.pull, trees, root / "bases")

    def base(self, name: str, spec: EnvironmentSpec, platform: Platform, reader: BaseReader) -> ContentBase:
        """The image below all others; `name` is what a person wrote, empty for the environment's own."""
        return open_base(name, spec, platform, reader, self._layers.progress, self._layers.cancel)

    def environment(self, spec: EnvironmentSpec, platform: Platform, base: ContentBase) -> EnvironmentContent:
        """Packages and runtime, as layers over a base."""
        bench, planned = self._planned(spec, platform, base)
        return environment_content(bench, planned, base.name, self._layers)

    def packages(self, spec: EnvironmentSpec, platform: Platform, base: ContentBase) -> frozenset[str]:
        """Names of those that the script has besides what the base brings; nothing is written for it."""
        return self._planned(spec, platform, base)[1].packages.names

    def _planned(self, spec: EnvironmentSpec, platform: Platform, base: ContentBase) -> tuple[Bench, EnvironmentPlan]:
        images, layers = self._images, self._layers
        solved = with_conda_python(spec) if base.image.lacks else spec
        runtime, wheels = runtime_source(), images.wheels_folder()
        bench = Bench(
            None,
            str(platform),
            base.image,
            solved,
            images.settings,
            images.locks,
            wheels,
            images.local_files,
            Solutions(images.solutions),
            layers.progress,
            layers.cancel,
        )
        wheel = runtime.wheel(wheels, layers.progress, layers.cancel)
        return bench, plan_environment(bench, runtime, wheel)

    def image(
        self, source: PackageSource, environment: EnvironmentContent, base: ContentBase, name: PackageName
    ) -> ContentImage:
        """Models and code over an environment."""
        return make_content_image(source, environment, base, name, self._registry, self._layers)


class MadeContent:
    """The content of images: what was made here from the store, the rest from the base that has it."""

    def __init__(self, store: ContentStore, bases: Sequence[ContentBase], cancel: CancelToken) -> None:
        self._store = store
        self._bases = bases
        self._of = {layer.digest: base for base in bases for layer in base.documents.manifest.layers}
        self._cancel = cancel

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """Documents of the base. Raises as it."""
        return self._bases[0].source.resolve(name, platform)

    @property
    def base_name(self) -> str:
        """Name of the base."""
        return self._bases[0].name

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """Same as `ImageSource.content`."""
        if self._store.has(descriptor):
            with self._store.open(descriptor.digest) as stream:
                yield CheckedStream(stream, descriptor)
        else:
            base = self._of.get(descriptor.digest, self._bases[0])
            with base.source.content(descriptor) as content:
                yield content


def own_platform() -> Platform:
    """Platform of this machine, with Linux as its system."""
    import platform

    machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    return Platform("linux", machines.get(machine, machine))


def base_repositories(base: str, address: ImageAddress) -> list[str]:
    """Repositories of the same registry that have the layers of the base, which need not be sent there again."""
    if base.startswith("sha256:"):
        return []
    own = read_address(base)
    return [own.repository] if same_registry(own.registry, address.registry) else []
