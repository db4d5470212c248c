"""The person's files that an image is made of: gathered into its record, without what must not leave their folder."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.formats.signs import NEVER_PACKAGED
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.entry_script import EntryScript
from scoredock.services.lifecycle.source_tree import SourceTree, secret_of
from scoredock.services.planning.image_configuration import INFERENCE, ImageConfiguration
from scoredock.services.request import DeploySettings

_SOURCE = "app"
_BLOCK = 1 << 20
_MOST_REPORTED = 8


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Files in the record of an image."""

    content: dict[str, Iterator[bytes]]
    """The bytes of every file by its place, read when they are asked for."""
    notes: tuple[str, ...]
    """What was left out, one sentence each."""


def files_of(
    configuration: ImageConfiguration, own: Collection[Path], settings: DeploySettings, cancel: CancelToken
) -> ImageFiles:
    """The files of an image configuration. `own`: folders of ours, which never go into an image.

    What a service leaves out of a source directory is left out of the dependencies: links that lead out of them, and
    configurations that hold a secret. Raises ScoredockError `file-not-found`, `file-unreadable`, `source-too-large`,
    `image-configuration-invalid` for two files in one place or a secret in the file of the environment, `cancelled`.
    """
    paths: dict[str, Path] = {}
    script = configuration.execution_script
    environment = [path for path in (configuration.conda_file, configuration.docker_file) if path is not None]
    for path in (script, *environment):
        _require(path, folder=False)
        _put(paths, path.name, path)
    for path in environment:
        _require_no_secret(path)
    notes: list[str] = []
    for path in configuration.dependencies:
        _require(path, folder=path.is_dir())
        inside = path.relative_to(script.parent) if script.parent in path.parents else Path(path.name)
        if path.is_dir():
            tree = SourceTree(EntryScript(script, path), own, settings, cancel)
            for name, file in _files(tree, inside.parent):
                _put(paths, name, file)
            notes += _left_out(tree, inside)
        elif where := secret_of(path):
            notes.append(
                l10n.t(
                    "Left out of the image: {file}, because it holds a secret ({place})",
                    file=inside.as_posix(),
                    place=where,
                )
            )
        else:
            _put(paths, inside.as_posix(), path)
    _require_within(paths, settings)
    inference = json.dumps(_inference(configuration), indent=2) + "\n"
    files = {f"{_SOURCE}/{name}": _pieces(path) for name, path in paths.items()}
    return ImageFiles({INFERENCE: iter([inference.encode()]), **files}, tuple(notes))


def _files(tree: SourceTree, above: Path) -> Iterator[tuple[str, Path]]:
    """The files of a dependency by their places in the image, below `above`."""
    for entry in tree.entries():
        place = above / entry.name
        if not entry.is_folder and NEVER_PACKAGED.isdisjoint(place.parts):
            yield place.as_posix(), entry.path


def _left_out(tree: SourceTree, folder: Path) -> Iterator[str]:
    """Notes on what was left out of a dependency; `folder` is its place in the image. Caches are not reported."""
    for link, leads_to in sorted(tree.links_left_out.items())[:_MOST_REPORTED]:
        yield l10n.t(
            "Left out of the image: the link {link} to {target}, because it leads out of {folder} or to something that"
            " may hold secrets",
            link=(folder / link).as_posix(),
            target=leads_to,
            folder=folder.name,
        )
    for name, where in sorted(tree.secrets_left_out.items())[:_MOST_REPORTED]:
        yield l10n.t(
            "Left out of the image: {file}, because it holds a secret ({place})",
            file=(folder / name).as_posix(),
            place=where,
        )


def _require_no_secret(path: Path) -> None:
    """The record keeps what it was made of, and whoever gets a backup or the service gets it, too."""
    if where := secret_of(path):
        raise ScoredockError(
            "image-configuration-invalid",
            l10n.t(
                "{name} holds a secret ({where}), and an image keeps the files that it is made of.",
                name=path.name,
                where=where,
            ),
            l10n.t(
                "Write a placeholder that the installer fills in from the environment, such as "
                "${PIP_PASSWORD}, or give the index with its password in the configuration of pip or "
                "uv."
            ),
            place=Place(str(path)),
        )


def _require_within(paths: dict[str, Path], settings: DeploySettings) -> None:
    if len(paths) > settings.most_files:
        raise ScoredockError(
            "source-too-large", l10n.t("An image may hold {most_files:,} files.", most_files=settings.most_files)
        )
    if sum(path.stat().st_size for path in paths.values()) > settings.most_bytes:
        raise ScoredockError(
            "source-too-large",
            l10n.t("The files of an image may have {most_bytes:,} bytes.", most_bytes=settings.most_bytes),
        )


def _inference(configuration: ImageConfiguration) -> dict[str, object]:
    """The same in the words of an inference configuration of the older form."""
    fields: dict[str, object] = {
        "entryScript": configuration.execution_script.name,
        "sourceDirectory": _SOURCE,
        "runtime": configuration.runtime,
    }
    if configuration.conda_file is not None:
        fields["condaFile"] = configuration.conda_file.name
    if configuration.docker_file is not None:
        fields["extraDockerfileSteps"] = configuration.docker_file.name
    if configuration.enable_gpu:
        fields["enableGpu"] = True
    if configuration.cuda_version:
        fields["cudaVersion"] = configuration.cuda_version
    if configuration.base_image:
        fields["baseImage"] = configuration.base_image
    if configuration.base_image_registry:
        fields["baseImageRegistry"] = {"address": configuration.base_image_registry}
    return fields


def _put(paths: dict[str, Path], name: str, path: Path) -> None:
    if paths.setdefault(name, path) != path:
        raise ScoredockError(
            "image-configuration-invalid",
            l10n.t("{found} and {path} would both be {name} in the image.", found=paths[name], path=path, name=name),
            l10n.t("Rename one of them, or put it in a folder of its own."),
            place=Place(str(path)),
        )


def _require(path: Path, *, folder: bool) -> None:
    if not (path.is_dir() if folder else path.is_file()):
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path)))


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror),
            place=Place(str(path)),
        ) from error
