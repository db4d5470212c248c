"""Models of v2: model.yml with the files beside it, several models of one deployment as one folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.contrib.migration.domain.names import FolderNames, asset_name, free_asset
from scoredock.contrib.migration.domain.report import Copied, Outcome
from scoredock.contrib.migration.domain.source import ModelSource
from scoredock.contrib.migration.domain.yaml_text import document_text
from scoredock.late_dataclass import dataclass

FOLDER = "models"
"""Name of the folder that holds several models of one deployment; entry scripts look for it below AZUREML_MODEL_DIR."""
_NO_CODE = ("ScikitLearn", "Onnx", "TensorFlow")


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Reference by which a deployment names its model."""

    reference: str
    """`azureml:name:version`, or `azureml:name@latest`."""
    is_folder: bool = False
    """Whether several models lie in it, each below its name and version."""


class ModelWriter:
    """Writes each version once."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._references: dict[tuple[str, int, tuple[str, ...]], str] = {}
        self._names: dict[int, set[str]] = defaultdict(set)
        """By version."""
        self._all_names: set[str] = set()
        self._folders = FolderNames()

    def place(self, models: Sequence[ModelSource], deployment: str) -> ModelPlace | None:
        """Place of the models that a deployment loads; None if there are none. Several become one folder."""
        models = tuple({(each.name, each.version): each for each in models}.values())
        if not models:
            return None
        if len(models) == 1:
            return ModelPlace(self.write(models[0]))
        return ModelPlace(self._together(models, deployment), is_folder=True)

    def write(self, model: ModelSource) -> str:
        """The reference of one version; its files are taken along where they are on this machine."""
        key = (model.name, model.version, tuple(file.place for file in model.files))
        if key not in self._references:
            self._references[key] = self._reference(model) if not model.files else self._written(model)
        return self._references[key]

    def _add_name(self, name: str, version: int) -> None:
        self._names[version].add(name)
        self._all_names.add(name)

    def _reference(self, model: ModelSource) -> str:
        name = asset_name(model.name)
        reference = f"azureml:{name}@latest" if model.newest else f"azureml:{name}:{model.version}"
        message = l10n.t(
            "The registered model {name} is named as {reference}; it has to be in the workspace.",
            name=model.name,
            reference=reference,
        )
        self._outcome.note("maps", model.where, "model", message)
        return reference

    def _written(self, model: ModelSource) -> str:
        name = asset_name(model.name)
        name = free_asset(name, self._names[model.version])
        self._add_name(name, model.version)
        if name != model.name:
            message = l10n.t("The model {name} is called {new} in v2.", name=model.name, new=name)
            self._outcome.note("changes", model.where, "name", message)
        folder = f"models/{self._folders.of(name)}/{model.version}"
        root = model.root
        below = f"{folder}/files"
        for file in model.files:
            self._outcome.copies.append(Copied(f"{below}/{file.path}", file.place))
        if not root:
            message = l10n.t("The version consists of several files; in v2 they are in the folder “files”.")
            step = l10n.t("Entry scripts find them below AZUREML_MODEL_DIR/files.")
            self._outcome.note("changes", model.where, "model_path", message, step)
        values = {
            "name": name,
            "version": str(model.version),
            "type": _type_of(model),
            "path": f"./files/{root}" if root else "./files",
            "description": model.description,
            "tags": dict(model.tags),
            "properties": dict(model.properties),
        }
        self._register(folder, values)
        return f"azureml:{name}:{model.version}"

    def _together(self, models: Sequence[ModelSource], deployment: str) -> str:
        name = free_asset(asset_name(f"{deployment}-models"), self._all_names)
        self._add_name(name, 1)
        folder = f"models/{self._folders.of(name)}/1"
        for model in models:
            for file in model.files:
                path = f"{folder}/{FOLDER}/{model.name}/{model.version}/{file.path}"
                self._outcome.copies.append(Copied(path, file.place))
            if not model.files:
                self._missing(model, f"{folder}/{FOLDER}/{model.name}/{model.version}")
        if not any(model.files for model in models):
            self._outcome.write(f"{folder}/{FOLDER}/README.txt", _fill_in(models))
        listed = ", ".join(f"{each.name}:{each.version}" for each in models)
        self._outcome.note(
            "changes",
            deployment,
            "models",
            l10n.t(
                "A deployment of v2 has one model: {models} become {name}, with each below its name and version.",
                models=listed,
                name=name,
            ),
            l10n.t("Look at the changed paths of the entry script below."),
        )
        values = {
            "name": name,
            "version": "1",
            "type": "custom_model",
            "path": f"./{FOLDER}",
            "description": l10n.t("{models} of Azure ML v1", models=listed),
        }
        self._register(folder, values)
        return f"azureml:{name}:1"

    def _missing(self, model: ModelSource, place: str) -> None:
        self._outcome.note(
            "broken",
            model.where,
            "model",
            l10n.t("The files of {name}:{version} are not on this machine.", name=model.name, version=model.version),
            l10n.t("Download them with `az ml model download` into {place}.", place=place),
        )

    def _register(self, folder: str, values: Mapping[str, object]) -> None:
        self._outcome.write(f"{folder}/model.yml", document_text("model-asset", values))
        self._outcome.commands.append(f"az ml model create --file {folder}/model.yml")


def _fill_in(models: Sequence[ModelSource]) -> str:
    return "".join(f"{each.name}/{each.version}/\n" for each in models)


def _type_of(model: ModelSource) -> str:
    paths = {file.path for file in model.files}
    root = model.root
    if "MLmodel" in paths or f"{root}/MLmodel" in paths:
        return "mlflow_model"
    return "custom_model"


def needs_code(model: ModelSource) -> bool:
    """True if v1 serves it without code and v2 does not."""
    return model.framework in _NO_CODE and _type_of(model) != "mlflow_model"
