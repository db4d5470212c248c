"""Assets of a workspace, as values to be moved: registered models and environments, and services as they were deployed
last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scoredock import l10n
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.context import Context, Operation
from scoredock.contrib.migration.domain.environments import DEFAULT_PYTHON
from scoredock.contrib.migration.domain.source import (
    Broken,
    CodeSource,
    EnvironmentSource,
    ModelSource,
    Shelf,
    V1Service,
)
from scoredock.contrib.migration.verbs.project_models import source_of
from scoredock.contrib.migration.verbs.reading import code_below
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.models.conditions import query
from scoredock.registry.records import AssetRecord, ModelVersion
from scoredock.services.folders import app_root
from scoredock.services.ledger import ServiceRows
from scoredock.services.revision import Revision, RevisionSpec

_MODELS_FOLDER = "azureml-models"
_SCRIPT_BYTES = 2_000_000


class WorkspaceShelf:
    """Makes values of a workspace. What is wrong with one asset is noted for it alone."""

    def __init__(self, context: Context, operation: Operation, workspace_id: str) -> None:
        self._context = context
        self._workspace_id = workspace_id
        self._registry: Registry = context.registry(workspace_id)
        self._deployments = context.deployments(workspace_id)
        self._operation = operation
        self._broken: list[Broken] = []
        self._models: dict[str, ModelSource] = {}

    def everything(self) -> Shelf:
        """Models and environments of the workspace, and the services that have a revision. Raises cancelled."""
        models = list(self._all_models())
        environments = [each for record in self._records() if (each := self._environment_of_record(record)) is not None]
        rows = [each for each in self._deployments.ledger.all() if each.current is not None]
        return Shelf(tuple(self._services(rows)), (), tuple(models), tuple(environments), tuple(self._broken))

    def services(self, names: Sequence[str]) -> Shelf:
        """These services, with what they are made of. Raises ScoredockError `service-not-found`, cancelled."""
        rows = [self._deployments.ledger.require(name) for name in dict.fromkeys(names)]
        return Shelf(tuple(self._services(rows)), broken=tuple(self._broken))

    # ------------------------------------------------------------------------------------------ models

    def _all_models(self) -> Iterator[ModelSource]:
        summaries = self._registry.page(query(), order="name", offset=0, limit=-1).models
        for number, summary in enumerate(summaries):
            self._operation.cancel.raise_if_cancelled()
            if number % 100 == 0:
                self._operation.progress.report(l10n.t("Looking at {path}", path=summary.id))
            model = self._model(summary.id)
            if model is not None:
                yield model

    def _model(self, reference: str) -> ModelSource | None:
        """A version with its bytes; None where they are gone, which the report says once."""
        if reference not in self._models:
            try:
                version = self._registry.model(reference)
                self._models[reference] = self._source_of(version)
            except ScoredockError as error:
                self._broken.append(Broken(l10n.t("model {name}", name=reference), error.message, error.fix))
                return None
        return self._models[reference]

    def _source_of(self, version: ModelVersion) -> ModelSource:
        for file in version.files:
            place = self._registry.blob(file.sha256)
            if not place.is_file() or place.stat().st_size != file.size:
                raise ScoredockError(
                    "model-damaged",
                    l10n.t("The bytes of {path} in {model} are lost or changed.", path=file.path, model=version.id),
                )
        return source_of(version, self._context, self._workspace_id, l10n.t("model {name}", name=version.id))

    # ------------------------------------------------------------------------------------------ environments

    def _records(self) -> Sequence[AssetRecord]:
        return self._registry.assets.records("environment")

    def _environment_of_record(self, record: AssetRecord) -> EnvironmentSource | None:
        from scoredock.registry.assets.environments import resolve

        where = l10n.t("environment {name}", name=record.id)
        try:
            definition = resolve(self._registry.assets, record.id).definition
        except ScoredockError as error:
            self._broken.append(Broken(where, error.message, error.fix))
            return None
        conda = definition.conda
        if conda is None and definition.requirements is not None:
            conda = CondaSpec("project_environment", DEFAULT_PYTHON, pip=definition.requirements)
        return EnvironmentSource(
            name=record.name,
            version=str(record.version),
            conda=conda,
            image=definition.image,
            dockerfile=definition.dockerfile,
            user_managed=definition.user_managed,
            docker=definition.docker,
            has_spark=definition.spark is not None,
            unused=definition.unused,
            stack_version=definition.stack_version,
            gpu=definition.docker.gpu,
            variables=dict(definition.variables or {}),
            description=record.description,
            tags=record.tags,
            where=where,
        )

    # ------------------------------------------------------------------------------------------ services

    def _services(self, rows: Sequence[ServiceRows]) -> Iterator[V1Service]:
        for each in rows:
            self._operation.cancel.raise_if_cancelled()
            revision = each.current
            if revision is None or revision.spec is None:
                name = revision.service if revision is not None else l10n.t("a service")
                reason = l10n.t("The service {name} was never deployed, or by another release.", name=name)
                self._broken.append(Broken(name, reason, l10n.t("Deploy it once more.")))
                continue
            yield self._service(revision, revision.spec)

    def _service(self, revision: Revision, spec: RevisionSpec) -> V1Service:
        where = l10n.t("service {name}", name=revision.service)
        request = revision.request
        models = tuple(model for each in revision.models if (model := self._model(each)) is not None)
        return V1Service(
            name=revision.service,
            where=where,
            compute_type=str(spec.configuration.get("computeType") or "aci").lower(),
            values={**spec.configuration, **({"port": spec.port} if spec.port else {})},
            description=request.description,
            tags=request.tags,
            properties=request.properties,
            models=models,
            code=self._code(revision, spec, where),
            environment=self._environment(revision, spec, where),
            variables=dict(spec.variables),
            compute=request.compute,
        )

    def _code(self, revision: Revision, spec: RevisionSpec, where: str) -> CodeSource | None:
        """The staged files, which are those that answer."""
        root = app_root(self._registry.folder, revision.service, revision.number)
        script = root / spec.staged_script
        try:
            text = script.read_bytes()[:_SCRIPT_BYTES].decode("utf-8-sig")
            folder = root / spec.staged_script.split("/", 1)[0] if spec.script.source_directory else script.parent
            folder = folder if folder.is_dir() and folder in script.parents else script.parent
            return code_below(folder, script, text, where, root / _MODELS_FOLDER)
        except (OSError, ValueError, ScoredockError) as error:
            reason = l10n.t(
                "The files of revision {number} cannot be read: {error}.", number=revision.number, error=error
            )
            self._broken.append(Broken(where, reason, l10n.t("Deploy the service once more, or migrate its folder.")))
            return None

    def _environment(self, revision: Revision, spec: RevisionSpec, where: str) -> EnvironmentSource:
        if spec.registered_environment:
            for record in self._records():
                if record.id == spec.registered_environment:
                    environment = self._environment_of_record(record)
                    if environment is not None:
                        return environment
        return _of_spec(spec.environment, f"{revision.service}-env", where)


def _of_spec(spec: EnvironmentSpec, name: str, where: str) -> EnvironmentSource:
    release = re.match(r"==(\d+\.\d+)", spec.python or "")
    python = f"={release[1]}" if release else DEFAULT_PYTHON
    conda = CondaSpec(
        "project_environment",
        python,
        tuple(each for each in spec.conda.specs if not each.startswith("python")) if spec.conda else (),
        tuple(spec.requirements),
        spec.conda.channels if spec.conda else (),
    )
    image = spec.image
    return EnvironmentSource(
        name,
        conda=None if spec.user_managed else conda,
        image=image.base_image,
        dockerfile=image.base_dockerfile,
        steps="\n".join(image.steps),
        user_managed=spec.user_managed,
        has_spark=spec.spark is not None,
        gpu=image.gpu,
        where=where,
    )
