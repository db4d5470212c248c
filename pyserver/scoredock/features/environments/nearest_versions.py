"""The nearest versions that install here, written into a person's file; and parts of the server that are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.engine_table import ENGINES, engine_kind
from scoredock.environments.packages import SDK
from scoredock.errors import ScoredockError
from scoredock.features.file_names import PACKAGE_LIST
from scoredock.protocol import messages
from scoredock.scripts.environment import OverlayReader
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, verb

if TYPE_CHECKING:
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.environments.versions.python_target import HerePythons, ImagePythons
    from scoredock.scripts.version_search import ProposalSearch
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
    """Nearest versions that install instead of the pins of a file. Changes nothing; the answer has the text to write.

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
    from scoredock.scripts.version_search import ProposalSearch
    from scoredock.services.planning import needed_by_models as needed

    registry, settings = deployments.registry, deployments.settings.environment
    models = [registry.model(each) for each in params.models]
    is_named = bool(models or params.model_files)
    needs = (
        needed.needs_of_named(models, params.model_files, registry)
        if is_named
        else needed.needs_of_registered(spec, registry)
    )
    last = deployments.last.below(absolute(params.path).parent) if not params.engine else None
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
