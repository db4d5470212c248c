"""`scoredock model register`, `propose` and `download`."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import OK, Command, UsageError, argument, pairs
from scoredock.cli.session import Session, facts, size
from scoredock.errors import Place, ScoredockError
from scoredock.features import registering
from scoredock.protocol import messages


def _register(options: Namespace, session: Session) -> int:
    given = [*options.path, *options.model_path]
    if not given or not all(given):  # an empty word, of an unset variable say, must not mean the working directory
        raise UsageError("give at least one file or folder" if not given else "an empty path was given")
    paths = [str(Path(path).absolute()) for path in given]
    proposed = None
    if not options.name or not options.framework:
        params = messages.ModelProposeParams(paths)
        proposed = registering.propose(params, session.context, session.operation())
    name = options.name or (proposed.name if proposed else "")
    framework, version = options.framework, options.framework_version
    if not framework and not version and proposed is not None:
        framework, version = proposed.framework, proposed.framework_version
    model = registering.register(
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


def _download(options: Namespace, session: Session) -> int:
    params = messages.ModelDownloadParams(options.model, str(Path(options.target).absolute()), options.overwrite)
    done = registering.download(params, session.context, session.operation())
    session.result(done, done.path)
    return OK


def _propose(options: Namespace, session: Session) -> int:
    params = messages.ModelProposeParams([str(Path(path).absolute()) for path in options.path])
    found = registering.propose(params, session.context, session.operation())
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


_MODEL = argument("model", help="name:version, name@alias, or name for the newest")
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
