"""Gets a revision ready for a cluster: one image with all of it, in a registry that the nodes pull from, or loaded into
the nodes where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import ClassVar

from scoredock import l10n
from scoredock.clusters.connection import connect
from scoredock.clusters.objects import PORT, cluster_values
from scoredock.clusters.side_loading import HOST, Loader, loader_of
from scoredock.clusters.target import ClusterTarget
from scoredock.data_folder import make_private
from scoredock.engines.base import Launch, ModelFolder
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.spark import submit_arguments
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.images.content_base import ContentBase, base_failed
from scoredock.images.content_environment import EnvironmentContent, KeptLayers, Layers, NotMadeYet
from scoredock.images.environment_images import EnvironmentImages
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import write_archive
from scoredock.oci.content import Malformed
from scoredock.oci.image_set import ImageSet
from scoredock.packaging.content_image import ContentImage, annotations_of, require_room
from scoredock.packaging.content_making import ContentMaker, MadeContent, base_repositories, own_platform
from scoredock.packaging.destination import Destination, Sending
from scoredock.packaging.image import model_folder
from scoredock.packaging.package import APP, Account, PackageName, PackageSource
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.services.compute_targets import ComputeTargets
from scoredock.services.lifecycle.autoscaling import autoscaled
from scoredock.services.lifecycle.preparation import IMAGE_ROOT, Prepared
from scoredock.temporary.folders import TemporaryFolder
from scoredock_runtime.contract import ServiceSpec

_NOBODY = Account("", "", "", "")


@dataclass(frozen=True, slots=True)
class InRegistry:
    """See `Preparation`. Each model version is a layer of its own: what the registry has of them is not sent again,
    whichever service had it first."""

    images: EnvironmentImages
    registry: Registry
    compute: str
    """Name of the compute target."""
    stages_models: ClassVar[bool] = False

    @property
    def target(self) -> ClusterTarget:
        """Raises ScoredockError `compute-missing`, `compute-invalid` for one without a registry that images cannot be
        loaded into either, and `image-loader-missing`."""
        target = ComputeTargets(self.registry).require(self.compute)
        loader = loader_of(target)
        if loader is not None:
            loader.require()
        elif not target.repository:
            raise ScoredockError(
                "compute-invalid",
                l10n.t(
                    "The compute target {name} names no registry that its nodes pull images from.", name=target.name
                ),
                l10n.t("Detach it, and attach it again with --registry HOST/PATH."),
            )
        return target

    def require_answer(self) -> None:
        """A dry run plans as well, and asks no registry: see `prepare`."""

    def _require_logins(self, cancel: CancelToken) -> None:
        """Checks the logins of cluster and registry first. Raises what these refuse with."""
        target = self.target
        connect(target.place).get("Deployment", HOST)  # there need be none: what counts is who asks
        if loader_of(target) is None:
            Destination(push=f"{target.repository}:latest").require(cancel)

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        self._require_logins(cancel)
        with storing(self.images.root):
            environment, _ = self._environment(spec, self.images.layers(progress, cancel))
        script = Path(environment.script_python) if environment.script_python else None
        further = submit_arguments(spec.spark)
        return Prepared(environment.key, Path(environment.python), script, further=further)

    def packages(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> frozenset[str] | None:
        """Names of those that a script will have in the image, before it is made; None where its base brings packages
        that nobody has looked at. Raises as `prepare`."""
        if spec.user_managed:
            return None
        layers = self.images.layers(progress, cancel)
        maker, platform = self._maker(layers), own_platform()
        with storing(self.images.root):
            base = maker.base("", spec, platform, maker.reader())
            try:
                return maker.packages(spec, platform, base)
            except Malformed as fault:
                raise base_failed(base.image.reference, fault) from None

    def again(self, key: str, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:  # noqa: ARG002 (packages are remembered by specification)
        return self.prepare(spec, progress, cancel)

    def built(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:  # noqa: ARG002 (its packages lie in an image)
        return None

    def root(self, staged: Path) -> PurePath:  # noqa: ARG002 (the same in every container)
        return IMAGE_ROOT

    def models(self, references: Iterable[str]) -> tuple[ModelFolder, ...]:
        return tuple(model_folder(self.registry.model(each), self.registry) for each in references)

    def completed(
        self, launch: Launch, environment: EnvironmentSpec, progress: Progress, cancel: CancelToken
    ) -> Launch:
        """`launch` with the image of the revision, pushed, and the cluster that it is for."""
        layers = self.images.layers(progress, cancel)
        with storing(self.images.root):
            content, base = self._environment(environment, layers)
            source = self._source(launch)
            require_room(source, base)
            target = self.target
            loader = loader_of(target)
            name = PackageName(target.repository if loader is None else HOST, launch.service)
            image = self._maker(layers).image(source, content, base, name)
            if loader is None:
                reference = _pushed(image, source, base, target.repository, layers)
            else:
                made = MadeContent(layers.store, [base], layers.cancel)
                loading = _Loading(loader, target, layers)
                try:
                    reference = loading.reference(_whole(image, source), made, launch.service, self.images.root / "tmp")
                except Malformed as fault:
                    raise base_failed(base.image.reference, fault) from None
        return autoscaled(replace(launch, image=reference, cluster=target), target, progress)

    def foreseen(self, launch: Launch, environment: EnvironmentSpec, folder: Path, cancel: CancelToken) -> Launch:
        """Same as `completed`, from what was made before: nothing is made, fetched or sent. The image is named by its
        digest where all of it but the code was made before; `launch` comes back without one where it was not. `folder`
        takes what is needed to calculate the digest."""
        target = self.target
        layers = KeptLayers.of(self.images.layers(Silent(), cancel), folder)
        maker, platform = self._maker(layers), own_platform()
        try:
            base = maker.base("", environment, platform, maker.reader(offline=True))
            content = maker.environment(environment, platform, base)
            source = self._source(launch)
            image = maker.image(source, content, base, PackageName(target.repository, launch.service))
        except (NotMadeYet, ImageMissing, Malformed):
            return replace(launch, cluster=target)
        whole = ImageSet.of([image.documents], [], annotations_of(source), platform)
        script = Path(content.script_python) if content.script_python else None
        reference = f"{target.repository}@{whole.descriptor.digest}"
        return replace(launch, image=reference, python=Path(content.python), script_python=script, cluster=target)

    def _maker(self, layers: Layers) -> ContentMaker:
        return ContentMaker(self.images, self.registry, layers)

    def _environment(self, spec: EnvironmentSpec, layers: Layers) -> tuple[EnvironmentContent, ContentBase]:
        maker, platform = self._maker(layers), own_platform()
        base = maker.base("", spec, platform, maker.reader())
        try:
            return maker.environment(spec, platform, base), base
        except Malformed as fault:
            raise base_failed(base.image.reference, fault) from None

    def _source(self, launch: Launch) -> PackageSource:
        """Nothing of one deployment but its files: its settings go into the pods, so that another deployment of the
        same files is the same image."""
        models = tuple(self.registry.model(f"{each.name}:{each.version}") for each in launch.models)
        spec = ServiceSpec(
            name=launch.service,
            revision=1,
            nonce="",
            python="",
            app_root=f"../{APP}",
            entry_script=launch.entry_script,
            source_directory=launch.source_directory,
            working_directory=launch.working_directory,
            model_dir=launch.model_dir,
            port=PORT,
            host="0.0.0.0",  # noqa: S104 (in a container)
            metrics=True,
        )
        values = cluster_values(launch.configuration)
        return PackageSource(launch.service, 1, launch.app_root, models, spec, _NOBODY, configuration=values)


def _pushed(image: ContentImage, source: PackageSource, base: ContentBase, repository: str, layers: Layers) -> str:
    """The reference by digest. Raises what a registry raises."""
    whole = _whole(image, source)
    content = MadeContent(layers.store, [base], layers.cancel)
    tag = f"{source.service}-{whole.descriptor.digest.partition(':')[2][:12]}"
    destination = Destination(push=f"{repository}:{tag}")
    address = destination.address
    if address is None:
        raise AssertionError(destination)
    sending = Sending(whole, content, destination.push, tag, layers.progress, layers.cancel)
    try:
        report = destination.send(sending, address, base_repositories(content.base_name, address))
    except Malformed as fault:
        raise base_failed(base.image.reference, fault) from None
    present = report.present_bytes + report.mounted_bytes
    layers.progress.report(
        l10n.t(
            "Sent {sent:.0f} kB of the image; the registry had {present:.0f} kB",
            sent=report.sent_bytes / 1000,
            present=present / 1000,
        )
    )
    return f"{repository}@{whole.descriptor.digest}"


@dataclass(frozen=True, slots=True)
class _Loading:
    """An image on its way into nodes."""

    loader: Loader
    target: ClusterTarget
    layers: Layers

    def reference(self, whole: ImageSet, content: MadeContent, service: str, folder: Path) -> str:
        """By a tag that stands for its content: what is loaded has no digest that nodes know. What they have already is
        not loaded again. Raises ScoredockError `image-load-failed`, `disk-full`, `cancelled`; Malformed."""
        progress = self.layers.progress
        reference = f"{HOST}/{service}:{whole.descriptor.digest.replace(':', '-')}"
        if self.loader.has(reference, connect(self.target.place)):
            progress.report(l10n.t("The nodes have the image already"))
            return reference
        make_private(folder)
        with TemporaryFolder("side-load", folder) as temporary:
            archive = temporary / "image.tar"
            write_archive(archive, [reference], whole, content, progress, self.layers.cancel)
            self.loader.load(archive, progress, self.layers.cancel)
        return reference


def _whole(image: ContentImage, source: PackageSource) -> ImageSet:
    return ImageSet.of([image.documents], [], annotations_of(source), own_platform())
