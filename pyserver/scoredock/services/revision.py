"""A revision of a service: what was asked for, and what was decided for it.

Here is the JSON in which the ledger keeps both, so that a revision starts again without the person's files. Only
`registry.assets.rows`, which stands below this package, reads two of its names as well: the image and the registered
environment that a revision uses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from scoredock.engines.base import ContainerOptions
from scoredock.engines.front_end import FrontEnd, front_end_from_json, front_end_to_json
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec, SparkSpec
from scoredock.late_dataclass import dataclass
from scoredock.registry.records import SourceControl
from scoredock.services.entry_script import EntryScript
from scoredock.services.request import DeployRequest, request_from_json, request_to_json

_FORMAT = 2
"""Of the JSON. Rows without a format are of releases before it, which wrote the same keys; a row of a newer release is
read as far as its keys are known here."""
ConfigurationValue = str | int | float | bool | None
_T = TypeVar("_T", CondaPackages, ImageSpec, SparkSpec, ContainerOptions)


@dataclass(frozen=True, slots=True)
class Origin:
    """Origin of a revision: which change made it, who asked for it, and from which commit."""

    verb: str = ""
    """deploy, update, reload or rollback; empty where a release before this one did not note it."""
    by: str = ""
    """The account."""
    source: SourceControl | None = None
    """Where the files lay in git; None outside of it."""
    of: int = 0
    """Of a rollback: the revision whose files it has."""
    content: str = ""
    """Of a rollback: digest of the person's files as they were then, which it was meant to replace; empty where they
    are those that it serves, by then or since."""
    failed: bool = False
    """Whether it never came up, so that nobody returns to it."""


@dataclass(frozen=True, slots=True)
class RevisionSpec:
    """Decisions for a revision, down to the last path."""

    script: EntryScript
    staged_script: str
    """Relative to the root of the application, forward slashes."""
    model_dir: str
    """AZUREML_MODEL_DIR relative to the root of the application."""
    environment: EnvironmentSpec
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    """The one asked for, or None for any free one."""
    registered_environment: str = ""
    """`name:version` of the record that `environment` comes from, if it comes from one."""
    front: FrontEnd = field(default_factory=FrontEnd)
    strict: bool = False
    """What `[tool.scoredock]` of the project says."""
    options: ContainerOptions = field(default_factory=ContainerOptions)
    """What a container may do and take; says nothing to an engine without any."""
    configuration: Mapping[str, ConfigurationValue] = field(default_factory=dict, hash=False)
    """What the deployment configuration says, by path and without keys; empty where there was none, or an older
    release did not keep it."""
    develop: bool = False
    """Whether a service on a compute target takes changed files while it runs."""
    working_directory: str = ""
    """Of the script, relative to the root of the application, forward slashes; empty for that root."""
    models_beside: bool = False
    """Whether the files of the models lie beside the script as well, as in the first services."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One deployed state of a service, as the ledger has it."""

    service: str
    number: int
    models: tuple[str, ...]
    """`name:version`, in the order given."""
    request: DeployRequest
    """What was asked for; an environment by the version that was meant, and `skip_checks` as it was then."""
    spec: RevisionSpec | None
    """None where a row tells nothing that can be understood."""
    environment_key: str
    python: str
    created: float
    """Seconds since the epoch."""
    is_reload: bool = False
    """Whether it differs from the one before in the person's files only."""
    origin: Origin = field(default_factory=Origin)


def revision_to_text(
    request: DeployRequest, spec: RevisionSpec | None, *, is_reload: bool = False, origin: Origin | None = None
) -> str:
    """The JSON of the ledger as text."""
    return json.dumps(revision_to_json(request, spec, is_reload=is_reload, origin=origin))


def revision_to_json(
    request: DeployRequest, spec: RevisionSpec | None, *, is_reload: bool = False, origin: Origin | None = None
) -> dict[str, Any]:
    """The JSON of the ledger; the flag `overwrite` of one call is not part of what is deployed."""
    raw: dict[str, Any] = {**request_to_json(request), "format": _FORMAT, "checks_skipped": request.skip_checks}
    if spec is not None:
        raw["resolved"] = _spec_to_json(spec)
    if is_reload:
        raw["reload"] = True
    if origin is not None and origin != Origin():
        raw["origin"] = asdict(origin)
    return raw


def with_origin(text: str, origin: Origin) -> str:
    """The JSON of the ledger with another origin; as it was where it makes no sense."""
    try:
        return json.dumps({**json.loads(text), "origin": asdict(origin)})
    except (TypeError, ValueError, RecursionError):
        return text


