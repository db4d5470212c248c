"""Fetching from a workspace in Azure: chosen, gone on with after a cut, reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.azure import messages
from scoredock.contrib.azure.domain.choice import ALL, absent, choose, kinds_of, required
from scoredock.contrib.azure.domain.process import ShelfJob, shelf_events
from scoredock.contrib.azure.domain.pull_folder import ItemOutcome, PullFolder, PullPlan, writing
from scoredock.contrib.azure.domain.report import report_text, summary
from scoredock.contrib.azure.verbs.account import ACCOUNT_ARGUMENTS, ACCOUNT_ERRORS, python_of, sign_in_of, workspace_of
from scoredock.contrib.azure.verbs.listing import Question, tell_sign_in
from scoredock.contrib.azure.verbs.names import names_here
from scoredock.contrib.azure.verbs.origin import FILES, versions_here
from scoredock.contrib.azure.verbs.placing import Placing
from scoredock.errors import ScoredockError
from scoredock.progress import WARNING, PartOfStep, amount
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

_FETCHED_FIRST = frozenset(("model", "environment"))
_CHOICE = ("choices", "archived", "renames", "output")
"""Of the parameters: what a pull that was killed before it had a plan is gone on with."""


@verb(
    "azure/pull",
    progress="Fetching from Azure",
    changes=True,
    errors=(*ACCOUNT_ERRORS, "azure-choice-invalid", "azure-nothing-chosen", "azure-pull-running"),
    terminal=CliCommand(
        "azure pull",
        "Fetch what is chosen of a workspace in Azure, or go on where an earlier pull was cut off. Only reads there.",
        (
            argument(
                "choices",
                help="KIND:NAME[:VERSION] of `azure list`; * stands for any text, latest for the newest version",
                nargs="*",
                metavar="CHOICE",
                names="",
            ),
            argument("--all", help="all models, environments, services and endpoints", action="store_true"),
            argument("--archived", help="archived versions as well", action="store_true"),
            argument(
                "--rename", help="name in Azure and name here; may be repeated", action="append", metavar="NAME=NAME"
            ),
            argument(
                "--output-path",
                help="folder for services, endpoints and runs; azure-NAME in the working directory by default",
                default="",
                metavar="FOLDER",
            ),
            *ACCOUNT_ARGUMENTS,
        ),
        (
            "scoredock azure pull model:diabetes:latest",
            "scoredock azure pull 'model:*' 'online-endpoint:prices' --output-path shelf",
            "scoredock azure pull service:diabetes",
            "scoredock azure pull",
        ),
    ),
    editor=(
        EditorCommand(
            "fetchFromAzure",
            "Fetch from Azure…",
            "contrib/azure/azure",
            icon="cloud-download",
            menus=(rows("workspaces", "azure", "inline@2", "1_main@4"),),
        ),
    ),
)
def pull(params: messages.AzurePullParams, context: Context, operation: Operation) -> messages.AzurePull:
    """Outcome of everything that was chosen; the report gives the reasons for what did not come."""
    workspace = workspace_of(params.account, params.workspace_id, context)
    registry = context.registry(params.workspace_id)
    folder = PullFolder(context.workspace(params.workspace_id).path, workspace)
    with folder.locked():
        python = python_of(params.account, context, operation)
        plan = _Planning(params, folder, python, context, operation).plan()
        folder.sweep(plan)
        placing = Placing(registry, folder, Path(plan.output), operation)
        try:
            _Pull(plan, placing, params, python, context).carry_out()
        finally:
            report = _write_report(folder, plan)
    return _message(folder, plan, report)


@verb(
    "azure/report",
    errors=("azure-workspace-unknown", "azure-pull-missing"),
    terminal=CliCommand(
        "azure report",
        "Show what has come from a workspace in Azure, what did not and why, and what is still to come.",
        ACCOUNT_ARGUMENTS[:3],
        ("scoredock azure report",),
    ),
)
def report(params: messages.AzureReportParams, context: Context, operation: Operation) -> messages.AzurePull:
    """Outcome of the last pull; Azure is not asked."""
    workspace = workspace_of(params.account, params.workspace_id, context)
    folder = PullFolder(context.workspace(params.workspace_id).path, workspace)
    plan = folder.plan()
    if plan is None:
        raise ScoredockError(
            "azure-pull-missing", l10n.t("Nothing was fetched from the workspace {name} yet.", name=workspace.name)
        )
    return _message(folder, plan, folder.path / "report.md")


class _Planning:
    """Plan of what is fetched: what was chosen now, and what is still to come of an earlier pull."""

    def __init__(
        self,
        params: messages.AzurePullParams,
        folder: PullFolder,
        python: str,
        context: Context,
        operation: Operation,
    ) -> None:
        self._params = params
        self._folder = folder
        self._python = python
        self._context = context
        self._operation = operation

    def plan(self) -> PullPlan:
        """Raises ScoredockError `azure-nothing-chosen`, and what choosing raises."""
        before = self._folder.plan()
        outcomes = self._folder.outcomes(before) if before is not None else {}
        if not self._params.choices and (choice := self._folder.choice()):
            self._params = replace(self._params, **{name: choice[name] for name in _CHOICE if name in choice})
        if self._params.choices:
            output = str(absolute(self._params.output)) if self._params.output else ""
            choice = {name: getattr(self._params, name) for name in _CHOICE}
            with self._folder.choosing({**choice, "output": output}):
                return self._new_plan(before, outcomes)
        came = [each for each in outcomes.values() if each.outcome != "failed"]
        if before is None or len(came) == len(before.items):
            raise ScoredockError("azure-nothing-chosen", l10n.t("Nothing is chosen, and nothing is still to come."))
        return before

    def _new_plan(self, before: PullPlan | None, outcomes: Mapping[str, ItemOutcome]) -> PullPlan:
        remaining = _remaining(before, outcomes) if before is not None else []
        items = self._items()
        keys = {item["key"] for item in items}
        output = self._output(before, bool(remaining))
        plan = self._folder.write_plan([item for item in remaining if item["key"] not in keys] + items, output)
        # What can change in Azure is read anew, if an earlier pull could not put it into its place.
        self._folder.drop(item["key"] for item in items if item["kind"] not in _FETCHED_FIRST)
        return plan

    def _items(self) -> list[dict[str, Any]]:
        params = self._params
        kinds = kinds_of(params.choices)
        question = Question(self._folder.workspace, sign_in_of(params.account), self._python, self._context)
        listed = question.items(kinds, archived=params.archived, operation=self._operation)
        for note in question.notes:
            if any(each.startswith("service:") for each in set(params.choices) - set(ALL)):
                raise ScoredockError("azure-refused", note)
            self._operation.progress.report(WARNING + note)
        items = choose(listed, params.choices)
        # What an endpoint needs may be archived, or have no name of its own; the latter stands in its own file.
        needed = [required(key) for key in absent(items) if not key.split(":")[1].startswith("CliV2Anonymous")]
        items = [*needed, *items]
        names = names_here(items, params.renames)
        return [{**item, "here": names.get((item["kind"], item["name"]), item["name"])} for item in items]

    def _output(self, before: PullPlan | None, goes_on: bool) -> str:
        if self._params.output:
            return str(absolute(self._params.output))
        if before is not None and goes_on:
            return before.output
        folders = self._context.folders
        return str((folders[0] if folders else Path.cwd()) / f"azure-{self._folder.workspace.name}")


def _remaining(plan: PullPlan, outcomes: Mapping[str, ItemOutcome]) -> list[dict[str, Any]]:
    """Items of a plan that are still to come, and those that they need: the files of an endpoint say what it has become
    here.
    """
    keys = {item["key"] for item in plan.items if item["key"] not in outcomes}
    keys.update(key for item in plan.items if item["key"] in keys for key in item["requires"])
    return [item for item in plan.items if item["key"] in keys]


class _Pull:
    """Fetches and puts into place, side by side; versions of a name in their order."""

    def __init__(
        self, plan: PullPlan, placing: Placing, params: messages.AzurePullParams, python: str, context: Context
    ) -> None:
        self._context = context
        self._plan = plan
        self._placing = placing
        self._folder = placing.folder
        self._operation = placing.operation
        self._account = params.account
        self._python = python
        outcomes = self._folder.outcomes(plan)
        self._outcomes = {key: each for key, each in outcomes.items() if each.outcome != "failed"}
        self._fetched: dict[str, Mapping[str, Any]] = {}
        self._earlier = versions_here(placing.registry, plan.workspace)
        self._groups: dict[str, list[dict[str, Any]]] = {}
        """Key → what is still to come of its name, of which it is one."""
        of_names: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for item in plan.items:
            if item["key"] not in self._outcomes:
                group = of_names[item["kind"], item["name"]]
                group.append(item)
                self._groups[item["key"]] = group

    def carry_out(self) -> None:
        """Raises what ends the pull; what has come until then stays, and is not fetched again."""
        items = [item for item in self._plan.items if item["key"] not in self._outcomes]
        if not items:
            return
        job = ShelfJob(
            {
                **self._plan.workspace.to_json(),
                **sign_in_of(self._account).to_json(),
                "task": "fetch",
                "folder": str(self._folder.path),
                "items": [self._question(item) for item in items],
            },
            self._plan.workspace.name,
            self._folder.path,
        )
        self._operation.progress.report(l10n.t("Signing in to Azure"))
        for event in shelf_events(job, self._python, self._operation.cancel):
            self._take(event)
        self._place_rest(items)

    def _question(self, item: Mapping[str, Any]) -> dict[str, Any]:
        version = self._earlier.get(item["key"]) if item["kind"] == "model" else None
        same = version.properties.get(FILES, "") if version is not None else ""
        facts = {name: item[name] for name in ("key", "kind", "name", "version")}
        return {**facts, "folder": self._folder.item_name(item["key"]), "same": same}

    def _take(self, event: Mapping[str, Any]) -> None:
        name = event["event"]
        if name == "signIn":
            tell_sign_in(event, self._context, self._operation)
        elif name == "progress":
            self._tell(int(event["bytes"]))
        elif name in ("done", "failed"):
            self._fetched[event["key"]] = event
            kind = event["key"].partition(":")[0]
            if kind in _FETCHED_FIRST:
                self._place_group(event["key"])
            self._tell(0)

    def _tell(self, count: int) -> None:
        step = l10n.t("Fetching from {name}", name=self._plan.workspace.name)
        done, total = len(self._outcomes), len(self._plan.items)
        parts = l10n.t(", {done} of {total}", done=done, total=total)
        if count:
            parts = f"{parts}, {amount(count)}"
        self._operation.progress.report(PartOfStep(step, parts), 100 * done // total if total else None)

    def _place_group(self, key: str) -> None:
        """Places the fetched versions of a name, as far as the versions before have come."""
        group = self._groups[key]
        while group and group[0]["key"] in self._fetched:
            self._place(group.pop(0))

    def _place_rest(self, items: list[dict[str, Any]]) -> None:
        for item in items:
            if item["key"] not in self._outcomes and item["key"] in self._fetched:
                self._place(item)

    def _place(self, item: dict[str, Any]) -> None:
        self._operation.cancel.raise_if_cancelled()
        event = self._fetched[item["key"]]
        if event["event"] == "failed":
            message = failure_text(str(event["code"]), str(event["message"]))
            outcome = ItemOutcome(item["key"], "failed", code=str(event["code"]), message=message)
        elif event["same"] and item["key"] in self._earlier:
            version = self._earlier[item["key"]]
            outcome = ItemOutcome(
                item["key"], "present", version.id, files=int(event["files"]), bytes=int(event["bytes"])
            )
        else:
            here = {key: each.here for key, each in self._outcomes.items() if each.outcome != "failed"}
            outcome = self._placing.place(item, event, here)
        if hosts := ", ".join(event.get("foreign", ())):
            note = l10n.t("read from {hosts} without your sign-in", hosts=hosts)
            outcome = replace(outcome, notes=(*outcome.notes, note))
        self._folder.record(self._plan, outcome)
        self._outcomes[item["key"]] = outcome


def failure_text(code: str, message: str) -> str:
    """Sentence on why a thing did not come."""
    reason = f" ({message})" if message else ""
    texts = {
        "gone": l10n.t("It or its files are no longer in Azure{reason}.", reason=reason),
        "forbidden": l10n.t("Your account may not read its files{reason}.", reason=reason),
        "foreign": l10n.t(
            "{host} does not give its files to those who are not signed in, and your sign-in does not go there: no"
            " datastore of the workspace names that account. Register it as a datastore, or upload the files again.",
            host=message,
        ),
        "path": l10n.t("A path in it cannot be that of a file here{reason}.", reason=reason),
        "location": l10n.t("Its files are in a place that cannot be read from here{reason}.", reason=reason),
        "location-missing": l10n.t("Azure does not say where its files are."),
        "datastore": l10n.t("Its datastore is of a kind that cannot be read here{reason}.", reason=reason),
        "service-kind": l10n.t("It runs on {kind}, which is neither ACI nor AKS.", kind=message or "?"),
        "changed": l10n.t("Its files were changed while they were read."),
        "damaged": l10n.t("A file came with other bytes than its checksum says{reason}.", reason=reason),
    }
    return texts.get(code) or l10n.t("Azure or its client library refused it{reason}.", reason=reason)


def _write_report(folder: PullFolder, plan: PullPlan) -> Path:
    path = folder.path / "report.md"
    with writing(path):
        path.write_text(report_text(plan, folder.outcomes(plan)), "utf-8")
    return path


def _message(folder: PullFolder, plan: PullPlan, path: Path) -> messages.AzurePull:
    outcomes = folder.outcomes(plan)
    ordered = [outcomes[item["key"]] for item in plan.items if item["key"] in outcomes]
    return messages.AzurePull(
        workspace_name=plan.workspace.name,
        outcomes=[
            messages.AzureOutcome(
                each.key,
                _RESULTS[each.outcome],
                each.here,
                each.code,
                each.message,
                list(each.notes),
                list(each.commands),
                each.files,
                each.bytes,
            )
            for each in ordered
        ],
        pending=[item["key"] for item in plan.items if item["key"] not in outcomes],
        summary=summary(plan, outcomes),
        output=plan.output if any(Path(each.here).is_absolute() for each in ordered) else "",
        report=str(path),
    )


_RESULTS: Mapping[str, messages.AzureResult] = {
    "registered": "registered",
    "present": "present",
    "written": "written",
    "failed": "failed",
}
