"""`scoredock azure …`: what a workspace in Azure has, and fetching it."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, pairs
from scoredock.cli.session import Session, document, facts, table
from scoredock.context import Context
from scoredock.contrib.azure import messages
from scoredock.contrib.azure.domain.choice import ALL
from scoredock.contrib.azure.verbs import listing, pulling
from scoredock.protocol import wire


def _account(options: Namespace) -> messages.AzureAccount:
    return messages.AzureAccount(
        subscription_id=options.subscription_id,
        resource_group=options.resource_group,
        workspace_name=options.azure_workspace,
        sign_in=getattr(options, "sign_in", "default"),
        tenant=getattr(options, "tenant", ""),
        python=getattr(options, "python", ""),
    )


def _show_code(code: messages.AzureCode) -> None:
    print(document({"signIn": wire.to_wire(code)}, sys.stderr, indent=None), file=sys.stderr, flush=True)


def _context(session: Session) -> Context:
    """Context of the session; with `--json`, where standard error has no progress, a person must see the code all the
    same.
    """
    if session.as_json:
        session.context.push = _show_code
    return session.context


def _list(options: Namespace, session: Session) -> int:
    params = messages.AzureListParams(_account(options), list(options.kind or ()), options.archived)
    shelf = listing.list_shelf(params, _context(session), session.operation())
    lines = [table([_row(item) for item in shelf.items], (l10n.t("in Azure"), l10n.t("created"), "", l10n.t("here")))]
    if not shelf.items:
        lines = [l10n.t("The workspace {name} has nothing of that.", name=shelf.workspace_name)]
    lines += shelf.notes
    if shelf.pending:
        lines.append(
            l10n.t("{count} of an earlier pull are still to come: `scoredock azure pull`.", count=shelf.pending)
        )
    session.result(shelf, "\n".join(lines))
    return OK


def _row(item: messages.AzureItem) -> tuple[str, str, str, str]:
    words = [item.title, item.type, item.status, l10n.t("archived") if item.archived else ""]
    here = item.present or (l10n.t("as {name}", name=item.here) if item.here != item.name else "")
    return item.key, item.created[:10], ", ".join(filter(None, words))[:60], here


def _pull(options: Namespace, session: Session) -> int:
    choices = [*options.choices, *(ALL if options.all else ())]
    params = messages.AzurePullParams(
        choices, _account(options), options.archived, pairs(options.rename), options.output_path
    )
    answer = pulling.pull(params, _context(session), session.operation())
    return _show(answer, session)


def _report(options: Namespace, session: Session) -> int:
    answer = session.ask(pulling.report, account=_account(options))
    return _show(answer, session)


def _show(answer: messages.AzurePull, session: Session) -> int:
    rows = [
        (each.key, each.here or each.message, "; ".join(each.notes))
        for each in answer.outcomes
        if each.result != "present"
    ]
    shown = rows[:_MOST_ROWS]
    lines = [table(shown, (l10n.t("in Azure"), l10n.t("here"), ""))] if shown else []
    if len(rows) > len(shown):
        lines.append(l10n.t("… and {count} more", count=len(rows) - len(shown)))
    commands = [command for each in answer.outcomes if each.result == "written" for command in each.commands]
    if commands:
        lines += [l10n.t("To deploy it here:"), *(f"  {command}" for command in commands[:_MOST_ROWS])]
    places = [(l10n.t("report"), answer.report)]
    if answer.output:
        places.insert(0, (l10n.t("files"), answer.output))
    session.result(answer, "\n".join([*lines, answer.summary, facts(places)]))
    return FAILED if any(each.result == "failed" for each in answer.outcomes) else OK


_MOST_ROWS = 50
COMMANDS = (Command("azure list", _list), Command("azure pull", _pull), Command("azure report", _report))
