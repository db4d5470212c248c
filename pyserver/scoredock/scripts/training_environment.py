"""The environment of a submitted script of the SDK v1: with what azureml-defaults brings in Azure, and in a Python that
is here.

Environments of 2019 and 2020 name Python 3.5 to 3.8, which few machines have. The next one that is here stands for
those, with the releases nearest to what such an environment gets there; a package that it leaves open is the newest of
its own Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.context import Operation
from scoredock.environments.python.interpreters import (
    OLDEST_OF_UV,
    Interpreter,
    find,
    install_advice,
    interpreters_here,
)
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.companions import NOT_NAMED
from scoredock.environments.versions.kept_answers import KeptAnswers, KeptProposal, ProposalInputs
from scoredock.environments.versions.model_needs import needs_of
from scoredock.environments.versions.nearest import PinChange, Resolver, rewritten, unhashed, versions_of
from scoredock.environments.versions.python_target import HerePythons, PythonTarget
from scoredock.environments.versions.removed_names import with_their_releases
from scoredock.errors import ScoredockError
from scoredock.formats.service_python import OLDEST
from scoredock.progress import CancelToken
from scoredock.scripts.version_search import ProposalSearch
from scoredock.services.deployments import Deployments
from scoredock.services.planning.brought_packages import with_brought

_PINNED_PYTHON = re.compile(r"==(3\.\d+)\.\*")
_LAST_PATCH = {"3.5": 10, "3.6": 15, "3.7": 17}
"""Packages ask for a later one than the first."""
_KEPT_AS = "scripts that are submitted"


def training_environment(
    spec: EnvironmentSpec,
    scripts: Sequence[Path],
    script_folder: str,
    deployments: Deployments,
    operation: Operation,
) -> EnvironmentSpec:
    """Environment that these scripts are run in; `notes` say what was added and what stands for what.

    Raises what finding the nearest versions raises.
    """
    for script in scripts:
        spec = with_brought(spec, script, script_folder, lambda path: path.read_text("utf-8", "replace"), offered=())
    spec = with_their_releases(spec, scripts, script_folder)
    pinned = _PINNED_PYTHON.fullmatch(spec.python or "")
    if pinned is None or _minor(pinned[1]) >= OLDEST or spec.conda is not None or spec.user_managed:
        return spec
    settings, cancel = deployments.settings.environment, operation.cancel
    interpreter, refusal = _interpreter(pinned[1], settings, spec.source, cancel)
    if refusal is None:
        return spec
    target = PythonTarget(interpreter.version, ("--python", str(interpreter.path)))
    answers = KeptAnswers(
        deployments.registry.folder, _KEPT_AS, ProposalInputs(spec, target, settings, needs_of(()), ())
    )
    proposal = answers.read()
    if proposal is None:
        wished = replace(spec, requirements=_newest_of_their_python(spec, pinned[1], settings, cancel), fallback=None)
        inputs = ProposalInputs(wished, target, settings, needs_of(()), ())
        pythons = HerePythons(wished, settings, cancel)
        search = ProposalSearch(inputs, pythons, (target, None), (), "", False, deployments, operation)
        suggestion = search.suggestion()
        answers.keep(suggestion)
        proposal = KeptProposal.of(suggestion)
    return replace(
        spec,
        python=f"=={proposal.python}.*",
        requirements=proposal.requirements,
        fallback=None,
        notes=(*spec.notes, _note(pinned[1], proposal, install_advice(refusal))),
    )


def _interpreter(
    python: str, settings: EnvironmentSettings, source: str, cancel: CancelToken
) -> tuple[Interpreter, ScoredockError | None]:
    """That Python, else the next one that is here or that uv may fetch, and why it is not that one."""
    pinned, fetched = f"=={python}.*", "=={}.{}.*".format(*OLDEST_OF_UV)
    interpreter, refusal = find(pinned, settings.interpreter, source, cancel, download=settings.download_python)
    if refusal is None:
        return interpreter, None
    later = [each for each in interpreters_here(cancel) if each.minor > _minor(python)]
    nearest = later[-1] if later else interpreter
    if nearest.minor > OLDEST_OF_UV and settings.download_python:
        found, missing = find(fetched, settings.interpreter, source, cancel, download=True)
        nearest = nearest if missing is not None else found
    return nearest, refusal


def _newest_of_their_python(
    spec: EnvironmentSpec, python: str, settings: EnvironmentSettings, cancel: CancelToken
) -> tuple[str, ...]:
    """The requirements with the releases that its own Python gets; as they are where it gets none."""
    precise = f"{python}.{_LAST_PATCH.get(python, 0)}"
    resolver = Resolver(PythonTarget(precise, ("--python-version", precise)), settings, spec.source, cancel)
    versions = versions_of(resolver.compile(spec.requirements, ()).stdout)
    return tuple(_pinned(line, versions) for line in spec.requirements)


def _pinned(line: str, versions: dict[str, str]) -> str:
    try:
        requirement = Requirement(unhashed(line))
    except InvalidRequirement:
        return line
    version = versions.get(str(canonicalize_name(requirement.name)))
    return line if version is None or requirement.url else rewritten(requirement, version)


def _note(python: str, proposal: KeptProposal, advice: str) -> str:
    """Note that says which Python and releases stand for others."""
    sentences = [
        l10n.t(
            "Python {new} stands for Python {old}, which is not on this machine.",
            new=proposal.python,
            old=python,
        )
    ]
    pins = [each for each in proposal.changed if each.old != NOT_NAMED]
    if pins:
        changes = ", ".join(f"{each.name} {each.old} → {each.new}" for each in pins)
        sentences.append(l10n.t("The nearest releases that it has: {changes}.", changes=changes))
    for each in filter(_is_another_major, pins):
        sentences.append(
            l10n.t(
                "A script that was written for {name} {old} may fail with {new}.",
                name=each.name,
                old=each.old,
                new=each.new,
            )
        )
    return " ".join((*sentences, advice))


def _is_another_major(change: PinChange) -> bool:
    return change.old.partition(".")[0] != change.new.partition(".")[0]


def _minor(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
