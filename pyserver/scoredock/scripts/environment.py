"""Surroundings of a script: configurations and deployments that name it, its models, the environment that it will run
in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.checks.configs.inference.check import InferenceConfig, base_folder, parse_inference
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.registry.assets.assets import Assets
from scoredock.scripts.texts import listing, read_text

if TYPE_CHECKING:
    from scoredock.checks.configs.v2.scoring import ListedPackages, Scoring
    from scoredock.services.request import DeployRequest

_CONFIG = re.compile(r".*inf(?:erence)?[-_. ]?config.*\.(?:json|ya?ml)", re.IGNORECASE)
_PACKAGES = re.compile(r".*(?:conda|env).*\.ya?ml|.*requirements.*\.txt", re.IGNORECASE)
_FOR_SCORING = re.compile(r"\bazureml-(?:defaults|inference-server-http)\b")
_BY_AUTOMATED_ML = re.compile(r"^[ \t]*(?:from|import)[ \t]+azureml\.(?:train\.)?automl\b", re.MULTILINE)
_AUTOMATED_ML = re.compile(r"\bazureml-(?:train-)?automl|\bazureml-sdk\b")
_MOST_DEPLOYMENTS = 30
"""YAML files of one folder that are looked into for a v2 deployment."""
_FOR_DEPLOYMENTS = re.compile(
    r"deploy|endpoint|online|managed|kubernetes|azure|aml|mlops|config|ya?mls?$", re.IGNORECASE
)
"""Names of folders beside the code that hold deployments."""
_MOST_SIBLINGS = 10
_MOST_MODEL_FILES = 2_000
_ABOVE = 3
"""Folders that are looked into for a configuration: that of the script and two above, as paths in it may begin
there."""


@dataclass(frozen=True, slots=True)
class ScriptDeployment:
    """Configuration, environment and models that a script will be deployed with."""

    configuration: str = ""
    source_directory: str = ""
    script_only: bool = False
    in_script_folder: bool = False
    environment: EnvironmentFacts | None = None
    models: tuple[ModelFacts, ...] | None = None
    """The model of this machine that deployments of v2 name; None where they name none, or not the same."""
    unseen_model: bool = False
    """Whether deployments of v2 name a path for the model that is not here, or several: which files the script has is
    not known then, whatever else is registered."""


@dataclass(slots=True)
class OverlayReader:
    """Reads for `choose_environment`: unsaved texts first, and what is said on the way is not told."""

    registry: Registry | None
    overlays: Mapping[str, str]
    contained: bool = False

    @property
    def assets(self) -> Assets:
        """Assets of the workspace. Raises ScoredockError where there is no workspace."""
        if self.registry is None:
            raise ScoredockError("asset-not-found", l10n.t("There is no workspace."))
        return self.registry.assets

    def text(self, path: Path) -> str:
        """Text of a file without its byte order mark. Raises ScoredockError."""
        found = read_text(path, self.overlays)
        if found is None:
            raise ScoredockError("file-unreadable", l10n.t("{path} cannot be read.", path=path))
        return found.removeprefix("\ufeff")

    def facts(self, path: Path) -> Facts:
        """Facts with nothing but the path: findings are not wanted."""
        return Facts(path=str(path))

    def add(self, path: Path, findings: Sequence[Finding]) -> None:
        """Findings are told where the file itself is checked."""

    def note(self, sentence: str) -> None:
        """Notes belong to a deployment."""

    def refuse_errors(self) -> None:
        """Never: what cannot be understood is not known."""


def surroundings(
    path: Path,
    reader: OverlayReader,
    last: Mapping[str, Any] | None,
    models: Sequence[ModelFacts],
    settings: Callable[[], tuple[str, str]],
) -> ScriptDeployment:
    """Deployment of a script by its configuration, or else by the request of its last deployment.

    `settings` gives interpreter and index of environments, which decide what was built for a wish.
    """
    from scoredock.services.request import DeployRequest, request_from_json

    before = request_from_json({"name": "", **last}) if last is not None else None
    configurations = list(configurations_of(path, reader.overlays))
    if len(configurations) > 1 and before is not None:
        configurations = [each for each in configurations if each.path == before.inference_config] or configurations
    if not configurations and before is not None and before.inference_config:
        elsewhere = _naming(Path(before.inference_config), path, reader.overlays)
        configurations = [elsewhere] if elsewhere is not None else []
    if len(configurations) > 1:
        return ScriptDeployment()
    if not configurations:
        if before is None:
            return _by_v2(path, reader, settings)
        folder = before.source_directory
        environment = (
            _environment(before, None, None, reader, models, settings, path) if not before.inference_config else None
        )
        script_only = not folder and not before.inference_config
        return ScriptDeployment("", folder, script_only, before.in_script_folder, environment)
    one = configurations[0]
    request = DeployRequest(name="", inference_config=one.path, entry_script=str(path))
    silent = one.config.environment is None and not one.config.conda_file
    if silent and before is not None and (before.environment or before.environment_file):
        request = replace(request, environment=before.environment, environment_file=before.environment_file)
    elif silent and not models and (before is None or before.models):
        # The default environment follows the models, which are not known.
        return ScriptDeployment(one.path, one.source_directory, not one.source_directory)
    inner = Path(one.source_directory) if one.source_directory else one.base
    environment = _environment(request, one.config, inner, reader, models, settings, path)
    return ScriptDeployment(one.path, one.source_directory, not one.source_directory, environment=environment)


def environment_of_request(
    request: DeployRequest,
    script: Path,
    reader: OverlayReader,
    models: Sequence[ModelFacts],
    settings: Callable[[], tuple[str, str]],
) -> EnvironmentFacts | None:
    """Environment that a requested deployment runs the script in; None where nothing says."""
    named = read_configuration(Path(request.inference_config), reader.overlays) if request.inference_config else None
    if named is None:
        return _environment(request, None, None, reader, models, settings, script)
    inner = Path(named.source_directory) if named.source_directory else named.base
    return _environment(request, named.config, inner, reader, models, settings, script)


def _by_v2(path: Path, reader: OverlayReader, settings: Callable[[], tuple[str, str]]) -> ScriptDeployment:
    """Deployment as the v2 deployments that run the script agree on it; else with the environment that lies beside
    it."""
    deployments = list(_v2_deployments(path, reader.overlays))
    models = {(each.model, each.model_name) for _, each in deployments}
    model = model_of_this_machine(*next(iter(models))) if len(models) == 1 else None
    unseen = model is None and any(path for path, _ in models)
    folders = {each.code for _, each in deployments}
    listed = {_listed(own, each.packages, reader.overlays) for own, each in deployments}
    file, text = listed.pop() if len(listed) == 1 else ("", "")
    # Azure runs the script with it, but a service on this machine only does when it is told to.
    assumed = _assumed(file, text, path, reader, settings) if file else None
    return ScriptDeployment(
        source_directory=folders.pop() if len(folders) == 1 else "",
        in_script_folder=bool(deployments),
        environment=assumed or _beside(path, reader, settings),
        models=model,
        unseen_model=unseen,
    )


def _listed(own: Path, packages: ListedPackages, overlays: Mapping[str, str]) -> tuple[str, str]:
    """The file that packages are listed in, and the list itself where only a part of that file is one; both empty
    where they are not known. A registered environment may be described by a file beside the one that names it."""
    from scoredock.checks.configs.v2.scoring import packages_of_asset

    if packages.file:
        return packages.file, ""
    if packages.text:
        return str(own), packages.text
    if packages.environment_file:
        described = Path(packages.environment_file)
        asset = packages_of_asset(read_text(described, overlays) or "", str(described))
        return _listed(described, asset[1], overlays) if asset is not None else ("", "")
    names = [name for name in sorted(listing(str(own.parent))) if name.lower().endswith((".yml", ".yaml"))]
    for name in names[:_MOST_DEPLOYMENTS] if packages.environment else ():
        text = read_text(own.parent / name, overlays)
        if text is None or "conda_file" not in text or packages.environment not in text:
            continue
        asset = packages_of_asset(text, str(own.parent / name))
        if asset is not None and asset[0] == packages.environment:
            return _listed(own.parent / name, asset[1], overlays)
    return "", ""


def _assumed(
    file: str, text: str, script: Path, reader: OverlayReader, settings: Callable[[], tuple[str, str]]
) -> EnvironmentFacts | None:
    """The environment of a file of packages, or of a list in a file, that a script may run with."""
    from scoredock.services.request import DeployRequest

    if text:
        reader = replace(reader, overlays={**reader.overlays, file: text})
    environment = _environment(DeployRequest(name="", environment_file=file), None, None, reader, (), settings, script)
    return replace(environment, assumed=True) if environment is not None else None


def _v2_deployments(path: Path, overlays: Mapping[str, str]) -> Iterator[tuple[Path, Scoring]]:
    """Each that runs the script, with its file."""
    from scoredock.checks.configs.v2.scoring import scorings_of

    for own, text in _v2_files(path.parent, overlays):
        if path.name in text:
            yield from ((own, each) for each in scorings_of(text, str(own)) if each.script == str(path))


def _v2_files(folder: Path, overlays: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Files around a folder of scripts that deploy a script of v2."""
    for around in _deployment_folders(folder):
        names = [name for name in sorted(listing(str(around))) if name.lower().endswith((".yml", ".yaml"))]
        for name in names[:_MOST_DEPLOYMENTS]:
            text = read_text(around / name, overlays)
            if text is not None and "scoring_script" in text:
                yield around / name, text


