"""Reads what a request names (configurations, entry script, models) and makes the plan of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scoredock.checks import check, settled
from scoredock.checks.modules import imported_modules
from scoredock.configs.deployment import DeploymentConfig, parse_deployment
from scoredock.configs.facts import Facts, ModelFacts
from scoredock.configs.finding import Finding
from scoredock.configs.inference import InferenceConfig, base_folder, parse_inference
from scoredock.deploy.image_request import deployed_from
from scoredock.deploy.planning.brought_packages import with_brought
from scoredock.deploy.planning.consent import require_consent
from scoredock.deploy.planning.container_options import options_of
from scoredock.deploy.planning.environment import choose_environment, described
from scoredock.deploy.planning.front_end import Asked, asked_of
from scoredock.deploy.planning.plan import Found, Plan, make_plan, require_checked
from scoredock.deploy.planning.registered_environment import ChosenEnvironment
from scoredock.deploy.request import DeployRequest, require_service_name, require_storable
from scoredock.deploy.revision import Script
from scoredock.environments.build import BuiltEnvironment
from scoredock.environments.spec import EnvironmentSpec, for_model
from scoredock.errors import Place, ScoredockError
from scoredock.no_code.generating import Generated, prepare, prepare_path
from scoredock.project import PROJECTS
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.registry.grammar import shown

_CONFIG_BYTES = 1_000_000
_SCRIPT_BYTES = 2_000_000
_MOST_MODELS = 1_000


@dataclass(slots=True)
class _Reading:
    """What piles up while the files are read."""

    registry: Registry
    contained: bool = False
    findings: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def assets(self) -> Assets:
        return self.registry.assets

    def text(self, path: Path) -> str:
        return read_text(path, _CONFIG_BYTES)

    def facts(self, path: Path, deployed: Sequence[ModelVersion] | None = None) -> Facts:
        def listing(folder: str) -> list[str]:
            try:
                return os.listdir(folder)  # noqa: PTH208 (names only)
            except OSError:
                return []

        return Facts(
            path=str(path),
            exists=lambda name: os.path.exists(name),  # noqa: PTH110 (paths are plain text there)
            is_folder=lambda name: os.path.isdir(name),  # noqa: PTH112
            listing=listing,
            models=_by_name(self.registry.trees()) if deployed is not None else None,
            environments=environment_versions(self.registry.assets),
            deployed_models=None if deployed is None else tuple(map(_model_facts, deployed)),
            settings=PROJECTS.settings(path),
        )

    def add(self, path: Path, findings: Sequence[Finding]) -> None:
        if findings:
            # Comments and the project's settings count here as they do in the editor.
            facts = Facts(path=str(path), settings=PROJECTS.settings(path))
            findings = settled(list(findings), self.text(path), facts, unused=False)
        self.findings.extend(Found(str(path), finding) for finding in findings)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def refuse_errors(self) -> None:
        require_checked(self.findings, skip_checks=False)


def plan_request(
    request: DeployRequest,
    registry: Registry,
    built: Callable[[EnvironmentSpec], BuiltEnvironment | None] = lambda _: None,
    *,
    contained: bool = False,
) -> Plan:
    """Everything a deployment decides before it changes anything. `built` finds an environment that was made already;
    `contained` says that the engine's services run in images.

    Raises ScoredockError with the place: names and ports outside the grammar, files that are missing or unreadable,
    models that are not registered, `model-known-bad`, `check-failed`, environments that cannot be understood.
    """
    require_service_name(request.name)
    require_storable(request)
    if request.port is not None and not 0 <= request.port <= 65_535:
        raise ScoredockError("port-invalid", f"{request.port} is not a port.", details={"port": str(request.port)})
    request = deployed_from(request, registry)
    reading = _Reading(registry, contained)
    models = _models(request.models or (), reading)
    reading.notes += require_consent(models)
    config, base = _inference(request, reading)
    generated = _without_code(request, models, reading)
    try:
        script = (
            _script(request, config, base)
            if generated is None
            else Script(generated.script, generated.source_directory)
        )
    except ScoredockError:
        # A path that a configuration names wrongly is better told as a finding at its line.
        require_checked(reading.findings, request.skip_checks)
        raise
    text = read_text(script.path, _SCRIPT_BYTES)
    before = len(reading.findings)
    port, asked, wish = _deployment(request, reading)
    inner = (
        script.source_directory if script.source_directory is not None and config and config.source_directory else base
    )
    environment, refusal = ChosenEnvironment(for_model("", "")), None
    try:
        if generated is not None and not request.environment and not request.environment_file:
            needed = with_brought(generated.environment, script.path, "", reading.text)
            # What a script of ours imports is no news to the person.
            environment = ChosenEnvironment(replace(needed, notes=generated.environment.notes))
        else:
            environment = choose_environment(request, config, inner, models, reading, script.path)
    except ScoredockError as error:
        refusal = error
    facts = replace(
        reading.facts(script.path, models),
        environment=None if refusal else described(environment.spec, config, built(environment.spec)),
        configuration=request.inference_config,
        source_directory=str(script.source_directory or ""),
        alone=script.source_directory is None,
    )
    found = check(text, facts, "entry-script")
    reading.findings[before:before] = [Found(str(script.path), each) for each in found]
    if script.source_directory is not None:
        _check_modules(script, text, facts, reading)
    if refusal is not None:
        # A broken conda file is better told as a finding at its line.
        require_checked(reading.findings, request.skip_checks)
        raise refusal
    options, remarks = options_of(wish, environment.spec.image, models)
    if contained:
        reading.notes += remarks
    return make_plan(
        request.name,
        models=models,
        script=script,
        environment=environment.spec,
        registered_environment=environment.registered,
        variables=(*environment.variables, request.environment_variables or {}),
        ports=(request.port, port),
        findings=reading.findings,
        skip_checks=request.skip_checks,
        notes=reading.notes,
        asked=asked,
        strict=PROJECTS.settings(script.path).strict,
        options=options,
    )


def _check_modules(script: Script, text: str, facts: Facts, reading: _Reading) -> None:
    """What the entry script imports from its source directory fails a start just as well."""

    def read(name: str) -> str | None:
        try:
            return read_text(Path(name), _SCRIPT_BYTES)
        except ScoredockError:
            return None

    for name in imported_modules(script.path.as_posix(), text, facts.source_directory, os.path.isfile, read):
        content = read(name)
        if content is not None:
            found = check(
                content,
                replace(facts, path=name, settings=PROJECTS.settings(Path(name)), imported_by=str(script.path)),
                "module",
            )
            reading.findings.extend(Found(name, each) for each in found)


def read_text(path: Path, limit: int) -> str:
    """A text file in UTF-8. Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
    place = Place(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep the reader waiting, a device never ends
            raise ScoredockError("file-unreadable", f"{path} is not a regular file.", place=place)
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise ScoredockError("file-too-large", f"{path} is larger than {limit // 1_000_000} MB.", place=place)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise ScoredockError("file-not-found", f"{path} does not exist.", place=place) from None
    except UnicodeDecodeError as error:
        raise ScoredockError(
            "file-unreadable", f"{path} is not UTF-8 text (byte {error.start}).", place=place
        ) from None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, "it is not a path") from None


