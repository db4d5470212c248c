"""The nearest versions that install here, written into a person's file; and parts of the server that are installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.script_environment import Reader
from scoredock.protocol import messages

_FRAMEWORKS = {"scikitlearn": "scikit-learn", "tensorflow": "tensorflow", "pytorch": "torch"}
"""Frameworks whose files depend on the version that wrote them → their package."""


def suggest(
    params: messages.EnvironmentSuggestParams, context: Context, operation: Operation
) -> messages.EnvironmentSuggestion:
    """What installs instead of the pins of a file. Changes nothing; the answer has the text to write.

    Raises what reading the file and `environments.nearest.suggest` raise.
    """
    from scoredock.deploy.environment_choice import environment_of_file
    from scoredock.environments.nearest import suggest as nearest

    path = absolute(params.path)
    deployments = context.deployments(params.workspace_id)
    reader = Reader(deployments.registry, context.overlays())
    text = reader.text(path)
    spec = environment_of_file(path, reader)
    if spec.conda is not None:
        raise ScoredockError(
            "environment-conda-only",
            f"{', '.join(spec.conda.reasons) or 'The project'} makes {path.name} an environment of conda packages.",
            "Relax the pins that the solver names; nearest versions are looked for in pip packages only.",
        )
    made_with = _made_with(params.model, context, params.workspace_id)
    found = nearest(spec, deployments.settings.environment, operation.progress, operation.cancel, made_with)
    changed = [messages.EnvironmentChange(each.name, each.old, each.new) for each in found.changed]
    after, by_hand = rewritten(str(path), text, changed)
    return messages.EnvironmentSuggestion(
        str(path),
        found.python,
        list(found.requirements),
        changed,
        list(found.impossible),
        found.warning,
        after,
        by_hand,
    )


def rewritten(path: str, text: str, changed: list[messages.EnvironmentChange]) -> tuple[str, list[str]]:
    """The text with the changes, and those whose place was not found. Everything else of the text stays as it is."""
    from scoredock.checks.environment_edit import pin_package, raise_python
    from scoredock.configs.facts import EnvironmentFacts
    from scoredock.environments.packages import CONDA_TO_PIP
    from scoredock.features.fixing import applied

    facts = EnvironmentFacts(path=path, text=text)
    left: list[str] = []
    for change in changed:
        if change.name == "python":
            fix = raise_python(facts, change.new)
            listed = "python" in facts.text
        else:
            names = [change.name, *(conda for conda, pip in CONDA_TO_PIP.items() if pip == change.name.lower())]
            fix = next((found for name in names if (found := pin_package(facts, name, change.new)) is not None), None)
            listed = True
        if fix is not None:
            facts = replace(facts, text=applied(facts.text, list(fix.edits)))
        elif listed:
            left.append(f"{change.name} {change.old} → {change.new}")
    return facts.text, left


def enable_extra(params: messages.ServerExtraParams, context: Context, operation: Operation) -> messages.ServerExtra:
    """Installs a part of the server. Whoever asks has the person's consent. Raises what `extras.install_extra` raises."""
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
        raise ScoredockError("file-not-found", f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError):
        raise ScoredockError("file-unreadable", f"{path} cannot be read.") from None
