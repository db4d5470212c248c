"""Puts what was fetched into its place: models and environments into the workspace, endpoints and runs into a folder.

Each is there as a whole or not at all, and putting one there twice changes nothing.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Operation
from scoredock.contrib.azure.domain.documents import endpoint_files, environment_files
from scoredock.contrib.azure.domain.pull_folder import ItemOutcome, PullFolder, writing
from scoredock.contrib.azure.verbs.origin import ORIGIN, labels_of, properties_of
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import LONGEST_DESCRIPTION, fit_name
from scoredock.registry.registry import Registry
from scoredock.scripts.registrations import holds_exactly
from scoredock.temporary.fresh_files import FreshFolder

if TYPE_CHECKING:
    from scoredock.registry.records import ModelSummary

Item = Mapping[str, Any]
_MOST = 1 << 62
_OF_AUTOML = ("mlflow-model", "model.pkl", "model.pt", "model.onnx")
"""What the best child of automated ML has in its outputs, the one to register first."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Places for fetched items: models and environments in the registry, endpoints and runs in `output`."""

    registry: Registry
    folder: PullFolder
    output: Path
    operation: Operation

    def place(self, item: Item, event: Mapping[str, Any], here: Mapping[str, str]) -> ItemOutcome:
        """`event` is what the process said of it; `here` what other items have become.

        Raises ScoredockError for what ends the pull, as a full disk; what is wrong with the item alone is an outcome.
        """
        fetched = self.folder.item_folder(item["key"])
        document = json.loads((fetched / "document.json").read_text("utf-8"))
        commands: list[str] = []
        try:
            if item["kind"] == "model":
                place_of_item = self._model(item, document, fetched / "files", str(event["digest"]))
            elif item["kind"] == "environment":
                place_of_item = self._environment(item, document, fetched)
            elif item["kind"] == "service":
                place_of_item, commands = self._service(item, document, fetched, here)
            elif item["kind"] == "run":
                place_of_item = self._run(item, document, fetched / "files")
            else:
                place_of_item = self._endpoint(item, document, fetched / "files", here)
        except ScoredockError as error:
            if error.code in ENDING:
                raise
            return ItemOutcome(item["key"], "failed", code=error.code, message=error.message)
        result, place, notes = place_of_item
        return ItemOutcome(
            item["key"],
            result,
            place,
            notes=notes,
            commands=commands,
            files=int(event["files"]),
            bytes=int(event["bytes"]),
        )

    # ------------------------------------------------------------------------------------------ models

    def _model(self, item: Item, document: Mapping[str, Any], files: Path, digest: str) -> tuple[str, str, list[str]]:
        from scoredock.registry.formats.recognise import propose

        name, paths = item["here"], sorted(files.iterdir())
        notes = [] if name == item["name"] else [l10n.t("“{name}” is not a valid name here", name=item["name"])]
        same = self._same(item, name, paths)
        if same:
            return "present", same, notes
        tags, lost_tags = labels_of(document["tags"])
        properties, lost = properties_of(self.folder.workspace, item, document, digest)
        if lost or lost_tags:
            notes.append(l10n.t("without {names}, which cannot be kept here", names=", ".join([*lost_tags, *lost])))
        if item["archived"]:
            notes.append(l10n.t("archived in Azure"))
        proposal = propose(paths)
        model = self.registry.register(
            paths,
            name,
            description=_described(document["description"]),
            tags=tags,
            properties=properties,
            framework=proposal.framework,
            framework_version=proposal.framework_version,
            progress=self.operation.progress,
            cancel=self.operation.cancel,
        )
        if str(model.version) != item["version"]:
            notes.append(l10n.t("version {version} in Azure", version=item["version"]))
        return "registered", model.id, notes

    def _same(self, item: Item, name: str, paths: list[Path]) -> str:
        """A version of the name that holds these files and no others, and did not come from another one of Azure."""
        files = [each for path in paths for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file()]
        size = sum(each.stat().st_size for each in files)
        versions: list[ModelSummary] = self.registry.models(name=name)
        for version in versions:
            may_be = (version.file_count, version.size) == (len(files), size)
            of_this = version.properties.get(ORIGIN, item["key"]) == item["key"]
            if may_be and of_this and holds_exactly(self.registry, version.id, list(map(str, paths)), most=_MOST):
                return version.id
        return ""

    # ------------------------------------------------------------------------------------------ environments

    def _environment(self, item: Item, document: Mapping[str, Any], fetched: Path) -> tuple[str, str, list[str]]:
        from scoredock.registry.assets import environments
        from scoredock.services.v2_files.asset_files import described_environment

        name = item["here"]
        place = fetched / "written"
        shutil.rmtree(place, ignore_errors=True)
        with writing(place):
            place.mkdir()
            for path, text in environment_files(document, name).items():
                (place / path).write_text(text, "utf-8")
            if document["dockerfile"]:
                shutil.copytree(fetched / "files", place / "context")
        described = described_environment(place / "environment.yml", self.registry)
        if described is None:
            raise ScoredockError("environment-source-invalid", l10n.t("It has neither an image nor packages."))
        tags, _ = labels_of(document["tags"])
        before = {each.id for each in self.registry.assets.records("environment", name=name)}
        record = environments.add(
            self.registry.assets,
            name,
            described.definition,
            description=_described(document["description"]),
            tags=tags,
            cancel=self.operation.cancel,
        )
        notes = [] if name == item["name"] else [l10n.t("“{name}” is not a valid name here", name=item["name"])]
        if str(record.version) != item["version"]:
            notes.append(l10n.t("version {version} in Azure", version=item["version"]))
        return ("present" if record.id in before else "registered"), record.id, notes

    # ------------------------------------------------------------------------------------------ files

    def _endpoint(
        self, item: Item, document: Mapping[str, Any], files: Path, here: Mapping[str, str]
    ) -> tuple[str, str, list[str]]:
        kind = item["kind"].partition("-")[0]
        texts = endpoint_files(kind, document, here)
        above = "endpoints" if kind == "online" else "batch-endpoints"
        result, place = self._put(f"{above}/{item['name']}", files, texts.files)
        return result, place, list(texts.notes)

    def _service(
        self, item: Item, document: Mapping[str, Any], fetched: Path, here: Mapping[str, str]
    ) -> tuple[tuple[str, str, list[str]], list[str]]:
        """And the commands that deploy it here."""
        from scoredock.contrib.azure.verbs.service_placing import ServicePlacing

        below, place = f"services/{item['name']}", fetched / "placed"
        service = ServicePlacing(document, fetched / "files", place, self.operation)
        with writing(place):
            service.write(here, self.output / below)
        result, target = self._put(below, place, {})
        return (result, target, service.notes), service.commands

    def _run(self, item: Item, document: Mapping[str, Any], files: Path) -> tuple[str, str, list[str]]:
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        notes = [l10n.t("{name} is no longer in Azure", name=each["what"]) for each in document["notes"]]
        result, place = self._put(f"runs/{item['name']}", files, {"run.json": text})
        outputs = files / "best-child" / "outputs"
        model = next((outputs / name for name in _OF_AUTOML if (outputs / name).exists()), None)
        if model is not None:
            origin = {**document, "properties": {}, "description": document["title"], "job": document["bestChild"]}
            name = document["tags"].get("model_name") or document["properties"].get("model_name") or item["name"]
            best = {**item, "here": fit_name(name) or "automl", "name": fit_name(name) or "automl", "version": ""}
            _, registered, _ = self._model(best, origin, _folder_of_model(model), "")
            notes.append(l10n.t("its best model is {model}", model=registered))
        return result, place, notes

    def _put(self, below: str, files: Path, texts: Mapping[str, str]) -> tuple[str, str]:
        """A folder of these files, in one step. Raises ScoredockError `azure-output-differs`."""
        target = self.output / below
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with FreshFolder.beside(target) as fresh:
                shutil.copytree(files, fresh.path, dirs_exist_ok=True)
                for path, text in texts.items():
                    (fresh.path / path).parent.mkdir(parents=True, exist_ok=True)
                    (fresh.path / path).write_text(text, "utf-8")
                if not target.exists():
                    fresh.publish(target)
                    return "written", str(target)
                if _same_trees(fresh.path, target):
                    return "present", str(target)
        raise ScoredockError(
            "azure-output-differs", l10n.t("{path} is there already and has other content.", path=target)
        )


ENDING = frozenset(("disk-full", "workspace-read-only", "store-busy", "io-failed", "cancelled", "workspace-damaged"))
"""After these the next item would fail as well."""


def _described(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:LONGEST_DESCRIPTION]


def _folder_of_model(model: Path) -> Path:
    """A folder with a link to the model and nothing else."""
    folder = model.parent.parent / "alone"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if model.is_dir():
        shutil.copytree(model, folder / model.name)
    else:
        os.link(model, folder / model.name)
    return folder


def _same_trees(one: Path, other: Path) -> bool:
    comparison = filecmp.dircmp(one, other, ignore=[])
    if comparison.left_only or comparison.right_only or comparison.funny_files or comparison.common_funny:
        return False
    _, differing, errors = filecmp.cmpfiles(one, other, comparison.common_files, shallow=False)
    return not (differing or errors) and all(_same_trees(one / name, other / name) for name in comparison.common_dirs)
