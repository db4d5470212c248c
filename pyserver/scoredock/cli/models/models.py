"""`scoredock model list`, `show`, `text` and `compare`."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session, day, facts, size, table, words
from scoredock.counts import counted
from scoredock.errors import ModelNotFound
from scoredock.features.models import models
from scoredock.protocol import messages

_PAGE = models.LONGEST_PAGE


def _list(options: Namespace, session: Session) -> int:
    if options.limit is not None and options.limit < 1:
        raise UsageError(l10n.t("--limit must be 1 or more."))
    page = session.ask(models.list_models, options, query=_query(options))
    rows = [
        (
            item.id,
            " ".join(item.aliases) or "-",
            f"{item.framework} {item.framework_version}".strip() or "-",
            size(item.size),
            day(item.deleted if options.deleted and item.deleted else item.created),
            words(item.tags),
            ", ".join(item.used_by),
        )
        for item in page.models
    ]
    head = (
        l10n.t("MODEL"),
        l10n.t("ALIASES"),
        l10n.t("FRAMEWORK"),
        l10n.t("SIZE"),
        l10n.t("DELETED") if options.deleted else l10n.t("CREATED"),
        l10n.t("TAGS"),
        l10n.t("USED BY"),
    )
    lines = table(rows, head) if rows else _nothing(options, session)
    if rows and len(rows) < page.total:
        lines += "\n" + l10n.t("{count} of {total}; --limit shows more", count=len(rows), total=page.total)
    session.result(page, lines)
    return OK


def _nothing(options: Namespace, session: Session) -> str:
    if options.deleted:
        if _query(options) == messages.ModelQuery():
            return l10n.t("the trash is empty")
        return l10n.t("no model in the trash matches")
    everything = session.ask(models.list_models, limit=1)
    if everything.total:
        return l10n.t("no model matches")
    return session.nothing(l10n.t("no models; register one with `scoredock model register PATH`"), "model")


def _query(options: Namespace) -> messages.ModelQuery:
    return messages.ModelQuery(
        search=options.search,
        framework=options.framework,
        tags=options.tag or [],
        properties=options.property or [],
        run_id=options.run_id,
        favourites=options.favourites,
        latest=options.latest,
        order=options.order,
    )


def _show(options: Namespace, session: Session) -> int:
    details = session.ask(models.show, id=_meant(options, session))
    lines = [model_facts(details)]
    if details.alias_history:
        lines.append("\n" + l10n.t("alias history, newest first"))
        lines += [
            f"  {l10n.t('{day} by {person}', day=day(move.changed), person=move.changed_by or '?')}  {_moved(move)}"
            for move in details.alias_history
        ]
    others = [item for item in details.versions if item.id != details.model.id]
    if others:
        lines.append("\n" + l10n.t("other versions"))
        lines += [f"  {item.id}  {day(item.created)}  {' '.join(item.aliases)}".rstrip() for item in others]
    if not session.as_json:
        lines.append("\n" + l10n.t("files"))
        lines += [f"  {each.path}  {_content(each)}" for each in _files(details.model.id, session)]
    session.result(details, "\n".join(line for line in lines if line))
    return OK


def _meant(options: Namespace, session: Session) -> str:
    """The reference that is given, or the newest version for which the filters hold."""
    given = [word for word in (options.model, options.model_id) if word]
    filters = options.name or options.tag or options.property or options.run_id or options.framework
    if len(given) > 1 or (given and (filters or options.version is not None)):
        raise UsageError(l10n.t("MODEL and filters cannot be used together."))
    if given:
        return str(given[0])
    if options.name and options.version is not None:
        return f"{options.name}:{options.version}"
    if not filters:
        raise UsageError(l10n.t("Name a model, or use --name and other filters."))
    query = messages.ModelQuery(
        framework=options.framework,
        tags=options.tag or [],
        properties=options.property or [],
        run_id=options.run_id,
        order="newest",
    )
    found = session.ask(models.list_models, name=options.name, query=query, limit=1)
    if not found.models:
        raise ModelNotFound(l10n.t("No model in the workspace matches all filters."))
    return found.models[0].id


def _git(source: messages.SourceControl) -> str:
    commit = f"{source.commit[:12]} {source.branch}".strip()
    if source.dirty is None:
        return l10n.t("{commit}, uncommitted changes unknown", commit=commit)
    return l10n.t("{commit}, with uncommitted changes", commit=commit) if source.dirty else commit


def _moved(move: messages.AliasChange) -> str:
    if move.previous is None:
        return f"{move.alias}: {move.version}"
    if move.version is None:
        return l10n.t("{alias}: removed from {before}", alias=move.alias, before=move.previous)
    return l10n.t("{alias}: moved from {before} to {now}", alias=move.alias, before=move.previous, now=move.version)


def _files(id: str, session: Session) -> list[messages.ModelFile]:
    """All of them, a page at a time."""
    files: list[messages.ModelFile] = []
    while True:
        page = session.ask(models.files, id=id, offset=len(files), limit=_PAGE)
        files += page.files
        if not page.files or len(files) >= page.total:
            return files


def _content(file: messages.ModelFile) -> str:
    return f"{size(file.size)}  sha256:{file.sha256}" if file.sha256 else l10n.t("empty folder")


def _text(options: Namespace, session: Session) -> int:
    found = session.ask(models.text, options, id=options.model)
    session.result(found, found.text.removesuffix("\n"))
    return OK


def _compare(options: Namespace, session: Session) -> int:
    found = session.ask(models.compare, options)
    rows = [(each.what, each.before or "-", each.after or "-") for each in found.differences]
    none = l10n.t("{first} and {second} do not differ", first=found.first, second=found.second)
    session.result(found, table(rows, ("", found.first, found.second)) if rows else none)
    return OK


def model_facts(details: messages.ModelDetails) -> str:
    """Everything of one version but its files and history."""
    model, resources, source, pickle = details.model, details.resources, details.source, details.pickle
    return facts(
        [
            (l10n.t("id"), model.id),
            (l10n.t("aliases"), model.aliases),
            (l10n.t("description"), model.description),
            (l10n.t("framework"), f"{model.framework} {model.framework_version}".strip()),
            (l10n.t("recognized"), details.recognised),
            (l10n.t("tags"), model.tags),
            (l10n.t("properties"), model.properties),
            (l10n.t("created"), l10n.t("{day} by {person}", day=day(model.created), person=model.created_by or "?")),
            (l10n.t("deleted"), day(model.deleted) if model.deleted is not None else ""),
            (
                l10n.t("size"),
                l10n.t("{size} in {files}", size=size(model.size), files=counted(model.file_count, "file")),
            ),
            (l10n.t("digest"), f"sha256:{model.digest}"),
            (l10n.t("used by"), model.used_by),
            (l10n.t("images"), details.images),
            (l10n.t("cpu"), resources.cpu),
            (l10n.t("memory in GB"), resources.memory_in_g_b),
            (l10n.t("gpu"), resources.gpu),
            (l10n.t("sample input"), details.sample_input_dataset),
            (l10n.t("sample output"), details.sample_output_dataset),
            (l10n.t("datasets"), {each.scenario: each.dataset for each in details.datasets}),
            (l10n.t("inputs"), [f"{each.name} {each.type} {each.shape}".strip() for each in details.inputs]),
            (l10n.t("outputs"), [f"{each.name} {each.type} {each.shape}".strip() for each in details.outputs]),
            (l10n.t("run"), f"{details.model.run_id} {details.run_name}".strip()),
            (l10n.t("experiment"), details.model.experiment),
            (l10n.t("tracking store"), details.run_store),
            (l10n.t("git"), _git(source) if source is not None else ""),
            (l10n.t("pickles"), _pickles(pickle)),
            (l10n.t("known-bad names"), pickle.bad),
            (l10n.t("Python code"), pickle.code),
            (l10n.t("unknown names"), pickle.unknown),
            (l10n.t("pickle notes"), pickle.notes),
            (l10n.t("consent"), pickle.consent),
        ]
    )


def _pickles(report: messages.PickleReport) -> str:
    """The state in words; code stands in a row of its own."""
    if report.state == "unknown" and not report.unknown:
        return l10n.t("not read to their end")
    words = {
        "known": l10n.t("known names"),
        "unknown": l10n.t("unknown names"),
        "bad": l10n.t("known-bad names"),
        "unread": l10n.t("not looked into yet"),
    }
    return words.get(report.state, "")


COMMANDS = (
    Command("model list", _list),
    Command("model show", _show),
    Command("model text", _text),
    Command("model compare", _compare),
)
