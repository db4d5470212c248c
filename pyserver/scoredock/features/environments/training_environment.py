"""The environment of a script that a script of the SDK v1 has submitted: with the packages that azureml-defaults brings
in Azure, and in a Python in which the SDK runs.

Environments of 2019 and 2020 name Python 3.5 to 3.7. The oldest Python of the SDK stands for those, with the releases
nearest to what such an environment gets there; a package that it leaves open is the newest of its own Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.python.interpreters import find, install_advice, interpreters_here
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.companions import NOT_NAMED
from scoredock.environments.versions.kept_answers import KeptAnswers, KeptProposal, ProposalInputs
from scoredock.environments.versions.model_needs import needs_of
from scoredock.environments.versions.nearest import PinChange, Resolver, rewritten, unhashed, versions_of
from scoredock.environments.versions.python_target import HerePythons, PythonTarget
from scoredock.features.context import Operation
from scoredock.features.environments.nearest_versions import ProposalSearch
from scoredock.formats.service_python import OLDEST_OF_SDK
from scoredock.progress import CancelToken
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
    """What these scripts are run in; `notes` say what was added and what stands for what.

    Raises what finding the nearest versions raises.
    """
    for script in scripts:
        spec = with_brought(spec, script, script_folder, lambda path: path.read_text("utf-8", "replace"))
    pinned = _PINNED_PYTHON.fullmatch(spec.python or "")
    if pinned is None or _minor(pinned[1]) >= OLDEST_OF_SDK or spec.conda is not None or spec.user_managed:
        return spec
    settings, cancel = deployments.settings.environment, operation.cancel
    target, advice = _target(settings, spec.source, cancel)
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
        notes=(*spec.notes, _note(pinned[1], proposal, advice)),
    )


def _target(settings: EnvironmentSettings, source: str, cancel: CancelToken) -> tuple[PythonTarget, str]:
    """The oldest Python of the SDK, else the oldest one here that it runs in, and how to get the former."""
    oldest = "{}.{}".format(*OLDEST_OF_SDK)
    interpreter, refusal = find(
        f"=={oldest}.*", settings.interpreter, source, cancel, download=settings.download_python
    )
    if refusal is None:
        return PythonTarget(interpreter.version, ("--python", str(interpreter.path))), ""
    here = [each for each in interpreters_here(cancel) if each.minor >= OLDEST_OF_SDK]
    chosen = here[-1] if here else interpreter
    return PythonTarget(chosen.version, ("--python", str(chosen.path))), install_advice(refusal)


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
    """What stands for what."""
    sentences = [
        l10n.t(
            "Python {new} stands for Python {old}, in which the SDK does not run here.",
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
    if advice:
        sentences.append(l10n.t("Python {version} has nearer ones.", version="{}.{}".format(*OLDEST_OF_SDK)))
        sentences.append(advice)
    return " ".join(sentences)


def _is_another_major(change: PinChange) -> bool:
    return change.old.partition(".")[0] != change.new.partition(".")[0]


def _minor(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
