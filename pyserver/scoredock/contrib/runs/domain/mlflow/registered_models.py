"""The model registry of an MLflow server, over its REST API 2.0: versions, aliases and tags, read and written.

What a server answers is taken for what anybody could have sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.records import LONGEST_VALUE, MOST_LABELS, is_id
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable

if TYPE_CHECKING:
    from scoredock.contrib.runs.domain.mlflow.connection import TrackingConnection

_API = "/api/2.0/mlflow"
_REFERENCE = re.compile(r"models:/+([^/@]+)(?:/([0-9]+)|@([^/@]+)|/([A-Za-z]+))")
_MOST_VERSIONS = 10_000
_A_PAGE = 200
_STAGES = ("staging", "production", "archived", "none")
DIGEST_TAG, MODEL_TAG = "scoredock.digest", "scoredock.model"
"""Of a version that was pushed from here."""
_LONGEST_TAG = 5_000
_LONGEST_TAG_NAME = 250


@dataclass(frozen=True, slots=True)
class RegistryVersion:
    """A version of a registered model."""

    name: str
    version: int
    source: str
    """Where its files are, as MLflow writes it."""
    run_id: str
    description: str
    tags: Mapping[str, str]

    @property
    def reference(self) -> str:
        return f"models:/{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Reference such as `models:/NAME/VERSION`, `models:/NAME@ALIAS` or `models:/NAME/STAGE`; with none of them, the
    newest version.
    """

    name: str
    version: int | None
    alias: str
    stage: str = ""

    @property
    def words(self) -> str:
        """The reference as a person writes it."""
        return f"{self.name}@{self.alias}" if self.alias else f"{self.name}/{self.version or self.stage}"


def is_model_reference(text: str) -> bool:
    """True if somebody means a model of a registry of MLflow."""
    return text.startswith("models:/")


def parse_reference(text: str) -> ModelReference:
    """Raises ScoredockError `mlflow-reference-invalid`."""
    match = _REFERENCE.fullmatch(text)
    if match is not None:
        name, version, alias, word = match.groups()
        if version and len(version) < 10 and int(version) > 0:
            return ModelReference(name, int(version), "")
        if alias:
            return ModelReference(name, None, alias)
        if word and word.lower() == "latest":
            return ModelReference(name, None, "")
        if word and word.lower() in _STAGES:
            return ModelReference(name, None, "", word.capitalize())
    raise ScoredockError(
        "mlflow-reference-invalid",
        l10n.t("{reference} is not models:/NAME/VERSION or models:/NAME@ALIAS.", reference=printable(text)),
    )


