"""Images for the Kubernetes engine, made as a deployment makes them: the staged files as a layer over the runtime, in
the registry of the cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scoredock.images.members import LayerMember, folder, stream_with_progress, with_folders
from scoredock.oci.archive import Archive
from scoredock.oci.content import MANIFEST, Manifest, descriptor_of
from scoredock.oci.content_store import ContentStore
from scoredock.oci.image_set import ImageSet
from scoredock.oci.images import extend
from scoredock.oci.layers import make_layer
from scoredock.oci.sources import ImageDocuments, copy_image, read_document
from scoredock.packaging.destination import Destination, Sending
from scoredock.progress import CancelToken, Silent

import docker_daemon
from cluster.running import Cluster

ROOT = "var/azureml-app"
_ACCOUNT = 1000


class ClusterImages:
    """Of one cluster; what it needs lies below `scratch`."""

    def __init__(self, cluster: Cluster, scratch: Path) -> None:
        self.repository = f"{cluster.registry}/tests/services"
        archive = scratch / "runtime.tar"
        with archive.open("wb") as stream:
            for piece in docker_daemon.docker().patient.get_image(docker_daemon.runtime_image()):
                stream.write(piece)
        self._base = Archive.open(archive)
        self._documents = self._base.resolve("", None)
        self._config = read_document(self._base, self._documents.manifest.config)
        self._store = ContentStore(scratch / "content")
        copy_image(self._base, self._documents, self._store, CancelToken())

    def of(self, root: Path) -> str:
        """The reference of an image that holds these files, by digest."""
        members: list[LayerMember] = [folder(ROOT, owner=_ACCOUNT)]
        for path in sorted(root.rglob("*")):
            inside = f"{ROOT}/{path.relative_to(root).as_posix()}"
            if path.is_dir():
                members.append(folder(inside, owner=_ACCOUNT))
            else:
                members.append(LayerMember(inside, path, path.stat().st_size, 0o644, _ACCOUNT))
        cancel = CancelToken()
        blocks = stream_with_progress(with_folders(members), "", Silent(), cancel)
        layer = make_layer(blocks, self._store, "gzip")
        content, config = extend(self._documents.manifest, self._config, [(layer, "code")], {}, {})
        self._store.put(config, "application/vnd.oci.image.config.v1+json")
        descriptor = self._store.put(content, MANIFEST)
        image = ImageDocuments(replace(descriptor_of(MANIFEST, content)), Manifest.from_bytes(content), content)
        sending = Sending(ImageSet((image,)), _Stored(self._store), "", "", Silent(), cancel)
        tag = descriptor.digest.partition(":")[2][:12]
        destination = Destination(push=f"{self.repository}:{tag}")
        address = destination.address
        assert address is not None
        destination.send(sending, address)
        return f"{self.repository}@{descriptor.digest}"


class _Stored:
    """A store as the source of images whose content it holds."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store

    def resolve(self, name: str, platform: object) -> ImageDocuments:
        raise AssertionError(name)

    def content(self, descriptor: object) -> object:
        from scoredock.packaging.content_making import MadeContent

        return MadeContent(self._store, [], CancelToken()).content(descriptor)  # type: ignore[arg-type]
