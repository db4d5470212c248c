"""`scoredock run …`: runs that the workspace keeps and those of MLflow, and a model from one of them."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, pairs
from scoredock.cli.models.metadata_file import write_metadata
from scoredock.cli.session import Session, day, facts, size, table
from scoredock.contrib.runs import messages
from scoredock.contrib.runs.terminal.run_models import registered_from_run
from scoredock.contrib.runs.verbs import logged_runs, runs
from scoredock.visible import visible


def _stores(options: Namespace, session: Session) -> int:
    answer = session.ask(runs.stores, folders=[str(Path(folder).absolute()) for folder in options.folder])
    rows = [(one.uri, one.kind, one.problem or "-") for one in answer.stores]
    none = l10n.t("no tracking stores; name one in {setting} or MLFLOW_TRACKING_URI", setting=runs.SETTING)
    session.result(answer, table(rows, (l10n.t("STORE"), l10n.t("KIND"), l10n.t("PROBLEM"))) if rows else none)
    return OK


def _experiments(options: Namespace, session: Session) -> int:
    params = messages.ExperimentsParams(options.store, options.page)
    page = runs.experiments(params, session.context, session.operation(), typed=True)
    rows = [(one.id, one.name, "-" if one.runs is None else one.runs) for one in page.experiments]
    session.result(
        page,
        _more(
            table(rows, (l10n.t("ID"), l10n.t("NAME"), l10n.t("RUNS"))) if rows else l10n.t("no experiments"),
            page.next_page,
        ),
    )
    return OK


def _list(options: Namespace, session: Session) -> int:
    if not options.store:
        return _list_all(options, session)
    if not options.experiment:
        raise UsageError(l10n.t("Name an experiment of the store, or leave out both for the newest runs of all."))
    params = messages.RunsParams(options.store, options.experiment, options.parent, options.page, options.limit)
    answer = runs.list_runs(params, session.context, session.operation(), typed=True)
    rows = [_row(one) for one in answer.runs]
    session.result(answer, _more(table(rows, _head()) if rows else l10n.t("no runs"), answer.next_page))
    return OK


def _row(one: messages.Run) -> tuple[str, ...]:
    return (
        one.id,
        one.name or "-",
        one.status.lower(),
        "-" if one.started is None else day(one.started),
        " ".join(f"{key}={value:.6g}" for key, value in list(one.metrics.items())[:4]) or "-",
        ", ".join(one.models) or (l10n.t("children") if one.has_children else "-"),
    )


def _head() -> tuple[str, ...]:
    return (l10n.t("RUN"), l10n.t("NAME"), l10n.t("STATUS"), l10n.t("STARTED"), l10n.t("METRICS"), l10n.t("MODELS"))


def _list_all(options: Namespace, session: Session) -> int:
    """The newest runs of every store that is here, the workspace's own among them."""
    answer = runs.newest(options.limit, session.context, session.exact())
    rows = [(_store_name(one.store), one.experiment.name, *_row(one.run)) for one in visible(answer.runs)]
    head = (l10n.t("STORE"), l10n.t("EXPERIMENT"), *_head())
    session.result(answer, table(rows, head) if rows else session.nothing(l10n.t("no runs"), "run"))
    return OK


def _store_name(store: messages.RunStore) -> str:
    return runs.OF_WORKSPACE if store.kind == "workspace" else store.title


def _export(options: Namespace, session: Session) -> int:
    answer = session.ask(
        logged_runs.export, options, target=str(Path(options.folder).absolute()), workspace_id="", run_id=options.run
    )
    lines = [l10n.t("{count} runs in {path}", count=len(answer.runs), path=answer.path)]
    if answer.skipped:
        lines.append(l10n.t("{count} were there already and stay as they are", count=len(answer.skipped)))
    session.result(answer, "\n".join(lines))
    return OK


def _show(options: Namespace, session: Session) -> int:
    store = options.store or runs.store_of(options.run_id, session.context, session.exact())
    params = messages.RunRef(store, options.run_id)
    details = runs.show(params, session.context, session.operation(), typed=True)
    run = details.run
    rows = [
        (l10n.t("id"), run.id),
        (l10n.t("name"), run.name),
        (l10n.t("status"), run.status.lower()),
        (l10n.t("error"), run.error),
        (l10n.t("experiment"), details.experiment.name),
        (l10n.t("tracking store"), details.store.uri),
        (l10n.t("started"), "" if run.started is None else day(run.started)),
        (l10n.t("ended"), "" if run.ended is None else day(run.ended)),
        (l10n.t("parent run"), run.parent),
        (l10n.t("best child run"), run.best_child),
        (l10n.t("models"), run.models),
        (l10n.t("tags"), run.tags),
    ]
    parts = [
        facts(rows),
        _values(l10n.t("METRIC"), [(name, f"{value:.6g}") for name, value in run.metrics.items()]),
        _values(l10n.t("PARAMETER"), list(run.params.items())),
    ]
    session.result(details, "\n\n".join(filter(None, parts)))
    return OK


def _values(name: str, rows: list[tuple[str, str]]) -> str:
    return table(rows, (name, l10n.t("VALUE"))) if rows else ""


def _artifacts(options: Namespace, session: Session) -> int:
    params = messages.RunArtifactsParams(options.store, options.run_id, options.path)
    listing = runs.artifacts(params, session.context, session.operation(), typed=True)
    rows = [
        (
            f"{one.path}/" if one.is_folder else one.path,
            "-" if one.size is None else size(one.size),
            l10n.t("model") if one.is_model else "",
        )
        for one in listing.artifacts
    ]
    session.result(listing, table(rows, (l10n.t("PATH"), l10n.t("SIZE"), "")) if rows else l10n.t("no artifacts"))
    return OK


def _propose(options: Namespace, session: Session) -> int:
    params = messages.RunProposeParams(options.store, options.run_id, options.path, options.metric, options.iteration)
    proposal = runs.propose(params, session.context, session.operation(), typed=True)
    rows = [
        (l10n.t("run"), proposal.run_id),
        (l10n.t("experiment"), proposal.experiment),
        (l10n.t("artifact"), proposal.path),
        (l10n.t("name"), proposal.name),
        (l10n.t("version"), proposal.next_version),
        (l10n.t("framework"), f"{proposal.framework} {proposal.framework_version}".strip()),
        (l10n.t("because"), proposal.reason),
        (l10n.t("tags"), proposal.tags),
    ]
    session.result(proposal, facts(rows))
    return OK


def _register(options: Namespace, session: Session) -> int:
    params = messages.RunRegisterParams(
        store=options.store,
        run_id=options.run_id,
        path=options.path,
        name=options.name,
        metric=options.metric,
        iteration=options.iteration,
        description=options.description,
        tags=pairs(options.tag),
        properties=pairs(options.property),
        framework=options.framework,
        framework_version=options.framework_version,
    )
    model = runs.register(params, session.context, session.operation(), typed=True)
    if options.output_metadata_file:
        write_metadata(Path(options.output_metadata_file), model.id)
    session.result(model, registered_from_run(model))
    return OK


def _more(text: str, page: str) -> str:
    return f"{text}\n" + l10n.t("more with --page {page}", page=page) if page else text


COMMANDS = (
    Command("run stores", _stores),
    Command("run experiments", _experiments),
    Command("run list", _list),
    Command("run show", _show),
    Command("run artifacts", _artifacts),
    Command("run export", _export),
    Command("run propose", _propose),
    Command("run register", _register),
)
