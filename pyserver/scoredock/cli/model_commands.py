"""`scoredock model …`."""

from __future__ import annotations

import time
from argparse import Namespace

from scoredock.cli.command import OK, Command, argument, pairs
from scoredock.cli.session import Session, facts, size, table
from scoredock.features import models
from scoredock.protocol import messages


def _list(options: Namespace, session: Session) -> int:
    params = messages.ModelListParams(
        name=options.name, query=messages.ModelQuery(tags=options.tag or [], latest=options.latest)
    )
    found = models.list_models(params, session.context, session.operation())
    rows = [
        (
            item.id,
            item.framework or "-",
            size(item.size),
            _day(item.created),
            _words(item.tags),
            ", ".join(item.used_by),
        )
        for item in found.models
    ]
    head = ("MODEL", "FRAMEWORK", "SIZE", "CREATED", "TAGS", "USED BY")
    session.result(found, table(rows, head) if rows else "no models; register one with `scoredock model register PATH`")
    return OK


def _show(options: Namespace, session: Session) -> int:
    found = models.show(messages.ModelRef(options.model), session.context, session.operation())
    files = [f"  {file.path}  {size(file.size)}  sha256:{file.sha256[:12]}" for file in found.files]
    session.result(found, "\n".join([_facts(found.model), *files]))
    return OK


def _update(options: Namespace, session: Session) -> int:
    params = messages.ModelUpdateParams(
        options.model,
        description=options.description,
        set_tags=pairs(options.tag),
        remove_tags=options.remove_tag or [],
        add_properties=pairs(options.property),
    )
    return _told(models.update(params, session.context, session.operation()), session)


def _compare(options: Namespace, session: Session) -> int:
    params = messages.ModelCompareParams(options.first, options.second)
    found = models.compare(params, session.context, session.operation())
    rows = [(each.what, each.before or "-", each.after or "-") for each in found.differences]
    none = f"{found.first} and {found.second} do not differ"
    session.result(found, table(rows, ("", found.first, found.second)) if rows else none)
    return OK


def _delete(options: Namespace, session: Session) -> int:
    gone = models.delete(messages.ModelRef(options.model), session.context, session.operation())
    session.result(gone, f"deleted {gone.id}; `scoredock model restore {gone.id}` brings it back")
    return OK


def _restore(options: Namespace, session: Session) -> int:
    back = models.restore(messages.ModelRef(options.model), session.context, session.operation())
    session.result(back, f"restored {back.id}")
    return OK


def _told(model: messages.Model, session: Session) -> int:
    session.result(model, _facts(model))
    return OK


def _facts(model: messages.Model) -> str:
    return facts(
        [
            ("id", model.id),
            ("description", model.description),
            ("framework", f"{model.framework} {model.framework_version}".strip()),
            ("tags", model.tags),
            ("properties", model.properties),
            ("created", f"{_day(model.created)} by {model.created_by}"),
            ("digest", f"sha256:{model.digest}"),
            ("used by", model.used_by),
        ]
    )


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _words(tags: dict[str, str]) -> str:
    return " ".join(f"{key}={value}" if value else key for key, value in tags.items())


_MODEL = argument("model", help="name:version, or name for the newest")
COMMANDS = (
    Command(
        "model list",
        "List the registered models.",
        _list,
        (
            argument("-n", "--name", help="only this model", default=""),
            argument(
                "--tag",
                help="only with this tag; KEY or KEY=VALUE, all must hold",
                action="append",
                metavar="KEY[=VALUE]",
            ),
            argument("--latest", "-l", help="only the newest version of each", action="store_true"),
        ),
        ("scoredock model list --latest", "scoredock model list --tag stage=champion --json"),
    ),
    Command("model show", "Show one version with its files.", _show, (_MODEL,), ("scoredock model show diabetes:3",)),
    Command(
        "model update",
        "Change description and tags, or add properties; the bytes never change.",
        _update,
        (
            _MODEL,
            argument("-d", "--description", help="new description", default=None),
            argument("--tag", "--add-tag", help="set this tag; may be repeated", action="append", metavar="KEY=VALUE"),
            argument("--remove-tag", help="remove this tag; may be repeated", action="append", metavar="KEY"),
            argument(
                "--property",
                "--add-property",
                help="add this property; may be repeated",
                action="append",
                metavar="KEY=VALUE",
            ),
        ),
        ("scoredock model update diabetes:3 --tag stage=champion --remove-tag draft",),
    ),
    Command(
        "model compare",
        "Show what differs between two versions, of one model or of two.",
        _compare,
        (
            argument("first", help="name:version, or name for the newest"),
            argument("second", help="name:version, or name for the newest"),
        ),
        ("scoredock model compare diabetes:2 diabetes:3",),
    ),
    Command("model delete", "Move a version to the trash.", _delete, (_MODEL,), ("scoredock model delete diabetes:2",)),
    Command(
        "model restore",
        "Take a version out of the trash.",
        _restore,
        (_MODEL,),
        ("scoredock model restore diabetes:2",),
    ),
)
