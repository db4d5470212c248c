"""`scoredock model …`."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import OK, Command, UsageError, argument, pairs
from scoredock.cli.session import Session, facts, size, table
from scoredock.errors import Place, ScoredockError
from scoredock.features import models
from scoredock.protocol import messages


def _register(options: Namespace, session: Session) -> int:
    given = [*options.path, *options.model_path]
    if not given or not all(given):  # an empty word, of an unset variable say, must not mean the working directory
        raise UsageError("give at least one file or folder" if not given else "an empty path was given")
    paths = [str(Path(path).absolute()) for path in given]
    proposed = None
    if not options.name or not options.framework:
        params = messages.ModelProposeParams(paths)
        proposed = models.propose(params, session.context, session.operation())
    name = options.name or (proposed.name if proposed else "")
    framework, version = options.framework, options.framework_version
    if not framework and not version and proposed is not None:
        framework, version = proposed.framework, proposed.framework_version
    model = models.register(
        messages.ModelRegisterParams(
            paths,
            name,
            description=options.description,
            tags=pairs(options.tag),
            properties=pairs(options.property),
            framework=framework,
            framework_version=version,
        ),
        session.context,
        session.operation(),
    )
    if options.output_metadata_file:
        _write_metadata(Path(options.output_metadata_file), model.id)
    session.result(model, f"registered {model.id}  {size(model.size)}, {model.file_count} file(s)")
    return OK


def _write_metadata(path: Path, model_id: str) -> None:
    try:
        path.write_text(json.dumps({"modelId": model_id}) + "\n", encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed",
            f"{model_id} was registered, but {path} could not be written: {error.strerror}.",
            "Write the id into the file by hand.",
            place=Place(str(path)),
        ) from error


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


def _download(options: Namespace, session: Session) -> int:
    params = messages.ModelDownloadParams(options.model, str(Path(options.target).absolute()), options.overwrite)
    done = models.download(params, session.context, session.operation())
    session.result(done, done.path)
    return OK


def _propose(options: Namespace, session: Session) -> int:
    params = messages.ModelProposeParams([str(Path(path).absolute()) for path in options.path])
    found = models.propose(params, session.context, session.operation())
    session.result(
        found,
        facts(
            [
                ("name", found.name),
                ("version", found.next_version),
                ("framework", f"{found.framework} {found.framework_version}".strip()),
                ("because", found.reason),
                ("files", found.files),
                ("size", size(found.size)),
            ]
        ),
    )
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
_TAG = argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE")
_PROPERTY = argument(
    "--property", help="KEY=VALUE that never changes; may be repeated", action="append", metavar="KEY=VALUE"
)

COMMANDS = (
    Command(
        "model register",
        "Copy files or a folder into the workspace as a new version of a model.",
        _register,
        (
            argument("path", help="file or folder", nargs="*"),
            argument(
                "-p",
                "--model-path",
                help="the same as PATH; may be repeated",
                action="append",
                default=[],
                metavar="PATH",
            ),
            argument("-n", "--name", help="name of the model; proposed from the file when not given", default=""),
            argument("-d", "--description", help="what it is", default=""),
            _TAG,
            _PROPERTY,
            argument(
                "--framework",
                "--model-framework",
                help="ScikitLearn, Onnx, …; recognised when not given",
                default="",
                metavar="NAME",
            ),
            argument(
                "--framework-version",
                "--model-framework-version",
                help="of the framework",
                default="",
                metavar="VERSION",
            ),
            argument(
                "-t",
                "--output-metadata-file",
                help='write {"modelId": "name:version"} there, for `service deploy -f`',
                metavar="FILE",
            ),
        ),
        (
            "scoredock model register model.pkl --name diabetes --tag data=diabetes",
            "scoredock model register outputs/ --name sentiment -t model.json",
        ),
    ),
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
    Command(
        "model download",
        "Copy the files of a version into a folder.",
        _download,
        (
            _MODEL,
            argument("-t", "--target", "--target-dir", help="folder to write to", default=".", metavar="FOLDER"),
            argument("--overwrite", help="replace files that exist", action="store_true"),
        ),
        ("scoredock model download diabetes:3 --target exported",),
    ),
    Command(
        "model propose",
        "Say what registering would fill in: name, framework, next version.",
        _propose,
        (argument("path", help="file or folder", nargs="+"),),
        ("scoredock model propose model.pkl",),
    ),
)
