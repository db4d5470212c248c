"""Differences between two model versions, and nothing else. Pure: records in, differences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.registry.records import ModelFile, ModelVersion, Tensor


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both."""

    what: str
    """`framework`, `tag area`, `property run`, `input x`, `file outputs/model.pkl`, …"""
    before: str
    """Empty when only the second has it."""
    after: str
    """Empty when only the first has it."""
    files: tuple[ModelFile | None, ModelFile | None] = (None, None)
    """The file in the first and in the second, when it is one that differs."""


def compare(before: ModelVersion, after: ModelVersion) -> tuple[Difference, ...]:
    """The differences in metadata and files, in the order people read a model: what it is, its labels, its files.

    Name, version, and who registered when differ by nature and are left out, and so are the aliases, of which two
    versions never share one. Files are compared by digest.
    """
    return (
        *_fields(before, after),
        *_labels(l10n.t("tag"), before.tags, after.tags),
        *_labels(l10n.t("property"), before.properties, after.properties),
        *_labels(l10n.t("input"), _tensors(before.metadata.inputs), _tensors(after.metadata.inputs)),
        *_labels(l10n.t("output"), _tensors(before.metadata.outputs), _tensors(after.metadata.outputs)),
        *_files(before, after),
    )


def _fields(before: ModelVersion, after: ModelVersion) -> Iterator[Difference]:
    for (what, old), (_, new) in zip(_compared_fields(before), _compared_fields(after), strict=True):
        if old != new:
            yield Difference(what, old, new)


def _compared_fields(model: ModelVersion) -> Iterator[tuple[str, str]]:
    metadata, run, source = model.metadata, model.metadata.run, model.metadata.source
    yield l10n.t("description"), model.description
    yield l10n.t("framework"), model.framework
    yield l10n.t("framework version"), model.framework_version
    yield l10n.t("digest"), f"sha256:{model.digest}" if model.digest else ""
    yield l10n.t("size"), _size(model)
    yield l10n.t("pickles"), model.pickle
    yield l10n.t("pickle names of unknown origin"), ", ".join(metadata.pickle.unknown)
    yield l10n.t("known-bad pickle names"), ", ".join(metadata.pickle.bad)
    yield l10n.t("Python code"), ", ".join(metadata.pickle.code)
    yield l10n.t("run"), model.run_id
    yield l10n.t("run name"), run.run_name if run is not None else ""
    yield l10n.t("experiment"), model.experiment
    yield l10n.t("tracking store"), run.store if run is not None else ""
    yield l10n.t("git commit"), source.commit if source is not None else ""
    yield l10n.t("git branch"), source.branch if source is not None else ""
    yield l10n.t("git state"), _state(source.dirty) if source is not None else ""
    yield l10n.t("cpu"), _amount(metadata.resources.cpu)
    yield l10n.t("memory in GB"), _amount(metadata.resources.memory_in_gb)
    yield l10n.t("gpu"), _amount(metadata.resources.gpu)
    yield l10n.t("sample input dataset"), metadata.sample_input_dataset
    yield l10n.t("sample output dataset"), metadata.sample_output_dataset
    yield l10n.t("datasets"), ", ".join(f"{scenario} {dataset}" for scenario, dataset in metadata.datasets)


def _state(dirty: bool | None) -> str:
    if dirty is None:
        return l10n.t("not known")
    return l10n.t("with changes") if dirty else l10n.t("as committed")


def _size(model: ModelVersion) -> str:
    if model.file_count == 1:
        return l10n.t("{size} bytes in 1 file", size=model.size)
    return l10n.t("{size} bytes in {count} files", size=model.size, count=model.file_count)


def _amount(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _tensors(tensors: Iterable[Tensor]) -> dict[str, str]:
    return {tensor.name: f"{tensor.type} {tensor.shape}".strip() for tensor in tensors}


def _labels(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            yield Difference(f"{kind} {key}", old or "", new or "")


def _files(before: ModelVersion, after: ModelVersion) -> Iterator[Difference]:
    old_files = {file.path: file for file in _all(before)}
    new_files = {file.path: file for file in _all(after)}
    for path in sorted({*old_files, *new_files}):
        old, new = old_files.get(path), new_files.get(path)
        if old is None or new is None or old.sha256 != new.sha256:
            what = l10n.t("folder") if path.endswith("/") else l10n.t("file")
            yield Difference(f"{what} {path}", _content(old), _content(new), (old, new))


def _all(model: ModelVersion) -> Iterator[ModelFile]:
    yield from model.files
    for path in model.folders:
        yield ModelFile(f"{path}/", 0, "")


def _content(file: ModelFile | None) -> str:
    if file is None:
        return ""
    return (
        l10n.t("{size} bytes, sha256 {digest}", size=file.size, digest=file.sha256[:12])
        if file.sha256
        else l10n.t("empty")
    )
