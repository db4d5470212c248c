"""Moves all assets of v1 to documents of v2: models, environments, services and batch scripts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.contrib.migration.domain.batch import batch_files
from scoredock.contrib.migration.domain.entry_script import diff, for_v2
from scoredock.contrib.migration.domain.environments import EnvironmentPlaces, migrate_environment
from scoredock.contrib.migration.domain.models import ModelPlace, ModelWriter, needs_code
from scoredock.contrib.migration.domain.names import endpoint_name
from scoredock.contrib.migration.domain.online import OnlineFiles, online_files
from scoredock.contrib.migration.domain.report import Copied, Outcome
from scoredock.contrib.migration.domain.source import BatchSource, CodeSource, EnvironmentSource, Shelf, V1Service
from scoredock.contrib.migration.domain.yaml_text import document_text
from scoredock.formats.v2.kinds import V2Kind

DEPLOYMENT = "blue"
_AZURE = ("AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT", "AML_APP_ROOT", "EXAMPLE_ENV_VAR")
"""Variables that Azure sets itself, and the example that v1 writes into every environment."""


def migrate(shelf: Shelf) -> Outcome:
    """Files for all assets, with the lines of `az ml` in the order that creates them in Azure."""
    return _Migration(Outcome()).run(shelf)


class _Migration:
    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._models = ModelWriter(outcome)
        self._environments = EnvironmentPlaces()
        self._endpoints: dict[str, str] = {}
        """Names that are taken, and which service of v1 has them."""
        self._later: list[str] = []
        self._deployments: dict[str, set[str]] = defaultdict(set)
        """Names by endpoint."""
        self._written_endpoints: dict[str, tuple[dict[str, Any], bool, dict[str, int]]] = {}

    def run(self, shelf: Shelf) -> Outcome:
        for broken in shelf.broken:
            self._outcome.note("broken", broken.where, "", broken.reason, broken.next_step)
        for model in shelf.models:
            self._models.write(model)
        for environment in shelf.environments:
            migrate_environment(environment, self._outcome, self._environments)
        for service in shelf.services:
            self._service(service)
        for name, (endpoint, kubernetes, shares) in self._written_endpoints.items():
            self._traffic(name, endpoint, kubernetes, shares)
        for batch in shelf.batches:
            self._batch(batch)
        self._outcome.commands += self._later
        if shelf.services:
            self._of_all()
        return self._outcome

    # ------------------------------------------------------------------------------------------ services

    def _service(self, source: V1Service) -> None:
        # The versions of an AksEndpoint are deployments of one endpoint.
        joined = source.compute_type == "aksendpoint" and source.name in self._written_endpoints
        name = source.name if joined else self._free(source)
        deployment = self._deployment_name(source, name)
        files = online_files(source, name, deployment, self._outcome)
        folder = f"endpoints/{name}"
        if not joined:
            self._write(f"{folder}/endpoint.yml", "online-endpoint", files.endpoint, files)
            self._later.append(f"az ml online-endpoint create --file {folder}/endpoint.yml")
            self._written_endpoints[name] = (files.endpoint, files.kubernetes, {})
        self._fill(source, files, f"{folder}/{deployment}")
        self._write(f"{folder}/{deployment}-deployment.yml", "online-deployment", files.deployment, files)
        all_traffic = " --all-traffic" if files.share is None and not joined else ""
        self._later.append(f"az ml online-deployment create --file {folder}/{deployment}-deployment.yml{all_traffic}")
        paths = (f"{folder}/endpoint.yml", f"{folder}/{deployment}-deployment.yml")
        self._outcome.services.setdefault(source.name, (name, *paths))
        if files.share is not None:
            self._written_endpoints[name][2][deployment] = files.share

    def _free(self, source: V1Service) -> str:
        name = endpoint_name(source.name, self._endpoints)
        self._endpoints[name] = source.where
        if name != source.name:
            message = l10n.t("The service {name} is the endpoint {new} in v2.", name=source.name, new=name)
            self._outcome.note("changes", source.where, "name", message)
        return name

    def _deployment_name(self, source: V1Service, endpoint: str) -> str:
        version = str(source.values.get("versionName") or "") if source.compute_type == "aksendpoint" else ""
        name = endpoint_name(version, self._deployments[endpoint]) if version else DEPLOYMENT
        self._deployments[endpoint].add(name)
        return name

    def _fill(self, source: V1Service, files: OnlineFiles, folder: str) -> None:
        """Model, code, environment and variables of a deployment."""
        deployment = files.deployment
        deployment["description"] = source.description
        deployment["tags"] = dict(source.tags)
        place = self._models.place(source.models, source.name)
        if place is not None:
            deployment["model"] = place.reference
        self._missing_models(source)
        if source.code is not None:
            deployment["code_configuration"] = self._code(source.code, source, place, folder)
        elif any(map(needs_code, source.models)):
            self._outcome.note(
                "absent",
                source.where,
                "entryScript",
                l10n.t("v2 serves models of MLflow and Triton without code, and no others."),
                l10n.t("Write an entry script: `scoredock model script`."),
            )
        environment = source.environment
        if environment is None and source.code is not None:
            environment = EnvironmentSource(name=f"{source.name}-env", where=source.where)
        variables: dict[str, str] = {}
        if environment is not None:
            written = migrate_environment(environment, self._outcome, self._environments)
            deployment["environment"] = written.reference
            variables = written.variables
        named = {**variables, **source.variables, **files.variables}
        deployment["environment_variables"] = {key: value for key, value in named.items() if key not in _AZURE}

    def _missing_models(self, source: V1Service) -> None:
        for name in source.missing_models:
            self._outcome.note(
                "broken",
                source.where,
                "model",
                l10n.t("The entry script loads {name}, and no such file or model was found.", name=f"“{name}”"),
                l10n.t("Write `model: azureml:NAME:VERSION` into the file of the deployment."),
            )

    def _code(
        self, code: CodeSource, source: V1Service | BatchSource, place: ModelPlace | None, folder: str
    ) -> dict[str, str]:
        changed = for_v2(code.text, source.models, is_folder=place is not None and place.is_folder)
        below = f"{folder}/code"
        script = f"{below}/{code.script}"
        origin = next((file.place for file in code.files if file.path == code.script), "")
        for file in code.files:
            if file.path != code.script:
                self._outcome.copies.append(Copied(f"{below}/{file.path}", file.place))
        self._outcome.write(script, changed.text, origin)
        if code.secrets:
            self._outcome.note(
                "changes",
                code.where,
                "sourceDirectory",
                l10n.t("Left out, because they may contain secrets: {names}.", names=", ".join(code.secrets[:8])),
                l10n.t(
                    "Give the script what it needs of them as `environment_variables`, or copy them into {folder}.",
                    folder=below,
                ),
            )
        if changed.changed:
            self._outcome.diffs.append((script, diff(script, code.text, changed.text)))
        for line, message in changed.by_hand:
            where = f"{code.where}:{line}"
            self._outcome.note(
                "changes", where, "entryScript", message, l10n.t("Change it by hand in {path}.", path=script)
            )
        if changed.imports_sdk:
            self._outcome.note(
                "changes",
                code.where,
                "azureml.core",
                l10n.t("The entry script imports azureml-core, which services of v2 do not need."),
                l10n.t("Take the import out, or list azureml-core in the conda file."),
            )
        if changed.answers_other_origins:
            self._outcome.note(
                "changes",
                code.where,
                "CORS",
                l10n.t("Endpoints of v2 do not pass on headers of CORS that a script sends."),
                l10n.t("Let a gateway such as Azure API Management answer for other origins."),
            )
        return {"code": f"./{below.split('/', 2)[2]}", "scoring_script": code.script}

    def _write(self, path: str, kind: V2Kind, values: dict[str, Any], files: OnlineFiles) -> None:
        self._outcome.write(path, document_text(kind, values, kubernetes=files.kubernetes))

    def _traffic(self, name: str, endpoint: dict[str, Any], kubernetes: bool, shares: dict[str, int]) -> None:
        if not shares:
            return
        kept = _at_most_all(shares)
        path = f"endpoints/{name}/traffic.yml"
        text = document_text("online-endpoint", {**endpoint, "traffic": kept}, kubernetes=kubernetes)
        self._outcome.write(path, text)
        self._later.append(f"az ml online-endpoint update --file {path}")
        if sum(kept.values()) != 100 or kept != shares:
            self._outcome.note(
                "changes",
                name,
                "trafficPercentile",
                l10n.t("The shares add up to {total}%, and v2 takes 0 or 100.", total=sum(shares.values())),
                l10n.t("Write the shares that were meant into {path}.", path=path),
            )

    def _of_all(self) -> None:
        """Notes what differs in v2 for every service."""
        for key, message, step in (
            (
                l10n.t("address"),
                l10n.t("The address becomes https://ENDPOINT.REGION.inference.ml.azure.com/score."),
                l10n.t("Give it to callers before the service of v1 is deleted."),
            ),
            (
                l10n.t("keys"),
                l10n.t("Keys are new, and are sent as `Authorization: Bearer KEY` as before."),
                l10n.t("Hand them out: `az ml online-endpoint get-credentials`."),
            ),
            (
                l10n.t("error codes"),
                l10n.t(
                    "An exception of the script is 424 and not 502, a time-out 408 and not 504, a full queue 429 and"
                    " not 503."
                ),
                l10n.t("Change clients that look at these codes."),
            ),
            (
                l10n.t("profiles"),
                l10n.t("`Model.profile` has no equivalent in v2."),
                l10n.t("Measure here with `scoredock service profile`."),
            ),
        ):
            self._outcome.note("changes", l10n.t("all services"), key, message, step)

    # ------------------------------------------------------------------------------------------ batches

    def _batch(self, source: BatchSource) -> None:
        name = endpoint_name(source.name, self._endpoints)
        self._endpoints[name] = source.where
        folder = f"batch-endpoints/{name}"
        endpoint, deployment = batch_files(source, name, self._outcome)
        place = self._models.place(source.models, source.name)
        if place is not None:
            deployment["model"] = place.reference
        deployment["code_configuration"] = self._code(source.code, source, place, f"{folder}/default")
        environment = source.environment or EnvironmentSource(name=f"{source.name}-env", where=source.where)
        written = migrate_environment(replace(environment), self._outcome, self._environments, serves=False)
        deployment["environment"] = written.reference
        variables = {**written.variables, **source.variables}
        if variables:
            deployment["environment_variables"] = variables
        self._outcome.write(f"{folder}/endpoint.yml", document_text("batch-endpoint", endpoint))
        self._outcome.write(f"{folder}/default-deployment.yml", document_text("batch-deployment", deployment))
        self._later += [
            f"az ml batch-endpoint create --file {folder}/endpoint.yml",
            f"az ml batch-deployment create --file {folder}/default-deployment.yml --set-default",
        ]


def _at_most_all(shares: dict[str, int]) -> dict[str, int]:
    """Shares of which the later ones are cut where all are more than 100."""
    left, kept = 100, {}
    for name, share in shares.items():
        kept[name] = min(share, left)
        left -= kept[name]
    return kept