def revision_from_text(
    text: str, *, service: str, number: int, models: tuple[str, ...], environment_key: str, python: str, created: float
) -> Revision:
    """Revision from the text of `revision_to_text`. Never raises for a row that makes no sense: a list of services must
    not fail for one."""
    request, spec, is_reload, origin = DeployRequest(name=service), None, False, Origin()
    try:
        raw = json.loads(text)
        request = replace(request_from_json({"name": service, **raw}), skip_checks=bool(raw.get("checks_skipped")))
        is_reload = "reload" in raw
        origin = _origin_from_json(raw.get("origin"))
        spec = _spec_from_json(raw["resolved"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        pass
    return Revision(service, number, models, request, spec, environment_key, python, created, is_reload, origin)


def _origin_from_json(raw: object) -> Origin:
    """Origin from its JSON; an empty one if it is not valid."""
    if not isinstance(raw, Mapping):
        return Origin()
    source, of = raw.get("source"), raw.get("of")
    return Origin(
        verb=str(raw.get("verb") or ""),
        by=str(raw.get("by") or ""),
        source=_source_from_json(source) if isinstance(source, Mapping) else None,
        of=of if isinstance(of, int) else 0,
        content=str(raw.get("content") or ""),
        failed=raw.get("failed") is True,
    )


def _source_from_json(raw: Mapping[str, Any]) -> SourceControl:
    dirty = raw.get("dirty")
    return SourceControl(
        str(raw.get("commit") or ""), str(raw.get("branch") or ""), dirty if isinstance(dirty, bool) else None
    )


def require_trustworthy(text: str) -> None:
    """Raises ValueError for the JSON of a revision from elsewhere that is none, or that puts its files elsewhere."""
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError("a revision that cannot be understood")
    spec = raw.get("resolved")
    for key in ("staged_script", "model_dir", "working_directory"):
        path = spec.get(key, "") if isinstance(spec, dict) else ""
        if not isinstance(path, str) or path.startswith("/") or "\\" in path or ".." in path.split("/"):
            raise ValueError("a revision whose files lie elsewhere")


def names_a_spec(raw: object) -> bool:
    """True if JSON that was read holds what was decided, so that the revision can be started."""
    return isinstance(raw, dict) and isinstance(raw.get("resolved"), dict)


def _spec_to_json(spec: RevisionSpec) -> dict[str, Any]:
    environment = spec.environment
    return {
        "entry_script": str(spec.script.path),
        "source_directory": str(spec.script.source_directory) if spec.script.source_directory else "",
        "staged_script": spec.staged_script,
        "model_dir": spec.model_dir,
        "variables": dict(spec.variables),
        "port": spec.port,
        "registered_environment": spec.registered_environment,
        "front_end": front_end_to_json(spec.front),
        "strict": spec.strict,
        "options": asdict(spec.options),
        "configuration": dict(spec.configuration),
        "develop": spec.develop,
        "working_directory": spec.working_directory,
        "models_beside": spec.models_beside,
        "environment": {
            "python": environment.python,
            "python_is_wish": environment.python_is_wish,
            "requirements": list(environment.requirements),
            "fallback": None if environment.fallback is None else list(environment.fallback),
            "source": environment.source,
            "display_name": environment.display_name,
            "conda": asdict(environment.conda) if environment.conda else None,
            "conda_way": asdict(environment.conda_way) if environment.conda_way else None,
            "of_conda": list(environment.of_conda),
            "image": asdict(environment.image),
            "user_managed": environment.user_managed,
            "interpreter": environment.interpreter,
            "spark": asdict(environment.spark) if environment.spark else None,
        },
    }


def _spec_from_json(raw: Mapping[str, Any]) -> RevisionSpec:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is none."""
    directory = str(raw.get("source_directory") or "")
    port = raw.get("port")
    return RevisionSpec(
        script=EntryScript(Path(str(raw["entry_script"])), Path(directory) if directory else None),
        staged_script=str(raw["staged_script"]),
        model_dir=str(raw["model_dir"]),
        environment=_environment_from_json(raw["environment"]),
        variables={str(name): str(value) for name, value in (raw.get("variables") or {}).items()},
        port=port if isinstance(port, int) else None,
        registered_environment=str(raw.get("registered_environment") or ""),
        front=front_end_from_json(raw.get("front_end")),
        strict=raw.get("strict") is True,
        options=_of_class(ContainerOptions, raw.get("options")),
        configuration={str(name): value for name, value in (raw.get("configuration") or {}).items()},
        develop=raw.get("develop") is True,
        working_directory=str(raw.get("working_directory") or ""),
        models_beside=raw.get("models_beside") is True,
    )


def _environment_from_json(raw: Mapping[str, Any]) -> EnvironmentSpec:
    fallback, conda, image, spark, way = (raw.get(key) for key in ("fallback", "conda", "image", "spark", "conda_way"))
    return EnvironmentSpec(
        python=raw.get("python"),
        python_is_wish=raw.get("python_is_wish") is True,
        requirements=tuple(raw["requirements"]),
        source=str(raw["source"]),
        display_name=str(raw["display_name"]),
        fallback=None if fallback is None else tuple(fallback),
        conda=_of_class(CondaPackages, conda) if isinstance(conda, Mapping) else None,
        conda_way=_of_class(CondaPackages, way) if isinstance(way, Mapping) else None,
        of_conda=tuple(raw.get("of_conda") or ()),
        image=_of_class(ImageSpec, image),
        user_managed=raw.get("user_managed") is True,
        interpreter=str(raw.get("interpreter") or ""),
        spark=_of_class(SparkSpec, spark) if isinstance(spark, Mapping) else None,
    )


def _of_class(kind: type[_T], raw: object) -> _T:
    """Plain data as one of our frozen classes; keys of a newer release are passed over, lists become tuples."""
    names = {each.name for each in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in raw.items() if isinstance(raw, Mapping) else ():
        if key in names:
            values[key] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