def _require(path: Path, what: str, *, folder: bool) -> None:
    """Raises ScoredockError `file-not-found` or `file-unreadable` where there is no such file, or no such folder."""
    place = Place(str(path))
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ScoredockError("file-not-found", f"The {what} {path} does not exist.", place=place) from None
    except OSError as error:  # also a name that is too long, a loop of links, a folder one may not look into
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, "it is not a path") from None
    if not (stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)):
        wanted = "a folder" if folder else "a regular file"
        raise ScoredockError("file-not-found", f"The {what} {path} is not {wanted}.", place=place)


def _unreadable(path: Path, reason: str | None) -> ScoredockError:
    return ScoredockError("file-unreadable", f"{shown(str(path))} cannot be read: {reason}.", place=Place(str(path)))


def _models(references: Sequence[str], reading: _Reading) -> list[ModelVersion]:
    """The versions that are meant now; what was said by alias is noted, as the alias may move."""
    if len(references) > _MOST_MODELS:
        raise ScoredockError(
            "deploy-input-invalid", f"A service takes up to {_MOST_MODELS:,} models, not {len(references):,}."
        )
    found: dict[str, ModelVersion] = {}
    for reference in references:
        model = reading.registry.model(reference)
        if model.pickle == "unread":  # registered by an earlier release
            model = reading.registry.scan_pickles(model.id)
        found[model.id] = model
        if "@" in reference:
            reading.notes.append(f"{reference} is {model.id}.")
    return list(found.values())


