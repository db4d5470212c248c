"""The report of a pull from Azure, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.contrib.azure.domain.pull_folder import ItemOutcome, PullPlan
from scoredock.visible import one_line


def report_text(plan: PullPlan, outcomes: Mapping[str, ItemOutcome]) -> str:
    """Report of a pull in Markdown: what came, what did not and why, what is still to come."""
    parts = [
        f"# {l10n.t('Pull from the Azure workspace {name}', name=plan.workspace.name)}",
        l10n.t(
            "Subscription {subscription}, resource group {group}.",
            subscription=plan.workspace.subscription_id,
            group=plan.workspace.resource_group,
        ),
        summary(plan, outcomes),
    ]
    rows = [(item, outcomes.get(item["key"])) for item in plan.items]
    came = [(item, each) for item, each in rows if each is not None and each.outcome != "failed"]
    failed = [(item, each) for item, each in rows if each is not None and each.outcome == "failed"]
    if came:
        rows_of_came = [_came(item, each) for item, each in came]
        head = (l10n.t("In Azure"), l10n.t("Here"), "")
        parts.append(f"## {l10n.t('What came')}\n\n{_table(head, rows_of_came)}")
    commands = "\n".join(command for _, each in came for command in each.commands)
    if commands:
        parts.append(f"## {l10n.t('Deploy it here')}\n\n```sh\n{commands}\n```")
    if failed:
        head = (l10n.t("In Azure"), l10n.t("Cause"), "")
        rows_of_failed = [_failed(item, each) for item, each in failed]
        parts.append(f"## {l10n.t('What did not come')}\n\n{_table(head, rows_of_failed)}")
    pending = [item["key"] for item, each in rows if each is None]
    if pending:
        listed = "\n".join(f"- `{key}`" for key in pending)
        parts.append(f"## {l10n.t('What is still to come')}\n\n{listed}")
    return "\n\n".join(parts) + "\n"


def summary(plan: PullPlan, outcomes: Mapping[str, ItemOutcome]) -> str:
    """Summary of a pull in one line."""
    counts: dict[str, int] = dict.fromkeys(("registered", "present", "written", "failed"), 0)
    for item in plan.items:
        outcome = outcomes.get(item["key"])
        if outcome is not None:
            counts[outcome.outcome] += 1
    pending = len(plan.items) - sum(counts.values())
    parts = [
        l10n.t("{count} registered", count=counts["registered"]) if counts["registered"] else "",
        l10n.t("{count} written", count=counts["written"]) if counts["written"] else "",
        l10n.t("{count} here already", count=counts["present"]) if counts["present"] else "",
        l10n.t("{count} did not come", count=counts["failed"]) if counts["failed"] else "",
        l10n.t("{count} still to come", count=pending) if pending else "",
    ]
    return ", ".join(filter(None, parts)) + "."


def _came(item: Mapping[str, Any], outcome: ItemOutcome) -> tuple[str, str, str]:
    words = {
        "registered": l10n.t("registered"),
        "present": l10n.t("here already"),
        "written": l10n.t("written"),
    }
    return f"`{item['key']}`", f"`{outcome.here}`", "; ".join([words[outcome.outcome], *outcome.notes])


def _failed(item: Mapping[str, Any], outcome: ItemOutcome) -> tuple[str, str, str]:
    return f"`{item['key']}`", outcome.code, outcome.message


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in lines)


def _cell(text: str) -> str:
    """Names and messages are Azure's: they end no cell and are not HTML."""
    return one_line(text).replace("|", "\\|").replace("<", "&lt;")
