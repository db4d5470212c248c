"""Writes a package as a folder that `docker build` turns into an image where there is no Scoredock."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from scoredock import l10n
from scoredock.environments.spark import JAVA_MODULE, brings_java
from scoredock.errors import Place, ScoredockError
from scoredock.images.members import LayerMember
from scoredock.late_dataclass import dataclass
from scoredock.packaging import managed_python
from scoredock.packaging.base import Foundation
from scoredock.packaging.code import Code, code_of, copy_code, removed_meanwhile
from scoredock.packaging.conda import LOCK, CondaPart, write_conda
from scoredock.packaging.dockerfile import (
    MANAGED_SCRIPT,
    OLD_PIP,
    SERVER_REQUIREMENTS,
    UNCHECKED,
    BaseStart,
    Installation,
    Layout,
    folder_dockerfile,
)
from scoredock.packaging.lock import CARRIED, PackageLock
from scoredock.packaging.package import (
    APP,
    EPOCH,
    MODEL_MAP,
    MODELS,
    SERVICE,
    Digests,
    Packaged,
    PackageName,
    PackageSource,
    model_map,
)
from scoredock.packaging.readme import readme
from scoredock.packaging.sbom import SBOM, sbom
from scoredock.packaging.sums import SUMS, context_digest, sha256_of, summed, sums_text
from scoredock.packaging.texts import ENVIRONMENT, NOT_IN_THE_IMAGE, dockerignore
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFolder
from scoredock_runtime.contract import SPEC_FILE, to_json

_OLD_PIP = "pip==21.3.1 --hash=sha256:deaf32dcd9ab821e359cd8330786bcd077604b5c5730c0b096eda46f95c24a2d\n"
"""The last for Python 3.6; 3.7 and 3.8 run it as well."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Inputs of a folder besides the source: it installs the environment itself."""

    lock: PackageLock
    wheel: Path
    """Of the scoring runtime."""
    base: Foundation
    version: str
    """Of Scoredock."""
    conda: CondaPart | None = None
    managed: bool = False
    """The base brings the packages of the environment."""
    interpreter: str = ""
    """`interpreterPath` of a managed one."""
    notes: tuple[str, ...] = ()
    """What is different from the environment of the service, one sentence each."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """Of pip's packages, by canonical name, as far as they are known here."""
    python: str = ""
    """`3.11`: what the lock is for, where the base brings Python."""
    files: tuple[Path, ...] = ()
    """Those of the lock that come along."""
    server: PackageLock | None = None
    """What the scoring runtime needs, where it has an environment of its own; None where it shares the script's."""
    start: BaseStart | None = None
    """Where the base image starts the service."""

    @property
    def installation(self) -> Installation:
        return Installation(
            self.wheel.name,
            f"scoredock-runtime=={self.wheel.name.split('-')[1]}",
            hashed=self.lock.hashed,
            has_files=bool(self.files),
            has_unchecked=bool(self.lock.unchecked),
            conda=self.conda is not None,
            along=self.conda is not None and bool(self.conda.files),
            managed=self.managed,
            interpreter=self.interpreter,
            java=self._java,
            python=self.python,
            beside=self.server is not None,
            server_hashed=self.server is not None and self.server.hashed,
            start=self.start,
        )

    @property
    def _java(self) -> str:
        python = self.conda.lock.python if self.conda is not None else self.python
        if not python or not brings_java(package.requirement for package in self.lock.packages):
            return ""
        return f"{ENVIRONMENT}/lib/python{'.'.join(python.split('.')[:2])}/site-packages/{JAVA_MODULE}"


def require_new_or_empty(target: Path) -> None:
    """Raises ScoredockError `package-target-not-empty`, `file-not-found` (no such parent), `file-unreadable`."""
    place = Place(str(target))
    try:
        if any(target.iterdir()):
            raise ScoredockError(
                "package-target-not-empty", l10n.t("{folder} is not empty.", folder=target), place=place
            )
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise ScoredockError(
                "file-not-found", l10n.t("The folder {folder} does not exist.", folder=target.parent), place=place
            ) from None
    except NotADirectoryError:
        raise ScoredockError(
            "package-target-not-empty", l10n.t("{path} is not a folder.", path=target), place=place
        ) from None
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {error}.", path=target, error=error.strerror),
            place=place,
        ) from None