def _inference(request: DeployRequest, reading: _Reading) -> tuple[InferenceConfig | None, Path | None]:
    """The inference configuration and the folder its paths are relative to."""
    if not request.inference_config:
        return None, None
    path = Path(request.inference_config)
    facts = reading.facts(path)
    config, findings = parse_inference(read_text(path, _CONFIG_BYTES), facts)
    reading.add(path, findings)
    if config is None:
        if not request.entry_script:
            require_checked(reading.findings, skip_checks=False)
            raise ScoredockError("deploy-input-missing", f"{path} names no entry script.", place=Place(str(path)))
        return None, path.parent
    return config, Path(base_folder(config.entry_script, config.source_directory, facts))


def _without_code(request: DeployRequest, models: Sequence[ModelVersion], reading: _Reading) -> Generated | None:
    """The script that is made for the model of a deployment that names none. Raises ScoredockError `no-code-…`."""
    if request.entry_script or request.inference_config:
        return None
    if request.model_path:
        if models:
            raise ScoredockError(
                "no-code-models",
                f"The deployment of {request.name} names a registered model and a path; give one of them.",
            )
        generated = prepare_path(Path(request.model_path), reading.registry)
    elif models and not request.source_directory:
        generated = prepare(models, reading.registry)
    else:
        return None
    reading.notes += generated.notes
    return generated


def _script(request: DeployRequest, config: InferenceConfig | None, base: Path | None) -> Script:
    folder: Path | None = None
    if request.source_directory:
        folder = Path(os.path.realpath(request.source_directory))
    elif config is not None and base is not None and config.source_directory and not request.entry_script:
        folder = Path(os.path.realpath(base / config.source_directory))
    if request.entry_script:
        path = Path(os.path.abspath(request.entry_script))  # noqa: PTH100 (links keep the name the person knows)
    elif config is not None and base is not None:
        path = Path(os.path.abspath((folder or base) / config.entry_script))  # noqa: PTH100
    else:
        raise ScoredockError("deploy-input-missing", f"The deployment of {request.name} names no entry script.")
    if folder is not None:
        _require(folder, "source directory", folder=True)
    _require(path, "entry script", folder=False)
    if folder is not None and folder not in path.parents:
        path = Path(os.path.realpath(path))  # the folder was given through a link
    return Script(path, folder)


def _deployment(request: DeployRequest, reading: _Reading) -> tuple[int | None, Asked, DeploymentConfig | None]:
    """The port and the front end that the deployment configuration asks for, and the configuration itself."""
    if not request.deployment_config:
        return None, Asked(), None
    path = Path(request.deployment_config)
    config, findings = parse_deployment(read_text(path, _CONFIG_BYTES), reading.facts(path))
    reading.add(path, findings)
    if config is None:
        require_checked(reading.findings, request.skip_checks)
        return None, Asked(), None
    try:
        asked = asked_of(config, path, contained=reading.contained)
    except ScoredockError:
        # A certificate that is missing is better told as a finding at its line.
        require_checked(reading.findings, request.skip_checks)
        raise
    reading.notes += asked.notes
    return config.port if config.compute_type == "local" else None, asked, config


def _model_facts(model: ModelVersion) -> ModelFacts:
    files = tuple(file.path for file in model.files)
    return ModelFacts(
        model.name, model.version, files, model.framework, model.framework_version, tuple(model.tags.items())
    )


def _by_name(trees: Sequence[tuple[str, int, tuple[str, ...]]]) -> dict[str, tuple[ModelFacts, ...]]:
    grouped: dict[str, list[ModelFacts]] = {}
    for name, version, paths in trees:
        grouped.setdefault(name, []).append(ModelFacts(name, version, paths))
    return {name: tuple(versions) for name, versions in grouped.items()}