def scripts_of_v2(folder: Path, overlays: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Absolute paths of the scripts that deployments of v2 around a folder have Azure ML's own server or a run of
    batches call, and whether it is batches. An image with a server of its own takes the folder for what it likes."""
    from scoredock.checks.configs.v2.scoring import scorings_of
    from scoredock.formats.v2.kinds import v2_kind

    for own, text in _v2_files(folder, overlays):
        kind = v2_kind(own.name, text)[0]
        if kind is not None and "inference_config" not in text:
            yield from ((each.script, kind.startswith("batch")) for each in scorings_of(text, str(own)))


def _deployment_folders(own: Path) -> Iterator[Path]:
    """A folder of scripts, those above it, and folders for deployments beside them with the folders in these."""
    above = [own, *own.parents[: _ABOVE - 1]]
    yield from above
    for folder in above:
        names = [name for name in sorted(listing(str(folder))) if _FOR_DEPLOYMENTS.search(name)]
        for beside in (folder / name for name in names[:_MOST_SIBLINGS]):
            if beside not in above:
                yield beside
                inner = sorted(listing(str(beside)))[:_MOST_SIBLINGS]
                yield from (beside / name for name in inner if "." not in name and beside / name not in above)


def model_of_this_machine(path: str, name: str) -> tuple[ModelFacts, ...] | None:
    """The model that a deployment sends along, as AZUREML_MODEL_DIR shows it: a file by its name, a folder with its
    own name around what is in it. None where nothing is there."""
    if not path:
        return None
    top = os.path.basename(path)  # noqa: PTH119 (a path of a configuration)
    files: list[str] = [top] if os.path.isfile(path) else []  # noqa: PTH113 (the same)
    for folder, folders, names in os.walk(path):
        folders.sort()
        inner = Path(top, os.path.relpath(folder, path)).as_posix()
        files += (f"{inner}/{each}" for each in sorted(names))
        if len(files) > _MOST_MODEL_FILES:
            return None
    folder = os.path.dirname(path)  # noqa: PTH120 (the same)
    return (ModelFacts(name or Path(top).stem, 1, tuple(files), folder=folder),) if files else None


def _beside(path: Path, reader: OverlayReader, settings: Callable[[], tuple[str, str]]) -> EnvironmentFacts | None:
    """The one file of the folder that asks for what scoring needs, as Deploy would propose it."""
    files = []
    names = sorted(listing(str(path.parent)))
    others = [Path(name).stem for name in names if name.endswith(".py") and name != path.name]
    for name in names:
        if _PACKAGES.fullmatch(name) and not (_is_of_one(name, others) and not _is_of_one(name, [path.stem])):
            text = read_text(path.parent / name, reader.overlays)
            if text and _FOR_SCORING.search(text):
                files.append((str(path.parent / name), _written_out(text, str(path.parent / name))))
    if len(files) != 1 or _is_of_automated_ml(path, Path(files[0][0]), reader.overlays):
        return None
    return _assumed(*files[0], path, reader, settings)


def _written_out(text: str, path: str) -> str:
    """The list of packages in a file of v2 that describes an environment; empty where the file is itself a list."""
    from scoredock.checks.configs.v2.scoring import packages_of_asset

    asset = packages_of_asset(text, path) if "conda_file" in text else None
    return asset[1].text if asset is not None else ""


def _is_of_automated_ml(script: Path, packages: Path, overlays: Mapping[str, str]) -> bool:
    """True if automated ML wrote a script, whose environment is that of its run, and not a list without it beside."""
    return bool(
        _BY_AUTOMATED_ML.search(read_text(script, overlays) or "")
        and not _AUTOMATED_ML.search(read_text(packages, overlays) or "")
    )


def _is_of_one(name: str, stems: Sequence[str]) -> bool:
    """True if a list of packages has the name of one of the scripts, and what it is behind it: `route.conda.yml`."""
    return any(re.match(rf"{re.escape(stem)}[._-](?:conda|env|requirements)", name) for stem in stems)


@dataclass(frozen=True, slots=True)
class NamingConfiguration:
    """An inference configuration that names a script."""

    path: str
    config: InferenceConfig
    base: Path

    @property
    def source_directory(self) -> str:
        inner = self.config.source_directory
        return os.path.normpath(self.base / inner) if inner else ""

    @property
    def script(self) -> str:
        """Absolute path of the script that it names, whether it is there or not."""
        inner = Path(self.source_directory) if self.source_directory else self.base
        return os.path.normpath(inner / self.config.entry_script)


def configurations_of(path: Path, overlays: Mapping[str, str]) -> Iterator[NamingConfiguration]:
    """The inference configurations beside and above a script that name it."""
    for folder in (path.parent, *path.parent.parents)[:_ABOVE]:
        for name in sorted(listing(str(folder))):
            if not _CONFIG.fullmatch(name):
                continue
            found = _naming(folder / name, path, overlays)
            if found is not None:
                yield found


def _naming(own: Path, path: Path, overlays: Mapping[str, str]) -> NamingConfiguration | None:
    """A configuration, when the script is the one that it names."""
    text = read_text(own, overlays)
    found = read_configuration(own, overlays) if text and path.name in text else None
    return found if found is not None and found.script == str(path) else None


def read_configuration(own: Path, overlays: Mapping[str, str]) -> NamingConfiguration | None:
    """An inference configuration; None for what names no script."""
    text = read_text(own, overlays)
    if not text:
        return None
    facts = Facts(path=str(own), exists=lambda n: os.path.exists(n), is_folder=lambda n: os.path.isdir(n))  # noqa: PTH110, PTH112
    config = parse_inference(text, facts)[0]
    if config is None:
        return None
    return NamingConfiguration(str(own), config, Path(base_folder(config.entry_script, config.source_directory, facts)))


def _environment(
    request: DeployRequest,
    config: InferenceConfig | None,
    base: Path | None,
    reader: OverlayReader,
    models: Sequence[ModelFacts],
    settings: Callable[[], tuple[str, str]],
    script: Path,
) -> EnvironmentFacts | None:
    """Chosen as a deployment chooses it; None when it cannot be told."""
    # Packages that an editor without such a file need not load.
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.settings import EnvironmentSettings
    from scoredock.services.planning.environment import choose_environment, described

    if config is None and not (request.environment or request.environment_file or models):
        return None
    try:
        chosen = choose_environment(request, config, base, models, reader, script)
        spec = chosen.spec
        text = read_text(Path(spec.source), reader.overlays) if os.path.isabs(spec.source) else None  # noqa: PTH117
        built = None
        if reader.registry is not None:
            folder = reader.registry.folder / "environments"
            built = EnvironmentCache(folder, EnvironmentSettings(*settings())).find(spec)
        return described(spec, config, built, text or "")
    except (ScoredockError, OSError):
        return None
