"""Sources from which the runners of a written pipeline install Scoredock: wheels in the repository, an index or an
image.

All other packages come from an index, each file by its SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.pipelines.domain.written.project import ScoredockSource
from scoredock.contrib.pipelines.domain.written.steps import FOLDER, REQUIREMENTS
from scoredock.environments.pip import own_wheels
from scoredock.environments.pip.locks import entries, lock_lines, without_credentials
from scoredock.environments.pip.uv import run_uv, scratch_folder
from scoredock.environments.pip.uv_refusals import explain
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.errors import Place, ScoredockError
from scoredock.run import TimedOut
from scoredock.verb import argument
from scoredock.workspace.folder_size import byte_text

INSTALL_FROM = argument(
    "--install-from",
    help="where the runners get Scoredock: `wheels` (three files in the repository), the address of a package index"
    " that has it, or `image:` and an image of `pipeline image`; by default what the setting says, else the wheels",
    names="",
    default="",
    metavar="WHERE",
)
_OLDEST_PYTHON = "3.10"
_TIMEOUT = 900.0
_EXTRAS = "[kubernetes]"
_ATTRIBUTES = ".gitattributes"
_LINES = f"*.whl -text -diff -merge -filter\n{REQUIREMENTS} text eol=lf linguist-generated\n"
_OURS = re.compile(rf"{re.escape(REQUIREMENTS)}|{re.escape(_ATTRIBUTES)}|scoredock(_azureml|_runtime)?-[^/]+\.whl")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_HEAD = "# Written by scoredock pipeline create: what its pipelines install, each file by its SHA-256.\n"


def source_of(text: str, context: Context) -> ScoredockSource:
    """Source that was asked for, else that of the setting, else the one that fits how this Scoredock was installed.

    Raises ScoredockError `pipeline-source-invalid`.
    """
    text = text or str(context.settings.get("scoredock.pipeline.installFrom")) or _proposal(context)
    if text == "wheels":
        return ScoredockSource("wheels")
    image = text.removeprefix("image:")
    if image != text and _IMAGE.fullmatch(image):
        return ScoredockSource("image", image)
    if re.fullmatch(r"https?://[^\s/]\S*", text):
        if without_credentials(text) != text:
            raise ScoredockError(
                "pipeline-source-invalid",
                l10n.t("The address of the index holds a password, which everybody would read in the repository."),
                l10n.t("Name it without, and give pip the password on the runner, as in PIP_INDEX_URL or .netrc."),
            )
        return ScoredockSource("index", text)
    raise ScoredockError("pipeline-source-invalid", l10n.t("“{text}” is not a place for Scoredock.", text=text))


def text_of(source: ScoredockSource) -> str:
    """Text of a source, as `source_of` reads it."""
    return {"wheels": "wheels", "index": source.address, "image": f"image:{source.address}"}[source.kind]


def _proposal(context: Context) -> str:
    """The index, where this one came from one by its name; the extension installs from wheels that it carries."""
    index = str(context.settings.get("scoredock.environment.indexUrl"))
    try:
        is_of_index = not os.environ.get(VARIABLE) and distribution("scoredock").read_text("direct_url.json") is None
    except PackageNotFoundError:
        is_of_index = False
    return index if is_of_index and index else "wheels"


def own_version() -> str:
    """Raises ScoredockError `pipeline-wheels-impossible` where Scoredock was not installed as a package."""
    try:
        versions = [own_wheels.version_of(name) for name in own_wheels.DISTRIBUTIONS]
    except PackageNotFoundError as error:
        raise ScoredockError(
            "pipeline-wheels-impossible", l10n.t("{name} was not installed here as a package.", name=error.name)
        ) from None
    return versions[0]


def write_packages(source: ScoredockSource, root: Path, context: Context, operation: Operation) -> list[str]:
    """Puts what the runners install into the repository, whole, in the place of what was there; what to say of it.

    Raises ScoredockError `pipeline-wheels-impossible`, `pipeline-source-invalid`, `pipeline-exists` where something
    else is in the place, and what resolving and writing raise.
    """
    if source.kind == "image":
        return []
    version, target = own_version(), root / FOLDER
    _require_ours(target)
    index = source.address or str(context.settings.get("scoredock.environment.indexUrl"))
    with scratch_folder() as scratch:
        operation.progress.report(l10n.t("Packing Scoredock"))
        wheels = [own_wheels.pack(name, scratch) for name in own_wheels.DISTRIBUTIONS]
        operation.progress.report(l10n.t("Looking for the packages that Scoredock needs"))
        if source.kind == "index":
            lock = _resolved(scratch, [f"scoredock{_EXTRAS}=={version}"], [], index, operation)
            _require_same(lock, scratch, index, operation)
            files = {REQUIREMENTS: f"{_HEAD}--index-url {index}\n{lock}".encode()}
        else:
            ours = [f"{name} @ {file.as_uri()}" for name, file in zip(own_wheels.DISTRIBUTIONS, wheels, strict=True)]
            ours[0] = ours[0].replace(" ", f"{_EXTRAS} ", 1)
            lock = _resolved(scratch, ours, own_wheels.DISTRIBUTIONS, index, operation)
            files = {REQUIREMENTS: f"{_HEAD}{lock}".encode(), **{each.name: each.read_bytes() for each in wheels}}
    _replace(target, {**files, _ATTRIBUTES: _LINES.encode()})
    size = byte_text(sum(map(len, files.values())))
    return [
        l10n.t(
            "Commit the folder “{folder}” with the pipeline: it is {size}, and every new version of Scoredock adds as"
            " much to the repository.",
            folder=FOLDER,
            size=size,
        )
        if source.kind == "wheels"
        else l10n.t("Commit the folder “{folder}” with the pipeline.", folder=FOLDER)
    ]


def _resolved(
    scratch: Path, requirements: Sequence[str], without: Sequence[str], index: str, operation: Operation
) -> str:
    """Exact packages with the hashes of all their files, for every system and each Python that Scoredock runs on."""
    question = scratch / "requirements.in"
    question.write_text("\n".join(requirements), "utf-8")
    command = ["pip", "compile", "--universal", "--python-version", _OLDEST_PYTHON, "--generate-hashes", "--no-header"]
    command += ["--no-annotate", *(word for name in without for word in ("--no-emit-package", name)), str(question)]
    lock = _uv(command, requirements, index, operation)
    return "".join(lock_lines(requirement, hashes) for requirement, hashes in entries(lock) if hashes)


def _require_same(lock: str, scratch: Path, index: str, operation: Operation) -> None:
    """The index has this Scoredock, and not something else of its name. What is fetched is not run."""
    ours = [each for each in entries(lock) if each[0].partition("=")[0] in own_wheels.DISTRIBUTIONS]
    question, there = scratch / "ours.txt", scratch / "there"
    question.write_text("".join(lock_lines(*each) for each in ours), "utf-8")
    command = ["pip", "install", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    command += ["--target", str(there), "-r", str(question)]
    _uv(command, [name for name, _ in ours], index, operation)
    for name in own_wheels.DISTRIBUTIONS:
        package = name.replace("-", "_")
        here = dict(own_wheels.members(name))
        own = {place: content for place, content in here.items() if place.startswith(f"{package}/")}
        theirs = {path.relative_to(there).as_posix(): path for path in (there / package).rglob("*") if path.is_file()}
        if {place: _sha256(each.read_bytes()) for place, each in theirs.items()} != {
            place: _sha256(content) for place, content in own.items()
        }:
            raise ScoredockError(
                "pipeline-source-invalid",
                l10n.t(
                    "The package {name} of {index} does not hold the files of this one: it is another build, or"
                    " somebody else's.",
                    name=name,
                    index=index,
                ),
                l10n.t("Have the wheels of this version put into the index, or take `wheels`."),
            )


def _uv(command: Sequence[str], requirements: Sequence[str], index: str, operation: Operation) -> str:
    try:
        completion = run_uv(command, index_url=index, timeout=_TIMEOUT, cancel=operation.cancel)
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None
    if completion.returncode:
        raise explain(completion.stderr, requirements, "default")
    return completion.stdout


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _require_ours(target: Path) -> None:
    if not os.path.lexists(target):
        return
    is_folder = target.is_dir() and not target.is_symlink()
    others = sorted(each.name for each in target.iterdir() if not _OURS.fullmatch(each.name)) if is_folder else [FOLDER]
    if others:
        raise ScoredockError(
            "pipeline-exists",
            l10n.t("{path} holds “{name}”, which Scoredock did not write.", path=target, name=others[0]),
            l10n.t("Move it to another place, then try again."),
            place=Place(str(target)),
        )


def _replace(target: Path, files: dict[str, bytes]) -> None:
    """The folder with these files and no others, or as it was. Raises ScoredockError `disk-full` and its like."""
    from scoredock.registry.store.faults import storing
    from scoredock.temporary.fresh_files import FreshFolder

    if target.is_dir() and {each.name: each.read_bytes() for each in target.iterdir()} == files:
        return
    with storing(target), FreshFolder.beside(target) as fresh, FreshFolder.beside(target) as former:
        for name, content in files.items():
            (fresh.path / name).write_bytes(content)
        if target.exists():
            target.rename(former.path / FOLDER)
        try:
            fresh.publish(target)
        except BaseException:
            if (former.path / FOLDER).exists():
                (former.path / FOLDER).rename(target)  # as it was
            raise
