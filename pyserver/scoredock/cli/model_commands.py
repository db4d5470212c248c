"""`scoredock model list`, `show`, `text` and `compare`."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Argument, Command, UsageError, argument
from scoredock.cli.session import Session, counted, day, facts, size, table, words
from scoredock.errors import ModelNotFound
from scoredock.features import models
from scoredock.protocol import messages

_PAGE = models.LONGEST_PAGE
_PICKLES = {
    "none": "",
    "known": "known names",
    "unknown": "unknown names",
    "code": "Python code",
    "bad": "known-bad names",
    "unread": "not looked into yet",
}
_UNREADABLE = "not read to their end"


def _list(options: Namespace, session: Session) -> int:
    if options.limit is not None and options.limit < 1:
        raise UsageError("--limit must be 1 or more")
    params = messages.ModelListParams(
        name=options.name, query=_query(options), deleted=options.deleted, limit=options.limit or 0
    )
    found = models.list_models(params, session.context, session.operation())
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
        for item in found.models
    ]
    head = ("MODEL", "ALIASES", "FRAMEWORK", "SIZE", "DELETED" if options.deleted else "CREATED", "TAGS", "USED BY")
    lines = table(rows, head) if rows else _nothing(options, session)
    if rows and len(rows) < found.total:
        lines += f"\n{len(rows)} of {found.total}; --limit shows more"
    session.result(found, lines)
    return OK


def _nothing(options: Namespace, session: Session) -> str:
    if options.deleted:
        return "the trash is empty" if _query(options) == messages.ModelQuery() else "nothing in the trash fits"
    everything = models.list_models(messages.ModelListParams(limit=1), session.context, session.operation())
    return "no model fits" if everything.total else "no models; register one with `scoredock model register PATH`"


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
    found = models.show(messages.ModelRef(_meant(options, session)), session.context, session.operation())
    lines = [model_facts(found)]
    if found.alias_history:
        lines.append("\nalias history, newest first")
        lines += [f"  {day(move.changed)}  {_moved(move)}  by {move.changed_by or '?'}" for move in found.alias_history]
    others = [item for item in found.versions if item.id != found.model.id]
    if others:
        lines.append("\nother versions")
        lines += [f"  {item.id}  {day(item.created)}  {' '.join(item.aliases)}".rstrip() for item in others]
    if not session.as_json:
        lines.append("\nfiles")
        lines += [f"  {each.path}  {_content(each)}" for each in _files(found.model.id, session)]
    session.result(found, "\n".join(line for line in lines if line))
    return OK


def _meant(options: Namespace, session: Session) -> str:
    """The reference that is given, or the newest version for which the filters hold."""
    given = [word for word in (options.model, options.model_id) if word]
    filters = options.name or options.tag or options.property or options.run_id or options.framework
    if len(given) > 1 or (given and (filters or options.version is not None)):
        raise UsageError("give either MODEL or filters")
    if given:
        return str(given[0])
    if options.name and options.version is not None:
        return f"{options.name}:{options.version}"
    if not filters:
        raise UsageError("give MODEL, or --name and other filters")
    query = messages.ModelQuery(
        framework=options.framework,
        tags=options.tag or [],
        properties=options.property or [],
        run_id=options.run_id,
        order="newest",
    )
    params = messages.ModelListParams(name=options.name, query=query, limit=1)
    found = models.list_models(params, session.context, session.operation())
    if not found.models:
        raise ModelNotFound(l10n.t("The workspace has no model for which all of this holds."))
    return found.models[0].id


def _git(source: messages.SourceControl) -> str:
    state = {True: ", with changes", False: "", None: ", changes not known"}[source.dirty]
    return f"{source.commit[:12]} {source.branch}".strip() + state


def _moved(move: messages.AliasChange) -> str:
    before = "" if move.previous is None else f" from {move.previous}"
    return f"{move.alias}: taken away{before}" if move.version is None else f"{move.alias}: {move.version}{before}"


def _files(id: str, session: Session) -> list[messages.ModelFile]:
    """All of them, a page at a time."""
    found: list[messages.ModelFile] = []
    while True:
        params = messages.ModelFilesParams(id, len(found), _PAGE)
        page = models.files(params, session.context, session.operation())
        found += page.files
        if not page.files or len(found) >= page.total:
            return found


def _content(file: messages.ModelFile) -> str:
    return f"{size(file.size)}  sha256:{file.sha256}" if file.sha256 else "empty folder"


def _text(options: Namespace, session: Session) -> int:
    params = messages.ModelTextParams(options.model, options.path)
    found = models.text(params, session.context, session.operation())
    session.result(found, found.text.removesuffix("\n"))
    return OK


def _compare(options: Namespace, session: Session) -> int:
    params = messages.ModelCompareParams(options.first, options.second)
    found = models.compare(params, session.context, session.operation())
    rows = [(each.what, each.before or "-", each.after or "-") for each in found.differences]
    none = f"{found.first} and {found.second} do not differ"
    session.result(found, table(rows, ("", found.first, found.second)) if rows else none)
    return OK


def model_facts(found: messages.ModelDetails) -> str:
    """Everything of one version but its files and history."""
    model, resources, source, pickle = found.model, found.resources, found.source, found.pickle
    return facts(
        [
            ("id", model.id),
            ("aliases", model.aliases),
            ("description", model.description),
            ("framework", f"{model.framework} {model.framework_version}".strip()),
            ("recognised", found.recognised),
            ("tags", model.tags),
            ("properties", model.properties),
            ("created", f"{day(model.created)} by {model.created_by or '?'}"),
            ("deleted", day(model.deleted) if model.deleted is not None else ""),
            ("size", f"{size(model.size)} in {counted(model.file_count, 'file')}"),
            ("digest", f"sha256:{model.digest}"),
            ("used by", model.used_by),
            ("images", found.images),
            ("cpu", resources.cpu),
            ("memory in GB", resources.memory_in_g_b),
            ("gpu", resources.gpu),
            ("sample input", found.sample_input_dataset),
            ("sample output", found.sample_output_dataset),
            ("datasets", {each.scenario: each.dataset for each in found.datasets}),
            ("inputs", [f"{each.name} {each.type} {each.shape}".strip() for each in found.inputs]),
            ("outputs", [f"{each.name} {each.type} {each.shape}".strip() for each in found.outputs]),
            ("run", f"{found.model.run_id} {found.run_name}".strip()),
            ("experiment", found.model.experiment),
            ("tracking store", found.run_store),
            ("git", _git(source) if source is not None else ""),
            ("pickles", _pickles(pickle)),
            ("known-bad names", pickle.bad),
            ("Python code", pickle.code),
            ("unknown names", pickle.unknown),
            ("pickle notes", pickle.notes),
            ("consent", pickle.consent),
        ]
    )


def _pickles(report: messages.PickleReport) -> str:
    """The state in words; code stands in a row of its own."""
    if report.state == "unknown" and not report.unknown:
        return _UNREADABLE
    return "" if report.state == "code" else _PICKLES[report.state]


REFERENCE = "name:version, name@alias, or name for the newest"
_FILTERS: tuple[Argument, ...] = (
    argument(
        "--tag", help="only with this tag; KEY or KEY=VALUE, all must hold", action="append", metavar="KEY[=VALUE]"
    ),
    argument(
        "--property",
        help="only with this property; KEY or KEY=VALUE, all must hold",
        action="append",
        metavar="KEY[=VALUE]",
    ),
    argument("--framework", "--model-framework", help="only of this framework", default="", metavar="NAME"),
    argument("--run-id", help="only from this run", default="", metavar="ID"),
)

COMMANDS = (
    Command(
        "model list",
        "List the registered models.",
        _list,
        (
            argument("-n", "--name", "--model-name", help="only this model", default="", dest="name"),
            argument(
                "-s",
                "--search",
                help='words, key=value, "Tag : value", tag:, framework:, alias:, run:, experiment:, by:, pickle:',
                default="",
                metavar="TEXT",
            ),
            *_FILTERS,
            argument("--favourites", help="only of favourite names", action="store_true"),
            argument(
                "--latest", "-l", help="only the newest version of each; filters are asked of it", action="store_true"
            ),
            argument("--deleted", help="what lies in the trash instead, last deleted first", action="store_true"),
            argument(
                "--order", help="by name, newest or largest", choices=("name", "newest", "largest"), default="name"
            ),
            argument("--limit", help="at most so many", type=int, default=None, metavar="COUNT"),
        ),
        (
            "scoredock model list --latest",
            "scoredock model list --tag stage=champion --json",
            'scoredock model list --search "diabetes stage=champion framework:onnx"',
        ),
    ),
    Command(
        "model show",
        "Show one version with all that is known of it; with filters the newest one that fits.",
        _show,
        (
            argument("model", help=REFERENCE, nargs="?", default=""),
            argument("-i", "--model-id", help="the same as MODEL", default="", metavar="MODEL"),
            argument("-n", "--name", "--model-name", help="of this model", default="", dest="name"),
            argument("--version", help="with --name: this version", type=int, default=None, metavar="NUMBER"),
            *_FILTERS,
        ),
        ("scoredock model show diabetes:3", "scoredock model show diabetes@champion --json"),
    ),
    Command(
        "model text",
        "Print a text file of a version.",
        _text,
        (argument("model", help=REFERENCE), argument("path", help="of the file, as `model show` prints it")),
        ("scoredock model text sentiment:2 sentiment/MLmodel",),
    ),
    Command(
        "model compare",
        "Show what differs between two versions, of one model or of two.",
        _compare,
        (argument("first", help=REFERENCE), argument("second", help=REFERENCE)),
        ("scoredock model compare diabetes:2 diabetes:3", "scoredock model compare diabetes@champion diabetes"),
    ),
)
