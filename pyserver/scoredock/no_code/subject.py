"""The one model that a service is to be made of, and what its file says of it. Nothing is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.pickles.scan import scan
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.assets import datasets
from scoredock.registry.formats.readers import Recognised
from scoredock.registry.formats.recognise import model_files, recognise
from scoredock.registry.grammar import printable
from scoredock.registry.records import Resources

KNOWN = "scikit-learn, ONNX, TensorFlow, Keras, MLflow, XGBoost, LightGBM, TorchScript"
_MOST_FILES = 200
_LONGEST_SAMPLE = 2_000
_FOLDERS = {"mlflow": "MLmodel", "saved-model": "saved_model.pb"}
"""Forms whose model is the folder around the file that tells them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model as the frameworks see it."""

    title: str
    """For people: `iris:1`, or the path."""
    path: str
    """Of the model file or folder, below the model folder of the service or beside the script; forward slashes."""
    place: Path
    """Where the bytes of the file that was recognised lie."""
    recognised: Recognised
    version: str
    """Of the framework: as recorded, else as the file tells it; empty when neither does."""
    registered: bool
    """Whether the service finds it in AZUREML_MODEL_DIR; else it lies beside the script."""
    sample: object = None
    """What a sample request of the person's holds as `data`; None when there is none."""
    beside: tuple[tuple[str, Path], ...] = ()
    """All files: stored path, and where the bytes lie."""
    resources: Resources = field(default_factory=Resources)

    def text_beside(self, name: str, most: int = 1 << 20) -> str:
        """A small text file of the model's own folder; empty when there is none."""
        wanted = (PurePosixPath(self.path) / name).as_posix()
        for stored, place in self.beside:
            if stored == wanted:
                try:
                    with place.open("rb") as stream:
                        content = stream.read(most + 1)
                    return content.decode("utf-8") if len(content) <= most else ""
                except (OSError, UnicodeDecodeError):
                    return ""
        return ""


def of_models(models: Sequence[ModelVersion], registry: Registry) -> Subject:
    """The registered model that a deployment names. Raises ScoredockError `no-code-models`, `no-code-framework`,
    `no-code-ambiguous`.
    """
    if len(models) != 1:
        message = l10n.t("A deployment without an entry script needs exactly one model, and none was given.")
        if models:
            message = l10n.t(
                "A deployment without an entry script needs exactly one model, and {count} were given.",
                count=len(models),
            )
        raise ScoredockError("no-code-models", message)
    model = models[0]
    files = tuple((file.path, registry.blob(file.sha256)) for file in model.files)
    path, place, recognised = _one(files, model.id, model.framework)
    declared = model.framework_version if model.framework != "Onnx" else ""
    return Subject(
        title=model.id,
        path=path,
        place=place,
        recognised=recognised,
        version=declared or recognised.version,
        registered=True,
        sample=_sample(model, registry),
        beside=files,
        resources=model.metadata.resources,
    )


def model_place(path: Path) -> Path:
    """The file or folder that is served when `path` is named: a description of a folder stands for the folder."""
    real = Path(os.path.realpath(path))
    return real.parent if real.name in _FOLDERS.values() and real.is_file() else real


def of_path(path: Path) -> Subject:
    """A model file or folder that is not registered; `MLmodel` and `saved_model.pb` mean the folder they lie in.

    Raises ScoredockError `file-not-found`, `no-code-framework`, `no-code-ambiguous`, and `model-known-bad`: the consent
    to such a model is kept with a registered version.
    """
    path = model_place(path)  # the real one: files are looked for without following links
    if not path.exists():
        raise ScoredockError(
            "file-not-found", l10n.t("The model {path} does not exist.", path=path), place=Place(str(path))
        )
    files = tuple((PurePosixPath(each.relative_to(path.parent)).as_posix(), each) for each in model_files([path]))
    model_path, place, recognised = _one(files, str(path), "")
    _, pickles = scan((real, stored) for stored, each in files if (real := each.resolve()).is_file())
    if pickles.needing_consent:
        raise ScoredockError(
            "model-known-bad",
            l10n.t("The pickles of {path} refer to {names}.", path=path, names=", ".join(pickles.bad[:5]))
            if pickles.bad
            else l10n.t("{path} contains Python code ({code}).", path=path, code="; ".join(pickles.code[:5])),
            l10n.t(
                "If you know why, register it, allow it with `scoredock model consent`, and deploy "
                "the registered model."
            ),
            place=Place(str(path)),
        )
    return Subject(str(path), model_path, place, recognised, recognised.version, registered=False, beside=files)


def _one(files: Iterable[tuple[str, Path]], title: str, declared: str) -> tuple[str, Path, Recognised]:
    """The file or folder to load. Raises ScoredockError `no-code-framework`, `no-code-ambiguous`."""
    nearest = sorted(files, key=lambda file: (file[0].count("/"), file[0]))[:_MOST_FILES]
    candidates: list[tuple[str, Path, Recognised]] = []
    for stored, place in nearest:
        name = stored.rpartition("/")[2]
        recognised = recognise(place.resolve(), name)
        if recognised is None:
            continue
        if recognised.form in _FOLDERS and name == _FOLDERS[recognised.form]:
            return PurePosixPath(stored).parent.as_posix(), place, recognised  # it speaks for the folder it lies in
        candidates.append((stored, place, recognised))
    able = [each for each in candidates if each[2].form]
    if len(able) == 1:
        return able[0]
    if able:
        names = ", ".join(printable(stored) for stored, _, _ in able[:5])
        raise ScoredockError(
            "no-code-ambiguous", l10n.t("{model} contains several models: {files}.", model=title, files=names)
        )
    if candidates:
        text = l10n.t("{file} is {what}.", file=printable(candidates[0][0]), what=candidates[0][2].what)
    else:
        text = l10n.t("Scoredock does not recognize any of its files.")
    first = l10n.t("No entry script can be created for {model}.", model=title)
    if declared:
        first = l10n.t(
            "No entry script can be created for {model} with the framework {framework}.",
            model=title,
            framework=printable(declared),
        )
    raise ScoredockError(
        "no-code-framework",
        f"{first} {text} {l10n.t('Supported frameworks: {names}.', names=KNOWN)}",
        details={"model": title, "framework": declared},
    )


def _sample(model: ModelVersion, registry: Registry) -> object:
    """Value of `data` in the first row of its sample dataset, when that is short."""
    reference = model.metadata.sample_input_dataset
    if not reference:
        return None
    try:
        record = registry.assets.get("dataset", reference)
        rows = datasets.rows(registry.assets, record, 0, 1).rows
        body = json.loads(rows[0]) if rows and len(rows[0]) <= _LONGEST_SAMPLE else None
    except (ScoredockError, ValueError, RecursionError):
        return None
    return body.get("data") if isinstance(body, dict) else None