def write_folder(
    source: PackageSource,
    ingredients: Ingredients,
    name: PackageName,
    target: Path,
    registry: Registry,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """Write the folder, complete or not at all.

    Raises ScoredockError `disk-full` and its like, `model-damaged`, `cancelled`, `package-not-portable`,
    `base-image-invalid`, `service-state-invalid` when the staged files go meanwhile.
    """
    require_new_or_empty(target)
    progress.report(l10n.t("Writing {image}", image=name.reference))
    with storing(target), FreshFolder.beside(target) as fresh:
        code = code_of(source, cancel)
        if ingredients.server is not None:
            source = replace(source, spec=replace(source.spec, script_python=f"{ENVIRONMENT}/bin/python"))
        source = replace(source, notes=(*source.notes, *code.notes))
        _write_content(source, code, ingredients, fresh.path, registry, progress, cancel)
        packaged = _write_texts(source, ingredients, name, fresh.path, target, cancel)
        settle(fresh.path)
        cancel.raise_if_cancelled()
        fresh.publish(target)
    return packaged


def _write_content(
    source: PackageSource,
    code: Code,
    ingredients: Ingredients,
    root: Path,
    registry: Registry,
    progress: Progress,
    cancel: CancelToken,
) -> None:
    """All that the image is made from, Dockerfile included."""
    app = root / APP
    layout = _write_code(source, code, app, cancel)
    for model in source.models:
        cancel.raise_if_cancelled()
        progress.report(l10n.t("Writing model {id}", id=model.id))
        registry.materialise(model, app / MODELS / model.name / str(model.version), cancel=cancel)
    (app / MODELS).mkdir(exist_ok=True)
    (root / SERVICE).mkdir()
    write(root / SERVICE / SPEC_FILE, to_json(source.spec) + "\n")
    write(root / "requirements.txt", ingredients.lock.text)
    if ingredients.lock.unchecked:
        write(root / UNCHECKED, ingredients.lock.unchecked_text)
    for file in ingredients.files:
        (root / CARRIED).mkdir(exist_ok=True)
        shutil.copyfile(file, root / CARRIED / file.name)
    if ingredients.server is not None:
        write(root / SERVER_REQUIREMENTS, ingredients.server.text)
        write(root / OLD_PIP, _OLD_PIP)
    shutil.copyfile(ingredients.wheel, root / ingredients.wheel.name)
    for member in ingredients.base.members:
        cancel.raise_if_cancelled()
        _copy_member(member, root / member.path)
    if ingredients.conda is not None:
        write_conda(ingredients.conda, root, cancel)
    if ingredients.managed:
        write(root / MANAGED_SCRIPT, Path(managed_python.__file__).read_text("utf-8"))
    text = folder_dockerfile(source, ingredients.base, ingredients.installation, layout)
    write(root / "Dockerfile", text)
    write(root / ".dockerignore", dockerignore())


def _write_code(source: PackageSource, code: Code, app: Path, cancel: CancelToken) -> Layout:
    """Script and source directory, with the list of models that Azure ML's images hold beside them."""
    try:
        copy_code(code, app, cancel)
    except FileNotFoundError as error:
        raise removed_meanwhile(source, error) from None
    write(app / MODEL_MAP, json.dumps(model_map(source.model_ids, source.account), indent=2) + "\n")
    found = sorted(app.iterdir(), key=lambda each: each.name)
    return Layout(
        tuple(each.name for each in found if each.is_dir()), tuple(each.name for each in found if not each.is_dir())
    )


def _write_texts(
    source: PackageSource, ingredients: Ingredients, name: PackageName, root: Path, target: Path, cancel: CancelToken
) -> Packaged:
    """Writes the files about the package, and its checksums."""
    lock = ingredients.lock
    _readable(root)
    # Models were compared with their digests while they were written, and may be gigabytes.
    files = summed(root, cancel, _digests_of_models(source))
    package = Packaged(
        name=name,
        base_image=ingredients.base.name,
        digests=Digests(
            context=context_digest(files, [each for each in NOT_IN_THE_IMAGE if each != "Dockerfile"]),
            lock=_digest_of_locks(root, ingredients.conda),
        ),
        notes=(
            *source.notes,
            *ingredients.notes,
            *lock.notes,
            *_missing_hashes(lock),
            *(_missing_hashes(ingredients.server) if ingredients.server is not None else ()),
            *(ingredients.conda.notes if ingredients.conda else ()),
        ),
        folder=target,
        variables=source.spec.environment,
        keys=source.asks_for_keys,
    )
    runtime = ingredients.wheel.name.split("-")[1]
    digest = sha256_of(ingredients.wheel)
    conda = ingredients.conda.lock.packages if ingredients.conda else ()
    images = ingredients.base.images
    server = ingredients.server.packages if ingredients.server is not None else ()
    packages = (*lock.packages, *server)
    bill = sbom(source, name, images, packages, runtime, digest, ingredients.version, conda, ingredients.licences)
    write(root / SBOM, bill)
    write(root / "README.md", readme(package, source, ingredients))
    _readable(root)
    files = summed(root, cancel, {file.path: file.sha256 for file in files})
    write(root / SUMS, sums_text(files))
    (root / SUMS).chmod(0o644)
    return replace(
        package,
        digests=replace(package.digests, tree=sha256_of(root / SUMS)),
        size=sum(file.size for file in files),
    )


def _digests_of_models(source: PackageSource) -> dict[str, str]:
    return {
        f"{APP}/{MODELS}/{model.name}/{model.version}/{file.path}": file.sha256
        for model in source.models
        for file in model.files
    }


def _missing_hashes(lock: PackageLock) -> tuple[str, ...]:
    without = [package.name for package in lock.packages if not package.hashes]
    if not without:
        return ()
    return (
        l10n.t(
            "The lock has no hash of {packages}, so pip does not check it while the image is built.",
            packages=", ".join(without[:5]),
        ),
    )


def _digest_of_locks(root: Path, conda: CondaPart | None) -> str:
    pip = sha256_of(root / "requirements.txt")
    return pip if conda is None else hashlib.sha256(f"{sha256_of(root / LOCK)}\0{pip}".encode()).hexdigest()


def _copy_member(member: LayerMember, target: Path) -> None:
    """A file that the person's own instructions copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(member.content, Path):
        shutil.copyfile(member.content, target)
    target.chmod(member.mode)


def _readable(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
        else:
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def settle(root: Path) -> None:
    """Give all of it one time of change: layers hold it, and equal packages are to make equal layers."""
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, (EPOCH, EPOCH))
    root.chmod(0o755)
    os.utime(root, (EPOCH, EPOCH))


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")
