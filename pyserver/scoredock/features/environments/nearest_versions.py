"""The nearest versions that install here, written into a person's file; and parts of the server that are installed."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.engine_table import ENGINES, engine_kind
from scoredock.environments.packages import SDK
from scoredock.environments.spec import place_of
from scoredock.errors import EnvironmentOffline, ScoredockError
from scoredock.features.file_names import PACKAGE_LIST
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.scripts.environment import OverlayReader
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, verb

if TYPE_CHECKING:
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.environments.trial import Trouble
    from scoredock.environments.versions.kept_answers import KeptProposal, ProposalInputs
    from scoredock.environments.versions.nearest import Suggestion
    from scoredock.environments.versions.python_target import HerePythons, ImagePythons, MissingPython, PythonTarget
    from scoredock.services.deployments import Deployments


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
                help="model whose pickle must load with it; may be repeated",
                names="model",
                action="append",
                default=[],
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
    from scoredock.environments.versions.kept_answers import KeptAnswers, KeptProposal
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
    search = _search(params, spec, deployments, operation)
    answers = KeptAnswers(deployments.registry.folder, params.source or str(path), search.question)
    former = answers.read() if params.reuse else None
    if former is not None and not search.is_to_be_had(former):
        former = None
    if former is None:
        suggestion = search.suggestion()
        if not params.reuse:
            answers.forget()
        answers.keep(suggestion)
    answer = former or KeptProposal.of(suggestion)
    changed = [messages.EnvironmentChange(each.name, each.old, each.new) for each in answer.changed]
    changed += _of_same_release(changed, text)
    after, by_hand = rewritten(str(path), text, changed)
    return messages.EnvironmentSuggestion(
        str(path),
        answer.python,
        list(answer.requirements),
        changed,
        list(answer.impossible),
        answer.warning,
        after,
        by_hand,
        former.time if former is not None else 0.0,
        str(answers.path) if former is not None else "",
    )


_SDK_PIN = re.compile(r"(?<![\w.-])(azureml-(?:core|defaults))[ \t]*==?[ \t]*((\d+\.\d+)[\w.*]*)")


def _of_same_release(changed: Sequence[messages.EnvironmentChange], text: str) -> Iterator[messages.EnvironmentChange]:
    """Pins of packages that the scoring runtime stands in for, as they must be beside another release of the SDK: its
    packages require one another in the same one."""
    new = next((each.new for each in changed if each.name.lower() in SDK), "")
    series = ".".join(new.split(".")[:2])
    names = {each.name.lower() for each in changed}
    for name, old, old_series in _SDK_PIN.findall(text):
        if new and name not in names and old_series != series:
            yield messages.EnvironmentChange(name, old, f"{series}.*")


def _search(
    params: messages.EnvironmentSuggestParams, spec: EnvironmentSpec, deployments: Deployments, operation: Operation
) -> ProposalSearch:
    from scoredock.environments.versions.kept_answers import ProposalInputs
    from scoredock.environments.versions.python_target import HerePythons, ImagePythons
    from scoredock.services.planning import needed_by_models as needed

    registry, settings = deployments.registry, deployments.settings.environment
    models = [registry.model(each) for each in params.models]
    is_named = bool(models or params.model_files)
    needs = (
        needed.needs_of_named(models, params.model_files, registry)
        if is_named
        else needed.needs_of_registered(spec, registry)
    )
    last = deployments.last_request(absolute(params.path).parent) if not params.engine else None
    pythons: HerePythons | ImagePythons
    if engine_kind(params.engine or (last.engine if last is not None else "")).contained:
        pythons = ImagePythons(spec, *deployments.images.pythons(spec, operation.progress, operation.cancel))
    else:
        pythons = HerePythons(spec, settings, operation.cancel)
    first = pythons.first()
    digests = needed.digests(models, params.model_files)
    pickles, untried = needed.pickles_to_try(models, registry)
    question = ProposalInputs(spec, first[0], settings, needs, (*digests, untried))
    return ProposalSearch(question, pythons, first, pickles, untried, is_named, deployments, operation)


@dataclass(frozen=True, slots=True)
class ProposalSearch:
    """How versions are looked for, for one environment."""

    question: ProposalInputs
    pythons: HerePythons | ImagePythons
    first: tuple[PythonTarget, MissingPython | None]
    pickles: Sequence[Path]
    untried: str
    """Why there are no pickles to load; empty otherwise."""
    is_named: bool
    """Whether models are named, and not those of the workspace meant."""
    deployments: Deployments
    operation: Operation

    def is_to_be_had(self, answer: KeptProposal) -> bool:
        """Whether the index and this machine still have what an earlier answer names; yes where the index cannot be
        asked. Raises ScoredockError `cancelled`."""
        from scoredock.environments.versions.nearest import Resolver

        python = self.pythons.named(answer.python)
        if python is None:
            return False
        resolver = Resolver(python, self.question.settings, self.question.spec.source, self.operation.cancel)
        try:
            return resolver.compile(answer.requirements, ()).returncode == 0
        except EnvironmentOffline:
            return True

    def suggestion(self) -> Suggestion:
        """Raises what `nearest.suggest` and building an environment raise."""
        from scoredock.environments.trial import trial_environments
        from scoredock.registry.store.faults import storing

        folder = self.deployments.registry.folder
        with storing(folder), contextlib.ExitStack() as stack:
            if self.first[0].linux:
                trial = functools.partial(_in_a_container, self.deployments, self.pickles, self.operation)
            else:
                environments = stack.enter_context(trial_environments(folder, self.question.settings))
                trial = functools.partial(_in_a_process, environments, self.pickles, self.operation)
            suggestion = self._that_loads(trial) if self._has_needs() else self._plain(trial)
        return replace(suggestion, warning=f"{suggestion.warning} {self.untried}".strip())

    def _has_needs(self) -> bool:
        needs = self.question.needs
        return self.is_named and bool(needs.made_with or needs.bounds)

    def _plain(self, trial: _Trial) -> Suggestion:
        """The nearest versions, whatever models are named."""
        from scoredock.environments.versions.for_models import suggest_with_registered

        return _working(self._proposal(suggest_with_registered, self.first), self.question.spec, trial, self.operation)

    def _that_loads(self, trial: _Trial) -> Suggestion:
        """The first one that loads the models, with a Python that they ask for where it must be; else the first one
        that can be imported, with what is to be done."""
        from scoredock.environments.versions.for_models import has_written, suggest_for_models, what_loads

        needs = self.question.needs
        loads_none: Suggestion | None = None
        for python in self._pythons():
            if not needs.allow("python", python[0].version):
                continue
            try:
                first = self._proposal(suggest_for_models, python)
                if loads_none is not None and not has_written(first, needs):
                    continue  # what could be different is that the very releases which wrote them can be had
                suggestion = _working(first, self.question.spec, trial, self.operation)
            except ScoredockError as error:
                if error.code != "environment-requirement-unsatisfiable":
                    raise
                continue
            if suggestion.loads_models:
                return suggestion
            loads_none = loads_none or suggestion
            if has_written(first, needs):
                break
        if loads_none is None:
            loads_none = self._plain(trial)
        sentence = what_loads(needs, loads_none)
        return replace(loads_none, warning=f"{loads_none.warning} {sentence}".strip(), loads_models=False)

    def _pythons(self) -> Iterator[tuple[PythonTarget, MissingPython | None]]:
        """The usual one, then the others with why they are taken."""
        from scoredock.environments.versions.companions import NOT_NAMED
        from scoredock.environments.versions.python_target import MissingPython

        yield self.first
        models = ", ".join(self.question.needs.models)
        requested = self.pythons.requested() or NOT_NAMED
        reason = l10n.t(
            "Python {version} has no versions of the packages that load {models}.",
            version=self.first[0].minor,
            models=models,
        )
        for target in self.pythons.others(self.first[0]):
            is_wished = self.pythons.is_wished(target)
            yield target, None if is_wished else MissingPython(requested, reason)

    def _proposal(self, how: _Suggest, python: tuple[PythonTarget, MissingPython | None]) -> Suggestion:
        question, operation = self.question, self.operation
        return how(question.spec, question.settings, operation.progress, operation.cancel, question.needs, python)


_MODULE = re.compile(r"No module named '([\w.]+)'")
_MOST_ADDED = 3
"""Packages that are added because an import misses them."""
_MOST_RAISED = 6
"""Releases that are passed over because they cannot be imported."""
_NOT_TO_BE_HAD = ("environment-build-failed", "environment-requirement-unsatisfiable")
_Suggest = Callable[..., "Suggestion"]
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
    from scoredock.environments.versions.companions import (
        with_companions,
        with_fitting_numpy,
    )
    from scoredock.environments.versions.nearest import for_spec, names_of

    held = with_companions(first, operation.progress)
    candidates = [*dict.fromkeys((held, first) if first.changed else (first, held))]
    if (fitting := with_fitting_numpy(first)) is not None:
        candidates = [fitting, *(each for each in candidates if each != first)]
    reasons: list[str] = []
    blocking: list[str] = []
    loads_no_model: Suggestion | None = None
    tries = (_MOST_ADDED, _MOST_RAISED)
    while candidates:
        candidate = candidates.pop(0)
        try:
            failure = trial(for_spec(spec, candidate), names_of(candidate.requirements, candidate.resolver.target))
        except ScoredockError as error:
            if error.code not in _NOT_TO_BE_HAD:
                raise
            reasons.append(error.message.rstrip("."))
            blocking.append(candidate.resolver.listed_for(candidate.requirements, _package(error)))
            continue
        if failure is None:
            return candidate
        if failure.is_model and loads_no_model is None:
            text = f"{candidate.warning} {_why_not_loaded(failure.why)}".strip()
            loads_no_model = replace(candidate, warning=text, loads_models=False)
        elif not failure.is_model:
            completed, tries = _with_what_it_lacks(candidate, failure, tries)
            if completed is not None:
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


def _with_what_it_lacks(
    candidate: Suggestion, trouble: Trouble, tries: tuple[int, int]
) -> tuple[Suggestion | None, tuple[int, int]]:
    """With a package that an import misses, else with the next release of what cannot be imported; None for neither.
    `tries` is how many of each may still be tried, and is given with one less."""
    from scoredock.environments.versions.companions import with_missing, with_next_release

    added, raised = tries
    completed = with_missing(candidate, trouble.why) if added else None
    if completed is not None:
        return completed, (added - 1, raised)
    if raised:
        return with_next_release(candidate, trouble.what), (added, raised - 1)
    return None, tries


_PATH = re.compile(r" \((?:/|[A-Za-z]:\\)[^()]*\)")
"""Where Python has a module, in an environment that is gone when somebody reads it."""


def _package(error: ScoredockError) -> str:
    """The package that could not be built."""
    return re.split(r"[^\w.-]", str(error.details.get("requirement", "")))[0]


def _why_not_loaded(reason: str) -> str:
    missing = _MODULE.search(reason)
    if missing is None:
        return l10n.t(
            "The model cannot be loaded with these versions: {reason}. Save it again with them.", reason=reason
        )
    return l10n.t(
        "The model needs the module {module}, which no package of the file brings, so that it could not be tried: put"
        " the module into the source directory where it is yours, and add its package where it is not.",
        module=missing[1],
    )


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


def rewritten(path: str, text: str, changed: list[messages.EnvironmentChange]) -> tuple[str, list[str]]:
    """The text with the changes, and those whose place was not found. Everything else of the text stays as it is."""
    from scoredock.analysis.facts import EnvironmentFacts
    from scoredock.checks.environment.edits import add_package, add_python, lists_package, pin_package, raise_python
    from scoredock.environments.packages import CONDA_TO_PIP
    from scoredock.environments.versions.companions import NOT_NAMED
    from scoredock.scripts.fixing import applied

    facts = EnvironmentFacts(path=path, text=text)
    unplaced: list[str] = []
    for change in changed:
        if change.name == "python" and change.old == NOT_NAMED:
            fix = add_python(facts, change.new)
            listed = True
        elif change.old == NOT_NAMED:
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


def text_before(path: Path) -> str:
    """The file as it lies on the disk. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path)) from None
    except (OSError, UnicodeDecodeError):
        raise ScoredockError("file-unreadable", l10n.t("{path} cannot be read.", path=path)) from None
