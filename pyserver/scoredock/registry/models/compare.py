"""What differs between two model versions, and nothing else. Pure: records in, differences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
        *_labels("tag", before.tags, after.tags),
        *_labels("property", before.properties, after.properties),
        *_labels("input", _tensors(before.metadata.inputs), _tensors(after.metadata.inputs)),
        *_labels("output", _tensors(before.metadata.outputs), _tensors(after.metadata.outputs)),
        *_files(before, after),
    )


def _fields(before: ModelVersion, after: ModelVersion) -> Iterator[Difference]:
    for (what, old), (_, new) in zip(_told(before), _told(after), strict=True):
        if old != new:
            yield Difference(what, old, new)


def _told(model: ModelVersion) -> Iterator[tuple[str, str]]:
    known, run, source = model.metadata, model.metadata.run, model.metadata.source
    yield "description", model.description
    yield "framework", model.framework
    yield "framework version", model.framework_version
    yield "digest", f"sha256:{model.digest}" if model.digest else ""
    yield "size", f"{model.size} bytes in {model.file_count} file{'' if model.file_count == 1 else 's'}"
    yield "pickles", model.pickle
    yield "pickle names of unknown origin", ", ".join(known.pickle.unknown)
    yield "known-bad pickle names", ", ".join(known.pickle.bad)
    yield "Python code", ", ".join(known.pickle.code)
    yield "run", model.run_id
    yield "run name", run.run_name if run is not None else ""
    yield "experiment", model.experiment
    yield "tracking store", run.store if run is not None else ""
    yield "git commit", source.commit if source is not None else ""
    yield "git branch", source.branch if source is not None else ""
    yield "git state", _state(source.dirty) if source is not None else ""
    yield "cpu", _amount(known.resources.cpu)
    yield "memory in GB", _amount(known.resources.memory_in_gb)
    yield "gpu", _amount(known.resources.gpu)
    yield "sample input dataset", known.sample_input_dataset
    yield "sample output dataset", known.sample_output_dataset
    yield "datasets", ", ".join(f"{scenario} {dataset}" for scenario, dataset in known.datasets)


def _state(dirty: bool | None) -> str:
    return "not known" if dirty is None else "with changes" if dirty else "as committed"


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
            what = "folder" if path.endswith("/") else "file"
            yield Difference(f"{what} {path}", _content(old), _content(new), (old, new))


def _all(model: ModelVersion) -> Iterator[ModelFile]:
    yield from model.files
    for path in model.folders:
        yield ModelFile(f"{path}/", 0, "")


def _content(file: ModelFile | None) -> str:
    if file is None:
        return ""
    return f"{file.size} bytes, sha256 {file.sha256[:12]}" if file.sha256 else "empty"
