"""`service deploy --file`, planned: services, their names and inputs, and the endpoint before them. Nothing is
changed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import Place, ScoredockError
from scoredock.formats.v2.online_deployment import INVALID
from scoredock.formats.v2.service_name import service_name
from scoredock.late_dataclass import dataclass
from scoredock.scripts.compute_engine import placed
from scoredock.scripts.file_assets import FileAssets
from scoredock.scripts.model_choice import FilesToRegister
from scoredock.services.endpoints.from_files import EndpointTraffic, division_of, foreseen
from scoredock.services.v2_files.new_environment import NewEnvironment
from scoredock.services.v2_files.read_files import INCOMPLETE, DeploymentText, FileTexts, read_files

if TYPE_CHECKING:
    from pathlib import Path

    from scoredock.deploy_options import Auth
    from scoredock.errors import ScoredockError as Refusal
    from scoredock.progress import Progress
    from scoredock.registry import Registry
    from scoredock.service import EngineName
    from scoredock.services.deployments import Deployments
    from scoredock.services.endpoints.record import EndpointRecord
    from scoredock.services.request import DeployRequest
    from scoredock.workspace import WorkspaceInfo

_AUTH: dict[str, Auth] = {"key": "keys", "aml_token": "tokens", "aad_token": "tokens"}
_KEPT: dict[str, Auth] = {"keys": "keys", "tokens": "tokens", "": "none"}


@dataclass(frozen=True, slots=True)
class DeploymentFiles:
    """Files of one endpoint, and what is said beside them: it goes before what they say."""

    paths: tuple[Path, ...]
    name: str
    """Of the endpoint; empty for what the files say."""
    deployment: str
    """Name of the one deployment; empty for what its file says."""
    engine: EngineName
    compute: str
    auth: Auth
    overwrite: bool
    skip_checks: bool


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """One deployment before it is made."""

    text: DeploymentText
    name: str
    request: DeployRequest
    """Without what is registered first."""
    exists: bool
    model: FilesToRegister | None
    environment: NewEnvironment | None
    notes: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """True if nothing is registered first, so that all of it can be checked now."""
        return self.model is None and self.environment is None


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """All of it before anything is made."""

    name: str
    current: EndpointRecord | None
    record: EndpointRecord
    """As it will be."""
    division: EndpointTraffic
    auth: Auth
    engine: EngineName
    compute: str
    deployments: tuple[DeploymentPlan, ...]
    notes: tuple[str, ...]
    file: str


class FilesPlanner:
    """Goes from the files of one endpoint to its plan."""

    def __init__(self, files: DeploymentFiles, workspace: WorkspaceInfo, context: Context, progress: Progress) -> None:
        self._files = files
        self._progress = progress
        self._context = context
        self._workspace = workspace
        self.deployments: Deployments = context.deployments(self._workspace.id)
        self._registry: Registry = context.registry(self._workspace.id)
        self._assets = FileAssets(self._registry, self._workspace)

    def plan(self) -> EndpointPlan:
        """Plan of the endpoint and the services that the files describe. Raises ScoredockError for everything that can
        be refused before something is made; see `read_files`, and `service-exists`, `endpoint-version-unfit`,
        `endpoint-place-differs`, and for assets that are not there."""
        texts = read_files(list(self._files.paths), self._registry, skip_checks=self._files.skip_checks)
        own_name = self._endpoint_name(texts)
        name, notes = own_name.lower(), []
        if name != own_name:
            notes.append(l10n.t("The endpoint is called {name} here: names are in lower case.", name=name))
        current = self._record_of(name)
        versions = _versions(texts.deployments, self._files.deployment.lower())
        division = self._division(texts, current, list(versions))
        services = {version: self._service(name, version, current) for version in versions}
        record = self._foreseen(name, current, services, division, texts)
        compute = self._files.compute or (
            texts.endpoint.file.compute if texts.endpoint and not self._files.engine else ""
        )
        auth = self._auth(texts, current, services)
        notes += self._endpoint_notes(texts, record, auth)
        plans = tuple(
            self._deployment(text, version, services[version], auth, compute) for version, text in versions.items()
        )
        engine, place = (plans[0].request.engine, plans[0].request.compute) if plans else ("", "")
        self._require_place(current, plans)
        file = str(texts.endpoint.path) if texts.endpoint else ""
        return EndpointPlan(name, current, record, division, auth, engine, place, plans, tuple(notes), file)

    # ------------------------------------------------------------------------------------------ endpoint

    def _endpoint_name(self, texts: FileTexts) -> str:
        """Raises ScoredockError `deployment-file-invalid`, `deployment-files-incomplete`."""
        if self._files.name:
            return self._files.name
        own = texts.endpoint.file.name if texts.endpoint else ""
        for text in texts.deployments:
            endpoint = text.file.endpoint
            if not endpoint and not own:
                raise ScoredockError(
                    INVALID,
                    l10n.t("{file} does not say the endpoint that it belongs to.", file=text.path.name),
                    l10n.t("Add `endpoint_name`, or give the name before --file."),
                    place=Place(str(text.path)),
                )
            own = own or endpoint
            if endpoint and endpoint.lower() != own.lower():
                raise ScoredockError(
                    INCOMPLETE,
                    l10n.t(
                        "{file} belongs to the endpoint {endpoint}, and the other files to {own}.",
                        file=text.path.name,
                        endpoint=endpoint,
                        own=own,
                    ),
                    l10n.t(
                        "Give the files of each endpoint in a command of its own, or one name for all before --file."
                    ),
                    place=text.place("endpoint_name"),
                )
        if not own:
            raise ScoredockError(
                INVALID,
                l10n.t("The file does not say the name of the endpoint."),
                l10n.t("Add `name`, or give the name before --file."),
                place=Place(str(texts.endpoint.path)) if texts.endpoint else None,
            )
        return own

    def _record_of(self, name: str) -> EndpointRecord | None:
        from scoredock.services.endpoints.rows import EndpointRows

        row = EndpointRows(self._registry.store).one(name)
        if row is not None:
            return row.endpoint
        if self.deployments.ledger.one(name) is not None:
            raise ScoredockError(
                "service-exists",
                l10n.t("A service {name} already exists, so no endpoint can have this name.", name=name),
                l10n.t("Give another name before --file, or delete the service."),
            )
        return None

    def _division(self, texts: FileTexts, current: EndpointRecord | None, versions: Sequence[str]) -> EndpointTraffic:
        file = texts.endpoint.file if texts.endpoint else None
        if current is None and not versions:
            raise ScoredockError(
                INCOMPLETE,
                l10n.t("The workspace has no such endpoint, and no file given describes a deployment of it."),
                place=Place(str(texts.endpoint.path)) if texts.endpoint else None,
            )
        try:
            return division_of(current, versions, file.traffic if file else None, file.mirror if file else None)
        except ScoredockError as error:
            raise _at_traffic(error, texts) from None

    def _foreseen(
        self,
        name: str,
        current: EndpointRecord | None,
        services: dict[str, str],
        division: EndpointTraffic,
        texts: FileTexts,
    ) -> EndpointRecord:
        try:
            return foreseen(name, current, services, division)
        except ScoredockError as error:
            raise _at_traffic(error, texts) from None

    def _service(self, endpoint: str, version: str, current: EndpointRecord | None) -> str:
        """The one that is the version already, else that of our naming. Raises ScoredockError `service-exists` where
        that is a version of another endpoint."""
        from scoredock.services.endpoints.rows import EndpointRows

        if current is not None:
            there = next((each.service for each in current.versions if each.name == version), "")
            if there:
                return there
        name = service_name(endpoint, version)
        for row in EndpointRows(self._registry.store).all():
            other = next((each for each in row.endpoint.versions if each.service == name), None)
            if other is not None:
                raise ScoredockError(
                    "service-exists",
                    l10n.t(
                        "The service {name} is the version {version} of the endpoint {endpoint}.",
                        name=name,
                        version=other.name,
                        endpoint=row.endpoint.name,
                    ),
                    l10n.t("Give the deployment another name."),
                )
        return name

    def _auth(self, texts: FileTexts, current: EndpointRecord | None, services: dict[str, str]) -> Auth:
        """Authentication of callers: as said by hand, as the file of the endpoint says, as its versions have it, else
        by key. Raises ScoredockError `endpoint-version-unfit`."""
        credentials, ledger = self.deployments.credentials, self.deployments.ledger
        others = [
            each.service
            for each in (current.versions if current is not None else ())
            if each.name not in services and ledger.one(each.service) is not None
        ]
        present_auth = _KEPT[credentials.authenticated(others[0])] if others else ""
        wish: Auth = self._files.auth or (_AUTH[texts.endpoint.file.auth] if texts.endpoint else "")
        auth: Auth = wish or present_auth or "keys"
        if present_auth and auth != present_auth and services:
            raise ScoredockError(
                "endpoint-version-unfit",
                l10n.t(
                    "Callers of the version that is there already show {shown}, and these files ask for {auth}.",
                    shown=_shown(present_auth),
                    auth=_shown(auth),
                ),
                l10n.t("Deploy all versions of the endpoint again, or keep what its callers show."),
                place=texts.endpoint.place("auth_mode") if texts.endpoint else None,
            )
        return auth

    def _endpoint_notes(self, texts: FileTexts, record: EndpointRecord, auth: Auth) -> list[str]:
        notes = [] if texts.endpoint is None else list(texts.endpoint.file.notes)
        mode = texts.endpoint.file.auth if texts.endpoint else ""
        if mode in ("aml_token", "aad_token") and auth == "tokens":
            notes.append(
                l10n.t(
                    "auth_mode {mode}: callers show a token that `{command}` gives; Azure's tokens open nothing here.",
                    mode=mode,
                    command=f"scoredock service token {record.version(record.default).service}",
                )
            )
        elif auth == "keys" and texts.deployments:
            notes.append(
                l10n.t("Callers show a key; `{command}` prints it.", command=f"scoredock service keys {record.name}")
            )
        if texts.deployments and not any(each.share for each in record.versions):
            notes.append(
                l10n.t("The endpoint has no traffic yet; {name} answers all requests here.", name=record.default)
            )
        return notes

    # ------------------------------------------------------------------------------------------ deployments

    def _deployment(self, text: DeploymentText, version: str, service: str, auth: Auth, compute: str) -> DeploymentPlan:
        from scoredock.services.request import DeployRequest

        exists = self._exists(service, text)
        file = text.file
        settings = {name: _written(value) for name, value in file.settings.items()}
        script, source = _code(text)
        request = DeployRequest(
            name=service,
            settings=settings,
            auth=auth,
            engine=self._files.engine,
            compute=compute,
            description=file.description,
            tags=dict(file.tags),
            properties=dict(file.properties),
            environment_variables=dict(file.variables),
            overwrite=exists,
            skip_checks=self._files.skip_checks,
            entry_script=script,
            source_directory=source,
            deployment_source=str(text.path),
        )
        request = placed(request, self._workspace, self._context, self._progress)
        notes = (
            []
            if version == (self._files.deployment or file.name)
            else [l10n.t("The deployment is called {name} here.", name=version)]
        )
        notes += file.notes
        if not text.is_answered:
            notes.append(l10n.t("Without code_configuration Azure ML serves models of MLflow and Triton only."))
        models, to_register = self._assets.model(text, service, notes)
        environment, file_path, new = self._assets.environment(text, service, request.engine, notes)
        request = replace(request, models=models, environment=environment, environment_file=file_path)
        self.deployments.require_possible(request)
        return DeploymentPlan(text, version, request, exists, to_register, new, tuple(notes))

    def _exists(self, service: str, text: DeploymentText) -> bool:
        """Raises ScoredockError `service-exists` where it is not to be replaced."""
        rows = self.deployments.ledger.one(service)
        if rows is None:
            return False
        if not self._files.overwrite and self.deployments.service(service).state != "Failed":
            raise ScoredockError(
                "service-exists",
                l10n.t("The service {name} of this deployment already exists.", name=service),
                l10n.t("Add --overwrite to replace what it serves."),
                place=text.place("name"),
                details={"service": service},
            )
        return True

    def _require_place(self, current: EndpointRecord | None, plans: Sequence[DeploymentPlan]) -> None:
        """Raises ScoredockError `endpoint-place-differs`."""
        others = [
            each for each in (current.versions if current else ()) if each.name not in {one.name for one in plans}
        ]
        if current is None or not plans or not others or current.compute == plans[0].request.compute:
            return
        here = l10n.t("this machine")
        raise ScoredockError(
            "endpoint-place-differs",
            l10n.t(
                "The service {service} runs on {place}, and the endpoint {endpoint} on {other}.",
                service=plans[0].request.name,
                place=plans[0].request.compute or here,
                endpoint=current.name,
                other=current.compute or here,
            ),
        )


def _code(text: DeploymentText) -> tuple[str, str]:
    """Script and folder; both empty for a model that needs none."""
    if not text.file.script:
        return "", ""
    folder = text.path.parent
    return os.path.normpath(folder / text.file.script), os.path.normpath(folder / text.file.source)


def _versions(texts: Sequence[DeploymentText], only: str) -> dict[str, DeploymentText]:
    """By name, in their order; `only` is the name of the one that there is. Raises ScoredockError
    `deployment-file-invalid`."""
    if only and len(texts) != 1:
        raise ScoredockError(
            INVALID,
            l10n.t("--deployment names the deployment of one file, and {count} are given.", count=len(texts)),
            l10n.t("Leave it out, and write `name` into each file."),
        )
    versions: dict[str, DeploymentText] = {}
    for text in texts:
        name = only or text.file.name.lower()
        if not name:
            raise ScoredockError(
                INVALID,
                l10n.t("{file} does not say the name of the deployment.", file=text.path.name),
                l10n.t("Add `name`, such as blue, or give --deployment."),
                place=Place(str(text.path)),
            )
        if name in versions:
            raise ScoredockError(
                INVALID,
                l10n.t("Two of the files describe the deployment {name}.", name=name),
                place=text.place("name"),
            )
        versions[name] = text
    return versions


def _shown(auth: str) -> str:
    return {"keys": l10n.t("keys"), "tokens": l10n.t("tokens")}.get(auth, l10n.t("nothing"))


def _written(value: str | float | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _at_traffic(error: ScoredockError, texts: FileTexts) -> Refusal:
    if texts.endpoint is not None and error.code not in ("service-name-invalid",):
        field = "traffic" if "traffic" in texts.endpoint.file.ranges else "mirror_traffic"
        error.place = error.place or texts.endpoint.place(field)
    return error
