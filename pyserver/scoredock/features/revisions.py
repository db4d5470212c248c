"""Revisions of a service: the list, what differs between two, and the way back."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING

from scoredock.environments.spec import shown_name
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages
from scoredock.services.state_words import intent_text

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments
    from scoredock.services.ledger import ServiceRows
    from scoredock.services.revision import Revision


def list_revisions(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceRevisions:
    """What is kept of a service, newest first. Raises service-not-found."""
    from scoredock.services.lifecycle.rollback import target_of

    deployments = context.deployments(params.workspace_id)
    deployments.service(params.name)  # what a killed writer left is finished first
    known = deployments.ledger.require(params.name)
    previous = 0
    with suppress(ScoredockError):
        previous = target_of(known, 0).number
    found = [_message(each, known) for each in reversed(known.revisions)]
    return messages.ServiceRevisions(params.name, found, previous)


def keep(name: str, number: int, context: Context) -> None:
    """Removes what is kept of all but the newest revisions of a service of the active workspace; the current one stays.
    Raises service-not-found, service-busy."""
    context.deployments(context.active().id).keep_revisions(name, number)


def _message(revision: Revision, known: ServiceRows) -> messages.ServiceRevision:
    current, origin, spec = known.current, revision.origin, revision.spec
    source = origin.source
    environment = spec.registered_environment or shown_name(spec.environment.display_name) if spec is not None else ""
    return messages.ServiceRevision(
        revision=revision.number,
        state="current"
        if current is not None and revision.number == current.number
        else "failed"
        if origin.failed
        else "kept",
        verb=intent_text(origin.verb),
        rolled_back_to=origin.of,
        created=revision.created,
        by=origin.by,
        commit=source.commit if source is not None else "",
        branch=source.branch if source is not None else "",
        dirty=source.dirty if source is not None else None,
        models=list(revision.models),
        environment=" ".join(each for each in (environment, revision.environment_key[:12]) if each),
        engine=revision.request.engine,
        entry_script=str(spec.script.path) if spec is not None else "",
    )


def rollback(params: messages.ServiceRollbackParams, context: Context, operation: Operation) -> messages.Service:
    """A new revision made of the kept files of an old one; what serves goes on until it is healthy."""
    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    return deployments.rollback(params.name, params.revision, operation.progress, operation.cancel)


def diff(params: messages.ServiceDiffParams, context: Context, operation: Operation) -> messages.RevisionComparison:
    """What differs between two kept revisions. Raises service-not-found, revision-not-found."""
    from scoredock.services.lifecycle.kept_files import KeptRevision
    from scoredock.services.lifecycle.rollback import revision_of
    from scoredock.services.revision_diff import differences

    deployments = context.deployments(params.workspace_id)
    known = deployments.ledger.require(params.name)
    before, after = (revision_of(known, number) for number in (params.before, params.after))
    folder = deployments.registry.folder
    found = differences(
        KeptRevision(folder, before), KeptRevision(folder, after), _packages(deployments, before, after)
    )
    told = [messages.RevisionDifference(**dataclasses.asdict(each)) for each in found]
    return messages.RevisionComparison(params.name, params.before, params.after, told)


def _packages(deployments: Deployments, before: Revision, after: Revision) -> tuple[list[str], list[str]]:
    """What is installed where both environments lie on this machine; else what was asked for in both."""
    both = [_installed(deployments, each) for each in (before, after)]
    if all(both):
        return both[0], both[1]
    asked = [list(each.spec.environment.requirements) if each.spec is not None else [] for each in (before, after)]
    return asked[0], asked[1]


def _installed(deployments: Deployments, revision: Revision) -> list[str]:
    if revision.request.engine != "process" or not revision.environment_key:
        return []
    with suppress(ScoredockError):
        return deployments.environments.inspect(revision.environment_key).lock.splitlines()
    return []
