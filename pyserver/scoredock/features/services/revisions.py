"""Revisions of a service: the list, what differs between two, and the way back."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.engine_table import engine_kind
from scoredock.environments.spec import shown_name
from scoredock.errors import ScoredockError
from scoredock.features.arguments import SERVICE
from scoredock.protocol import messages
from scoredock.services.state_words import intent_text
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments
    from scoredock.services.revision import Revision


@verb(
    "service/revisions",
    progress="Reading revisions",
    errors=("service-not-found",),
    terminal=CliCommand(
        "service revisions",
        "List the revisions that are kept of a service: when they were deployed, by whom, from which commit.",
        (
            SERVICE,
            argument(
                "--keep",
                help="first remove all but the newest N revisions; the current one stays",
                type=int,
                default=0,
                metavar="N",
            ),
        ),
        ("scoredock service revisions diabetes", "scoredock service revisions diabetes --keep 1"),
    ),
    editor=(
        EditorCommand(
            "showRevisions",
            "Revisions",
            "services/revisions",
            icon="history",
            menus=(rows("services", "service", "1_update@5", menu="scoredock.service.update"),),
        ),
    ),
)
def list_revisions(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceRevisions:
    """Revisions that are kept of a service, newest first."""
    from scoredock.services.lifecycle.rollback import target_of
    from scoredock.services.revision import Origin, Revision

    deployments = context.deployments(params.workspace_id)
    service = deployments.service(params.name)  # what a killed writer left is finished first
    ledger_rows = deployments.ledger.require(params.name)
    current, revisions, previous = ledger_rows.current, ledger_rows.revisions, 0
    if current is not None and service.namespace and service.revision not in (0, *ledger_rows.numbers):
        origin = Origin(l10n.t("another machine"))
        current = Revision(params.name, service.revision, (), current.request, None, "", "", 0.0, origin=origin)
        revisions = (*revisions, current)
    with suppress(ScoredockError):
        previous = target_of(ledger_rows, 0, service.revision).number
    messages_of = [_message(each, current) for each in sorted(revisions, key=lambda each: -each.number)]
    return messages.ServiceRevisions(params.name, messages_of, previous)


def keep(name: str, number: int, context: Context) -> None:
    """Removes what is kept of all but the newest revisions of a service of the active workspace; the current one stays.
    Raises service-not-found, service-busy."""
    context.deployments(context.active().id).keep_revisions(name, number)


def _message(revision: Revision, current: Revision | None) -> messages.ServiceRevision:
    origin, spec = revision.origin, revision.spec
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


@verb(
    "service/rollback",
    progress="Rolling back service",
    changes=True,
    terminal=CliCommand(
        "service rollback",
        "Deploy the kept files of an earlier revision as a new revision. The current one responds until it is healthy.",
        (
            SERVICE,
            argument(
                "revision",
                help="number of the revision; by default the one that was current before",
                nargs="?",
                type=int,
                default=0,
            ),
        ),
        ("scoredock service rollback diabetes", "scoredock service rollback diabetes 3"),
    ),
    editor=(
        EditorCommand(
            "rollBackService",
            "Roll Back",
            "services/revisions",
            icon="discard",
            menus=(rows("services", "returnable", "1_update@4", menu="scoredock.service.update"),),
        ),
    ),
)
def rollback(params: messages.ServiceRollbackParams, context: Context, operation: Operation) -> messages.Service:
    """A new revision made of the kept files of an old one; what serves goes on until it is healthy."""
    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    return deployments.rollback(params.name, params.revision, operation.progress, operation.cancel)


@verb(
    "service/diff",
    progress="Comparing revisions",
    errors=("service-not-found", "revision-not-found"),
    terminal=CliCommand(
        "service diff",
        "Show the files, packages, models and settings that differ between two kept revisions.",
        (
            SERVICE,
            argument("before", help="number of the earlier revision", type=int),
            argument("after", help="number of the later revision", type=int),
        ),
        ("scoredock service diff diabetes 3 4",),
    ),
)
def diff(params: messages.ServiceDiffParams, context: Context, operation: Operation) -> messages.RevisionComparison:
    """Differences between two kept revisions."""
    from scoredock.services.lifecycle.kept_files import KeptRevision
    from scoredock.services.lifecycle.rollback import revision_of
    from scoredock.services.revision_diff import differences

    deployments = context.deployments(params.workspace_id)
    service_rows = deployments.ledger.require(params.name)
    before, after = (revision_of(service_rows, number) for number in (params.before, params.after))
    folder = deployments.registry.folder
    found = differences(
        KeptRevision(folder, before), KeptRevision(folder, after), _packages(deployments, before, after)
    )
    changes = [messages.RevisionDifference(**dataclasses.asdict(each)) for each in found]
    return messages.RevisionComparison(params.name, params.before, params.after, changes)


def _packages(deployments: Deployments, before: Revision, after: Revision) -> tuple[list[str], list[str]]:
    """Packages that are installed where both environments lie on this machine; else those asked for in both."""
    both = [_installed(deployments, each) for each in (before, after)]
    if all(both):
        return both[0], both[1]
    asked = [list(each.spec.environment.requirements) if each.spec is not None else [] for each in (before, after)]
    return asked[0], asked[1]


def _installed(deployments: Deployments, revision: Revision) -> list[str]:
    if engine_kind(revision.request.engine).contained or not revision.environment_key:
        return []
    with suppress(ScoredockError):
        return deployments.environments.inspect(revision.environment_key).lock.splitlines()
    return []
