"""Versions near the pins of an environment that install, can be imported and load the models that are meant."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.environments.spec import place_of
from scoredock.errors import EnvironmentOffline, ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.environments.trial import Trouble
    from scoredock.environments.versions.kept_answers import KeptProposal, ProposalInputs
    from scoredock.environments.versions.nearest import Suggestion
    from scoredock.environments.versions.python_target import HerePythons, ImagePythons, MissingPython, PythonTarget
    from scoredock.services.deployments import Deployments


@dataclass(frozen=True, slots=True)
class ProposalSearch:
    """Search for versions, for one environment."""

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
        """True if the index and this machine still have what an earlier answer names; yes where the index cannot be
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
        """Versions that install instead of the pins. Raises what `nearest.suggest` and building an environment
        raise."""
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
_Trial = Callable[["EnvironmentSpec", Sequence[str], Sequence[str]], "Trouble | None"]
"""Installs an environment, imports distributions, and those that only these need, and loads the pickles at hand. Raises
what building raises."""


def _in_a_process(
    environments: EnvironmentCache,
    pickles: Sequence[Path],
    operation: Operation,
    spec: EnvironmentSpec,
    names: Sequence[str],
    beside: Sequence[str],
) -> Trouble | None:
    from scoredock.environments.trial import trouble

    built = environments.build(spec, operation.progress, operation.cancel)
    operation.progress.report(l10n.t("Importing the packages"))
    return trouble(built, names, pickles, operation.cancel, beside)


def _in_a_container(
    deployments: Deployments,
    pickles: Sequence[Path],
    operation: Operation,
    spec: EnvironmentSpec,
    names: Sequence[str],
    beside: Sequence[str],
) -> Trouble | None:
    """The image of what works stays: it is what the next deployment asks for."""
    from scoredock.containers.connection import connect
    from scoredock.images.environment_images import trouble_in_image

    docker = connect(deployments.settings.docker)
    known = deployments.images.find(spec) is not None
    built = deployments.images.prepare(spec, operation.progress, operation.cancel)
    operation.progress.report(l10n.t("Importing the packages"))
    found = trouble_in_image(docker, built, names, pickles, operation.cancel, beside)
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
    listed = names_of(first.requirements, first.resolver.target)
    while candidates:
        candidate = candidates.pop(0)
        try:
            # What was added, such as a plugin that TensorFlow loads, may not be importable by itself.
            names = names_of(candidate.requirements, candidate.resolver.target)
            beside = [each for each in names if each not in listed]
            failure = trial(for_spec(spec, candidate), [each for each in names if each in listed], beside)
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
    """The candidate with a package that an import misses, else with the next release of what cannot be imported; None
    for neither. `tries` is how many of each may still be tried, and is given with one less."""
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
    """Advice where the lines `blocking` stand in the way."""
    if blocking:
        lines = ", ".join(f"`{line}`" for line in blocking)
        return l10n.t(
            "What stands in the way comes with {lines}: use another version of it, or leave it out.", lines=lines
        )
    if on_linux:
        return l10n.t("Use newer versions of all of them.")
    return l10n.t(
        "Use a Python from the time of the pins, for example in a container, or newer versions of all of them."
    )
