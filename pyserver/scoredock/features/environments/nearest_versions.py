"""The nearest versions that install here, written into a person's file; and parts of the server that are installed."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.engine_table import ENGINES, engine_kind
from scoredock.environments.spec import place_of
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.file_names import PACKAGE_LIST
from scoredock.features.scripts.environment import OverlayReader
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, verb

if TYPE_CHECKING:
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.environments.trial import Trouble
    from scoredock.environments.versions.nearest import Suggestion
    from scoredock.registry import ModelVersion, Registry
    from scoredock.services.deployments import Deployments

_FRAMEWORKS = {"scikitlearn": "scikit-learn", "tensorflow": "tensorflow", "pytorch": "torch"}
"""Frameworks whose files depend on the version that wrote them → their package."""


@verb(
    "environment/suggest",
    progress="Looking for versions",
    terminal=CliCommand(
        "environment suggest",
        "Find the nearest versions that can be installed, for pins that are too old for every"
        " Python that services can use.",
        (
            argument("file", help="conda YAML, pip requirements, or a JSON environment"),
            argument(
                "-m",
                "--model",
                help="model whose pickle must load with it",
                names="model",
                default="",
                metavar="NAME[:VERSION]",
            ),
            argument(
                "--engine",
                help="where it will run: with the Pythons of this machine or of base images; by"
                " default where the folder was last deployed",
                choices=tuple(ENGINES),
                default="",
            ),
            argument("--write", help="write the changes into the file", action="store_true"),
        ),
        (
            "scoredock environment suggest conda.yml",
            "scoredock environment suggest requirements.txt --engine docker --write",
        ),
    ),
    editor=(
        EditorCommand(
            "suggestVersions",
            "Find Nearest Versions That Install…",
            "environments/suggestVersions",
            menus=(
                files(
                    f"!explorerResourceIsFolder && {PACKAGE_LIST} && isWorkspaceTrusted",
                    "2_scoredock@6",
                ),
                head("environments", "2_build@2"),
            ),
        ),
    ),
)
def suggest(
    params: messages.EnvironmentSuggestParams, context: Context, operation: Operation
) -> messages.EnvironmentSuggestion:
    """What installs instead of the pins of a file. Changes nothing; the answer has the text to write.

    Raises what reading the file and `environments.nearest.suggest` raise.
    """
    from scoredock.environments.trial import trial_environments
    from scoredock.environments.versions.nearest import suggest as nearest
    from scoredock.environments.versions.python_target import in_containers
    from scoredock.registry.store.faults import storing
    from scoredock.services.planning.environment import environment_of_file

    path = absolute(params.path)
    deployments = context.deployments(params.workspace_id)
    reader = OverlayReader(deployments.registry, context.overlays())
    text = reader.text(path)
    spec = environment_of_file(path, reader)
    if spec.conda is not None:
        raise ScoredockError(
            "environment-conda-only",
            l10n.t(
                "{name} is an environment of conda packages: {reasons}.",
                reasons=", ".join(spec.conda.reasons),
                name=path.name,
            )
            if spec.conda.reasons
            else l10n.t("{name} is an environment of conda packages.", name=path.name),
            l10n.t("Relax the pins that the solver names. Nearest versions are found for pip packages only."),
        )
    made_with = _made_with(params.model, context, params.workspace_id)
    registry, settings = deployments.registry, deployments.settings.environment
    last = deployments.last_request(path.parent) if not params.engine else None
    contained = engine_kind(params.engine or (last.engine if last is not None else "")).contained
    python = None
    if contained:
        python = in_containers(spec, *deployments.images.pythons(spec, operation.progress, operation.cancel))
    first = nearest(spec, settings, operation.progress, operation.cancel, made_with, python)
    pickles, untried = _pickles([registry.model(params.model)] if params.model else [], registry)
    with storing(registry.folder), contextlib.ExitStack() as stack:
        if contained:
            trial = functools.partial(_in_a_container, deployments, pickles, operation)
        else:
            environments = stack.enter_context(trial_environments(registry.folder, settings))
            trial = functools.partial(_in_a_process, environments, pickles, operation)
        suggestion = _working(first, spec, trial, operation)
    suggestion = replace(suggestion, warning=f"{suggestion.warning} {untried}".strip())
    changed = [messages.EnvironmentChange(each.name, each.old, each.new) for each in suggestion.changed]
    after, by_hand = rewritten(str(path), text, changed)
    return messages.EnvironmentSuggestion(
        str(path),
        suggestion.python,
        list(suggestion.requirements),
        changed,
        list(suggestion.impossible),
        suggestion.warning,
        after,
        by_hand,
    )


_MOST_ADDED = 3
"""Packages that are added because an import misses them."""
_Trial = Callable[["EnvironmentSpec", Sequence[str]], "Trouble | None"]
"""Installs an environment, imports distributions and loads the pickles at hand. Raises what building raises."""


def _in_a_process(
    environments: EnvironmentCache,
    pickles: Sequence[Path],
    operation: Operation,
    spec: EnvironmentSpec,
    names: Sequence[str],
) -> Trouble | None:
    from scoredock.environments.trial import trouble

    built = environments.build(spec, operation.progress, operation.cancel)
    operation.progress.report(l10n.t("Importing the packages"))
    return trouble(built, names, pickles, operation.cancel)


def _in_a_container(
    deployments: Deployments,
    pickles: Sequence[Path],
    operation: Operation,
    spec: EnvironmentSpec,
    names: Sequence[str],
) -> Trouble | None:
    """The image of what works stays: it is what the next deployment asks for."""
    from scoredock.containers.connection import connect
    from scoredock.images.environment_images import trouble_in_image

    docker = connect(deployments.settings.docker)
    known = deployments.images.find(spec) is not None
    built = deployments.images.prepare(spec, operation.progress, operation.cancel)
    operation.progress.report(l10n.t("Importing the packages"))
    found = trouble_in_image(docker, built, names, pickles, operation.cancel)
    if found is not None and not known:
        with contextlib.suppress(ScoredockError):
            deployments.images.remove(built.key)
    return found


def _working(first: Suggestion, spec: EnvironmentSpec, trial: _Trial, operation: Operation) -> Suggestion:
    """The first of the suggestions that can be installed and imported.

    Raises ScoredockError `environment-requirement-unsatisfiable`, and what building an environment raises.
    """
    from scoredock.environments.versions.companions import with_companions, with_fitting_numpy, with_missing
    from scoredock.environments.versions.nearest import for_spec, names_of

    held = with_companions(first, operation.progress)
    candidates = [*dict.fromkeys((held, first) if first.changed else (first, held))]
    if (fitting := with_fitting_numpy(first)) is not None:
        candidates = [fitting, *(each for each in candidates if each != first)]
    reasons: list[str] = []
    blocking: list[str] = []
    loads_no_model: Suggestion | None = None
    added = 0
    while candidates:
        candidate = candidates.pop(0)
        try:
            failure = trial(for_spec(spec, candidate), names_of(candidate.requirements, candidate.resolver.target))
        except ScoredockError as error:
            if error.code not in ("environment-build-failed", "environment-requirement-unsatisfiable"):
                raise
            reasons.append(error.message.rstrip("."))
            blocking.append(candidate.resolver.listed_for(candidate.requirements, _package(error)))
            continue
        if failure is None:
            return candidate
        if failure.is_model and loads_no_model is None:
            text = l10n.t(
                "The model cannot be loaded with these versions: {reason}. Save it again with them.", reason=failure.why
            )
            loads_no_model = replace(candidate, warning=f"{candidate.warning} {text}".strip())
        elif not failure.is_model:
            completed = with_missing(candidate, failure.why) if added < _MOST_ADDED else None
            if completed is not None:
                added += 1
                candidates.insert(0, completed)
                continue
            reason = _PATH.sub("", failure.why)
            reasons.append(l10n.t("{package} cannot be imported ({reason})", package=failure.what, reason=reason))
            blocking.append(candidate.resolver.listed_for(candidate.requirements, failure.what))
    if loads_no_model is not None:
        return loads_no_model
    raise ScoredockError(
        "environment-requirement-unsatisfiable",
        l10n.t(
            "No versions near these pins work on Python {python}: {reasons}.",
            python=first.python,
            reasons="; ".join(dict.fromkeys(reasons)),
        ),
        _way_out([line for line in dict.fromkeys(blocking) if line], on_linux=first.resolver.target.linux),
        place=place_of(spec.source),
    )


_PATH = re.compile(r" \((?:/|[A-Za-z]:\\)[^()]*\)")
"""Where Python has a module, in an environment that is gone when somebody reads it."""


def _package(error: ScoredockError) -> str:
    """The package that could not be built."""
    return re.split(r"[^\w.-]", str(error.details.get("requirement", "")))[0]


def _way_out(blocking: Sequence[str], *, on_linux: bool) -> str:
    """What can be done where the lines `blocking` stand in the way."""
    if blocking:
        lines = ", ".join(f"`{line}`" for line in blocking)
        return l10n.t(
            "What stands in the way comes with {lines}: use a newer version of it, or leave it out.", lines=lines
        )
    if on_linux:
        return l10n.t("Use newer versions of all of them.")
    return l10n.t(
        "Use a Python from the time of the pins, for example in a container, or newer versions of all of them."
    )


def _pickles(models: Sequence[ModelVersion], registry: Registry) -> tuple[list[Path], str]:
    """Pickles that may be run to see whether they load, and what is to be told where none may: a model that needs
    consent is not loaded without it.
    """
    from scoredock.services.planning.consent import require_consent

    try:
        require_consent(models)
    except ScoredockError as error:
        allowing = ", ".join(f"`scoredock model consent {model.id}`" for model in models)
        return [], l10n.t(
            "{problem} It was not loaded with these versions. To allow that, run {commands}.",
            problem=error.message,
            commands=allowing,
        )
    pickles = [
        registry.blobs.path(file.sha256)
        for model in models
        for file in model.files
        if file.path.lower().endswith((".pkl", ".pickle", ".joblib", ".sav"))
    ]
    return pickles, ""


def rewritten(path: str, text: str, changed: list[messages.EnvironmentChange]) -> tuple[str, list[str]]:
    """The text with the changes, and those whose place was not found. Everything else of the text stays as it is."""
    from scoredock.analysis.facts import EnvironmentFacts
    from scoredock.checks.environment.edits import add_package, lists_package, pin_package, raise_python
    from scoredock.environments.packages import CONDA_TO_PIP
    from scoredock.environments.versions.companions import NOT_NAMED
    from scoredock.features.scripts.fixing import applied

    facts = EnvironmentFacts(path=path, text=text)
    unplaced: list[str] = []
    for change in changed:
        if change.old == NOT_NAMED:
            fix = add_package(facts, f"{change.name}=={change.new}")
            listed = True
        elif change.name == "python":
            fix = raise_python(facts, change.new)
            listed = "python" in facts.text
        else:
            names = [change.name, *(conda for conda, pip in CONDA_TO_PIP.items() if pip == change.name.lower())]
            fix = next((found for name in names if (found := pin_package(facts, name, change.new)) is not None), None)
            if fix is None and not any(
                lists_package(facts, name) for name in names
            ):  # it came with another one, such as numpy-support
                fix = add_package(facts, f"{change.name}=={change.new}")
            listed = True
        if fix is not None:
            facts = replace(facts, text=applied(facts.text, list(fix.edits)))
        elif listed:
            unplaced.append(f"{change.name} {change.old} → {change.new}")
    return facts.text, unplaced


@verb(
    "server/enable",
    progress="Installing",
    terminal=CliCommand(
        "environment enable",
        "Install an optional part of the server: conda, for packages that pip cannot install.",
        (
            argument("extra", help="conda", choices=("conda",)),
            argument("--yes", help="install without asking", action="store_true"),
        ),
        ("scoredock environment enable conda",),
    ),
    editor=(
        EditorCommand(
            "enableConda",
            "Install Support for conda Packages…",
            "environments/suggestVersions",
            menus=(head("environments", "2_build@3"),),
        ),
    ),
)
def enable_extra(params: messages.ServerExtraParams, context: Context, operation: Operation) -> messages.ServerExtra:
    """Installs a part of the server. Whoever asks has the person's consent. Raises what `extras.install_extra`
    raises."""
    from scoredock.environments.extras import install_extra

    index = str(context.settings.get("scoredock.environment.indexUrl"))
    done = install_extra(params.extra, index, operation.progress, operation.cancel)
    return messages.ServerExtra(params.extra, list(done))


def _made_with(reference: str, context: Context, workspace_id: str) -> Mapping[str, str]:
    """Package → version that wrote the model, of the one that is named or of all where they agree."""
    registry = context.deployments(workspace_id).registry
    models = [registry.model(reference)] if reference else registry.models()
    found: dict[str, set[str]] = {}
    for framework, version in ((model.framework, model.framework_version) for model in models):
        package = _FRAMEWORKS.get(framework.lower())
        if package is not None and version:
            found.setdefault(package, set()).add(version)
    return {package: next(iter(versions)) for package, versions in found.items() if len(versions) == 1}


def text_before(path: Path) -> str:
    """The file as it lies on the disk. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path)) from None
    except (OSError, UnicodeDecodeError):
        raise ScoredockError("file-unreadable", l10n.t("{path} cannot be read.", path=path)) from None