class RegisteredModels:
    """Registered models of one server."""

    def __init__(self, connection: TrackingConnection) -> None:
        self._connection = connection
        self.address = connection.address
        self._has_aliases: bool | None = None

    def version(self, reference: ModelReference) -> RegistryVersion:
        """Raises ScoredockError `mlflow-model-missing`."""
        if reference.stage:
            return self._of_stage(reference)
        if reference.alias:
            answer = self._get("registered-models/alias", name=reference.name, alias=reference.alias)
            if answer is None and not self.has_aliases():
                raise self._too_old(reference.alias)
        elif reference.version is not None:
            answer = self._get("model-versions/get", name=reference.name, version=str(reference.version))
        else:
            versions = self.versions(reference.name)
            if not versions:
                raise self._missing(reference.name)
            return max(versions, key=lambda each: each.version)
        version = _version((answer or {}).get("model_version"))
        if version is None or version.name != reference.name:
            raise self._missing(reference.words)
        return version

    def _of_stage(self, reference: ModelReference) -> RegistryVersion:
        """The newest version of a stage, which MLflow had before aliases."""
        body = {"name": reference.name, "stages": [reference.stage]}
        try:
            answer = self._connection.post(f"{_API}/registered-models/get-latest-versions", body)
        except ScoredockError as error:
            if _is_no_route(error):
                raise ScoredockError(
                    "mlflow-reference-invalid",
                    l10n.t(
                        "models:/{reference} names a stage, which {address} no longer has.",
                        reference=printable(reference.words),
                        address=self.address,
                    ),
                ) from None
            if error.details.get("status") != "404":
                raise
            answer = {}
        items = answer.get("model_versions")
        versions = [_version(each) for each in items] if isinstance(items, list) else []
        fitting = [each for each in versions if each is not None and each.name == reference.name]
        if not fitting:
            raise self._missing(reference.words)
        return max(fitting, key=lambda each: each.version)

    def has_aliases(self) -> bool:
        """True if the server is of MLflow 2.3 or newer; an older one has no route for them."""
        if self._has_aliases is None:
            try:
                self._connection.get(f"{_API}/registered-models/alias", {"name": "-", "alias": "-"})
                self._has_aliases = True
            except ScoredockError as error:
                if not error.details.get("status"):
                    raise
                self._has_aliases = not _is_no_route(error)
        return self._has_aliases

    def _too_old(self, alias: str) -> ScoredockError:
        return ScoredockError(
            "mlflow-reference-invalid",
            l10n.t(
                "{address} has no aliases, so that nothing there is @{alias}: it is older than MLflow 2.3.",
                address=self.address,
                alias=printable(alias),
            ),
            l10n.t("Name a version or a stage: models:/NAME/1, models:/NAME/Production."),
        )

    def versions(self, name: str) -> list[RegistryVersion]:
        """Versions of a name; empty if the registry has no such model."""
        versions: list[RegistryVersion] = []
        page = ""
        while len(versions) <= _MOST_VERSIONS:
            query = {"filter": f"name={_quoted(name)}", "max_results": str(_A_PAGE)}
            answer = self._connection.get(
                f"{_API}/model-versions/search", {**query, **({"page_token": page} if page else {})}
            )
            items = answer.get("model_versions")
            some = [_version(each) for each in items] if isinstance(items, list) else []
            versions += [each for each in some if each is not None and each.name == name]
            page = str(answer.get("next_page_token") or "")
            if not page or not some:
                break
        return versions

    def aliases(self, name: str) -> dict[str, int]:
        """Alias → version; none where the registry has no such model."""
        answer = self._get("registered-models/get", name=name) or {}
        model = answer.get("registered_model")
        listed = model.get("aliases") if isinstance(model, dict) else None
        aliases = {}
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and str(each.get("version", "")).isdigit():
                aliases[str(each.get("alias"))[:LONGEST_VALUE]] = int(each["version"])
        return aliases

    def require_model(self, name: str) -> None:
        """Makes the registered model where it is missing."""
        if self._get("registered-models/get", name=name) is None:
            try:
                self._connection.post(f"{_API}/registered-models/create", {"name": name})
            except ScoredockError:
                # Somebody else may have made it meanwhile.
                if self._get("registered-models/get", name=name) is None:
                    raise

    def create_version(
        self, name: str, source: str, run_id: str, description: str, tags: Mapping[str, str]
    ) -> RegistryVersion:
        """Raises what the server refuses."""
        body = {
            "name": name,
            "source": source,
            "run_id": run_id,
            "description": description,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        version = _version(self._connection.post(f"{_API}/model-versions/create", body).get("model_version"))
        if version is None:
            raise ScoredockError(
                "run-server-refused", l10n.t("{address} made no version of {name}.", address=self.address, name=name)
            )
        return version

    def set_alias(self, name: str, alias: str, version: int) -> None:
        body = {"name": name, "alias": alias, "version": str(version)}
        self._connection.post(f"{_API}/registered-models/alias", body)

    def set_tag(self, version: RegistryVersion, key: str, value: str) -> None:
        body = {"name": version.name, "version": str(version.version), "key": key, "value": value}
        self._connection.post(f"{_API}/model-versions/set-tag", body)

    def _get(self, path: str, **query: str) -> dict[str, Any] | None:
        """None for what the server does not have."""
        try:
            return self._connection.get(f"{_API}/{path}", query)
        except ScoredockError as error:
            # An alias that is not there is answered with 400.
            if error.details.get("status") == "404" or (
                error.details.get("status") == "400" and path == "registered-models/alias"
            ):
                return None
            raise

    def _missing(self, what: str) -> ScoredockError:
        return ScoredockError(
            "mlflow-model-missing",
            l10n.t("The registry of {address} has no {model}.", address=self.address, model=printable(what)),
        )


def _is_no_route(error: ScoredockError) -> bool:
    """True if a server has no such route: then it answers without a code of MLflow's."""
    return error.details.get("status") in ("404", "405") and not error.details.get("errorCode")


def tags_for(tags: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Tags that a server takes, and the names of the others."""
    kept = {key: value for key, value in tags.items() if len(key) <= _LONGEST_TAG_NAME and len(value) <= _LONGEST_TAG}
    return kept, [key for key in tags if key not in kept]


def artifact_place(run_uri: str, name: str) -> str:
    """The path by which a server takes a file of a run over HTTP.

    Raises ScoredockError `mlflow-push-unsupported` for a server that keeps files elsewhere.
    """
    scheme, _, rest = run_uri.partition(":")
    if scheme != "mlflow-artifacts":
        raise ScoredockError(
            "mlflow-push-unsupported",
            l10n.t("The server keeps files of runs at {uri}, to which it passes nothing on.", uri=printable(run_uri)),
        )
    path = rest.lstrip("/") if not rest.startswith("//") else rest[2:].partition("/")[2]
    return f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{path}/{name}')}"


def _version(document: Any) -> RegistryVersion | None:
    if not isinstance(document, dict) or not str(document.get("version", "")).isdigit():
        return None
    run_id = document.get("run_id")
    tags = document.get("tags")
    return RegistryVersion(
        name=_text(document, "name"),
        version=int(document["version"]),
        source=_text(document, "source"),
        run_id=str(run_id) if is_id(run_id) else "",
        description=_text(document, "description"),
        tags={
            _text(each, "key"): _text(each, "value")
            for each in (tags if isinstance(tags, list) else [])[:MOST_LABELS]
            if isinstance(each, dict) and _text(each, "key")
        },
    )


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    return value[:LONGEST_VALUE] if isinstance(value, str) else ""


def _quoted(name: str) -> str:
    """Name in the quotes of a filter; MLflow takes either sign."""
    return f'"{name}"' if "'" in name else f"'{name}'"
