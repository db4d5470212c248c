"""`azure list`: what a workspace in Azure has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.azure import messages
from scoredock.contrib.azure.domain.account import KINDS, AzureWorkspace, SignIn
from scoredock.contrib.azure.domain.process import ShelfJob, shelf_events
from scoredock.contrib.azure.domain.pull_folder import PullFolder
from scoredock.contrib.azure.verbs.account import ACCOUNT_ARGUMENTS, ACCOUNT_ERRORS, python_of, sign_in_of, workspace_of
from scoredock.contrib.azure.verbs.names import names_here
from scoredock.contrib.azure.verbs.origin import versions_here
from scoredock.progress import WARNING, PartOfStep
from scoredock.temporary.folders import TemporaryFolder
from scoredock.verb import CliCommand, argument, verb


@verb(
    "azure/list",
    progress="Reading the workspace in Azure",
    errors=ACCOUNT_ERRORS,
    terminal=CliCommand(
        "azure list",
        "List what a workspace in Azure has: models, environments, services, endpoints, runs. Nothing is fetched.",
        (
            argument("--kind", help="only this kind; may be repeated", action="append", choices=KINDS),
            argument("--archived", help="archived versions and runs as well", action="store_true"),
            *ACCOUNT_ARGUMENTS,
        ),
        ("scoredock azure list", "scoredock azure list --kind model --archived"),
    ),
)
def list_shelf(params: messages.AzureListParams, context: Context, operation: Operation) -> messages.AzureShelf:
    """Items of the workspace in Azure by kind and name, with the name of each here."""
    workspace = workspace_of(params.account, params.workspace_id, context)
    python = python_of(params.account, context, operation)
    kinds = [kind for kind in KINDS if not params.kinds or kind in params.kinds]
    info = context.workspace(params.workspace_id)
    registry = context.registry(params.workspace_id)
    question = Question(workspace, sign_in_of(params.account), python, context)
    items = question.items(kinds, archived=params.archived, operation=operation)
    names, present = names_here(items, {}), versions_here(registry, workspace)
    folder = PullFolder(info.path, workspace)
    plan = folder.plan()
    pending = len(plan.items) - len(folder.outcomes(plan)) if plan is not None else 0
    listed = [_message(item, names, present) for item in items]
    return messages.AzureShelf(workspace.name, listed, pending, question.notes)


class Question:
    """Asks for the list of a workspace."""

    def __init__(self, workspace: AzureWorkspace, sign_in: SignIn, python: str, context: Context) -> None:
        self._workspace = workspace
        self._sign_in = sign_in
        self._python = python
        self._context = context
        self.notes: list[str] = []
        """What could not be listed, and why."""

    def items(self, kinds: Sequence[str], *, archived: bool, operation: Operation) -> list[dict[str, Any]]:
        """Raises what `shelf_events` raises."""
        with TemporaryFolder("azure") as scratch:
            return self._items(kinds, archived, scratch, operation)

    def _items(self, kinds: Sequence[str], archived: bool, scratch: Path, operation: Operation) -> list[dict[str, Any]]:
        document = {
            **self._workspace.to_json(),
            **self._sign_in.to_json(),
            "task": "list",
            "kinds": list(kinds),
            "archived": archived,
        }
        job = ShelfJob(document, self._workspace.name, scratch)
        items = []
        step = l10n.t("Signing in to Azure")
        operation.progress.report(step)
        for event in shelf_events(job, self._python, operation.cancel):
            if event["event"] == "signIn":
                tell_sign_in(event, self._context, operation)
            elif event["event"] == "unlisted":
                self.notes.append(_unlisted(event))
            elif event["event"] == "item":
                items.append(event["item"])
                step = l10n.t("Reading {name}", name=self._workspace.name)
                operation.progress.report(PartOfStep(step, l10n.t(", {count:,} so far", count=len(items))))
        return items


def tell_sign_in(event: Mapping[str, Any], context: Context, operation: Operation) -> None:
    """Tells the client which page to open, and which code to enter there."""
    text = l10n.t("Open {address} and enter {code}", address=event["address"], code=event["code"])
    if context.push is None:
        operation.progress.report(WARNING + text)
        return
    context.push(messages.AzureCode(str(event["address"]), str(event["code"]), str(event["until"])))
    operation.progress.report(text)


def _unlisted(event: Mapping[str, Any]) -> str:
    reason = str(event["message"] or event["code"])
    return l10n.t("The services of v1 could not be listed: {reason}.", reason=reason.rstrip("."))


def _message(
    item: Mapping[str, Any], names: Mapping[tuple[str, str], str], present: Mapping[str, Any]
) -> messages.AzureItem:
    here = present.get(item["key"])
    return messages.AzureItem(
        key=item["key"],
        kind=item["kind"],
        name=item["name"],
        version=item["version"],
        created=item["created"],
        archived=bool(item["archived"]),
        title=item["title"],
        type=item["type"],
        status=str(item.get("status", "")),
        experiment=str(item.get("experiment", "")),
        here=names.get((item["kind"], item["name"]), item["name"]),
        present=here.id if here is not None else "",
    )
