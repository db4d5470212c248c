"""`scoredock dataset …`, `scoredock environment …`, `scoredock image …`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, pairs
from scoredock.cli.environments import environments as environment_commands
from scoredock.cli.session import Session, day, facts, table, words
from scoredock.counts import counted
from scoredock.features.assets import assets, collecting
from scoredock.protocol import messages
from scoredock.verb import Argument, CliCommand, argument

Run = Callable[[Namespace, Session], int]


def _list(kind: messages.AssetKind) -> Run:
    def run(options: Namespace, session: Session) -> int:
        if kind == "environment" and not options.deleted:
            return environment_commands.list_all(options, session)
        params = messages.AssetListParams(kind, options.name, options.latest, options.deleted)
        asset_list = assets.list_assets(params, session.context, session.operation())
        rows = [
            (
                item.id,
                item.summary,
                day(item.created),
                *([day(item.deleted) if item.deleted is not None else "-"] if options.deleted else []),
                words(item.tags),
                ", ".join(item.used_by),
            )
            for item in asset_list.assets
        ]
        head = (
            _head(kind),
            l10n.t("HOLDS"),
            l10n.t("CREATED"),
            *([l10n.t("DELETED")] if options.deleted else []),
            l10n.t("TAGS"),
            l10n.t("USED BY"),
        )
        session.result(asset_list, table(rows, head) if rows else _none(kind))
        return OK

    return run


def _head(kind: messages.AssetKind) -> str:
    if kind == "dataset":
        return l10n.t("DATASET")
    return l10n.t("ENVIRONMENT") if kind == "environment" else l10n.t("IMAGE")


def _none(kind: messages.AssetKind) -> str:
    if kind == "dataset":
        return l10n.t("no datasets; register one with `scoredock dataset register`")
    if kind == "environment":
        return l10n.t("no environments; register one with `scoredock environment register`")
    return l10n.t("no images; register one with `scoredock image register`")


def _show(kind: messages.AssetKind) -> Run:
    def run(options: Namespace, session: Session) -> int:
        found = assets.show(messages.AssetRef(kind, options.reference), session.context, session.operation())
        more = ["…"] if found.truncated else []
        about = [_facts(found.asset), *([_creation(found.asset.id, session)] if kind == "image" else [])]
        session.result(found, "\n".join([*filter(None, about), "", found.text.rstrip("\n"), *more]))
        return OK

    return run


def _creation(id: str, session: Session) -> str:
    """How far an image is that is made here, and why one has failed."""
    from scoredock.features.images import images

    image = session.ask(images.show, id=id).image
    reason = f"{image.message} {image.fix}".strip()
    return facts([(l10n.t("state"), image.state), (l10n.t("reason"), reason)])


def _update(kind: messages.AssetKind) -> Run:
    def run(options: Namespace, session: Session) -> int:
        params = messages.AssetUpdateParams(
            kind,
            options.reference,
            description=options.description,
            set_tags=pairs(options.tag),
            remove_tags=options.remove_tag or [],
        )
        changed = assets.update(params, session.context, session.operation())
        session.result(changed, _facts(changed))
        return OK

    return run


def _delete(kind: messages.AssetKind) -> Run:
    def run(options: Namespace, session: Session) -> int:
        asset = assets.delete(messages.AssetRef(kind, options.reference), session.context, session.operation())
        session.result(
            asset,
            l10n.t(
                "deleted {id}; to restore it, run: {command}",
                id=asset.id,
                command=session.line(f"{kind} restore {asset.id}"),
            ),
        )
        return OK

    return run


def _restore(kind: messages.AssetKind) -> Run:
    def run(options: Namespace, session: Session) -> int:
        back = assets.restore(messages.AssetRef(kind, options.reference), session.context, session.operation())
        session.result(back, l10n.t("restored {id}", id=back.id))
        return OK

    return run


def _register_dataset(options: Namespace, session: Session) -> int:
    path = Path(options.path).absolute()
    return _registered(
        session.ask(
            assets.register_dataset, options, path=str(path), name=options.name or path.stem, tags=pairs(options.tag)
        ),
        session,
    )


def _rows(options: Namespace, session: Session) -> int:
    found = session.ask(assets.dataset_rows, options, id=options.reference)
    session.result(found, "\n".join(found.rows))
    return OK


def _register_environment(options: Namespace, session: Session) -> int:
    given = options.path or options.file
    return _registered(
        session.ask(
            assets.register_environment,
            options,
            path=str(Path(given).absolute()) if given else "",
            tags=pairs(options.tag),
        ),
        session,
    )


def _curated(options: Namespace, session: Session) -> int:
    found = session.ask(assets.curated_environments)
    rows = [(each.name, each.summary) for each in found.environments]
    session.result(found, table(rows, (l10n.t("ENVIRONMENT"), l10n.t("HOLDS"))))
    return OK


def _register_image(options: Namespace, session: Session) -> int:
    return _registered(
        session.ask(assets.register_image, options, models=options.model, tags=pairs(options.tag)), session
    )


def _registered(asset: messages.Asset, session: Session) -> int:
    session.result(asset, l10n.t("registered {id}", id=asset.id) + f"  {asset.summary}")
    return OK


def _facts(asset: messages.Asset) -> str:
    return facts(
        [
            (l10n.t("id"), asset.id),
            (l10n.t("holds"), asset.summary),
            (l10n.t("description"), asset.description),
            (l10n.t("tags"), asset.tags),
            (l10n.t("created"), l10n.t("{day} by {person}", day=day(asset.created), person=asset.created_by)),
            (l10n.t("deleted"), day(asset.deleted) if asset.deleted is not None else ""),
            (l10n.t("used by"), asset.used_by),
        ]
    )


def _reference(kind: messages.AssetKind) -> Argument:
    help = "name:version, or name for the newest version"
    return argument("reference", help=help, names=kind, metavar="NAME[:VERSION]")


def _exact(kind: messages.AssetKind) -> Argument:
    return argument("reference", help="name:version", names=kind, metavar="NAME:VERSION")


_ELSEWHERE = ("environment show", "image list", "image delete")
"""Verbs that say or do more than the record holds: `environment_commands` and `image_commands` have them."""
_BUILT = argument("--built", help="only environments that are built", action="store_true")
_LISTED = {"environment": "List environments: registered, and made for services, with what is built of each."}


def _shared(kind: messages.AssetKind, one: str, example: str) -> tuple[Command, ...]:
    """The verbs that all three nouns have. `one` is the noun with its article."""
    commands = (
        Command(
            CliCommand(
                f"{kind} list",
                _LISTED.get(kind, f"List the registered {kind}s."),
                (
                    argument("-n", "--name", help=f"only this {kind}", names="", default=""),
                    argument("--latest", "-l", help="only the newest version of each name", action="store_true"),
                    argument("--deleted", help="include the trash", action="store_true"),
                    *((_BUILT,) if kind == "environment" else ()),
                ),
                (f"scoredock {kind} list --latest",),
            ),
            _list(kind),
        ),
        Command(
            CliCommand(
                f"{kind} show",
                f"Show one version of {one} and its content.",
                (_reference(kind),),
                (f"scoredock {kind} show {example}",),
            ),
            _show(kind),
        ),
        Command(
            CliCommand(
                f"{kind} update",
                f"Change the description and tags of {one}.",
                (
                    _reference(kind),
                    argument("-d", "--description", help="new description", default=None),
                    argument(
                        "--tag", "--add-tag", help="set this tag; may be repeated", action="append", metavar="KEY=VALUE"
                    ),
                    argument("--remove-tag", help="remove this tag; may be repeated", action="append", metavar="KEY"),
                ),
                (f"scoredock {kind} update {example} --tag stage=tried",),
            ),
            _update(kind),
        ),
        Command(
            CliCommand(
                f"{kind} delete",
                f"Move a version of {one} to the trash; refused while something uses it.",
                (_reference(kind),),
                (f"scoredock {kind} delete {example}",),
            ),
            _delete(kind),
        ),
        Command(
            CliCommand(
                f"{kind} restore",
                f"Restore a version of {one} from the trash.",
                (_exact(kind),),
                (f"scoredock {kind} restore {example}",),
            ),
            _restore(kind),
        ),
    )
    return tuple(command for command in commands if command.name not in _ELSEWHERE)


def _collect(options: Namespace, session: Session) -> int:
    dataset = session.ask(collecting.collect_dataset, options, tags=pairs(options.tag))
    text = l10n.t("registered {id}: {rows}", id=dataset.asset.id, rows=counted(dataset.rows, "row"))
    if dataset.left_out:
        text += "\n" + l10n.t(
            "{count:,} older rows are left out: a dataset has no room for them", count=dataset.left_out
        )
    if dataset.skipped:
        text += "\n" + l10n.t("{count:,} lines could not be read and are left out", count=dataset.skipped)
    session.result(dataset, text)
    return OK


COMMANDS = (
    Command("dataset register", _register_dataset),
    *_shared("dataset", "a dataset", "diabetes-requests:1"),
    Command("dataset rows", _rows),
    Command("dataset collect", _collect),
    Command("environment register", _register_environment),
    *_shared("environment", "an environment", "diabetes-env:1"),
    Command("environment curated", _curated),
    Command("image register", _register_image),
    *_shared("image", "an image", "diabetes:1"),
)
