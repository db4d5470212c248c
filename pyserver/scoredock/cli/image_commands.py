"""`scoredock image create|list|configuration|logs|delete`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, argument, pairs
from scoredock.cli.credentials import CREDENTIAL_ARGUMENTS, credentials
from scoredock.cli.environment_commands import print_log
from scoredock.cli.session import Session, day, facts, size, table, words
from scoredock.features import assets, images
from scoredock.protocol import messages


def _create(options: Namespace, session: Session) -> int:
    params = messages.ImageCreateParams(
        options.name,
        str(Path(options.execution_script).absolute()),
        models=options.model,
        runtime=options.runtime,
        conda_file=_absolute(options.conda_file),
        docker_file=_absolute(options.docker_file),
        schema_file=_absolute(options.schema_file),
        dependencies=[_absolute(path) for path in options.dependency],
        enable_gpu=options.enable_gpu,
        base_image=options.base_image,
        base_image_registry=options.base_image_registry,
        cuda_version=options.cuda_version,
        description=options.description,
        tags=pairs(options.tag),
        properties=pairs(options.property),
        registry_credentials=credentials(options),
    )
    made = images.create(params, session.context, session.operation())
    told = " · ".join(part for part in (made.state, size(made.size) if made.size else "") if part)
    session.result(made, l10n.t("created {id} ({about})", id=made.asset.id, about=told) + f"\n{made.location}")
    return OK


def _list(options: Namespace, session: Session) -> int:
    if options.deleted or options.latest:
        params = messages.AssetListParams("image", options.name, options.latest, options.deleted)
        known = assets.list_assets(params, session.context, session.operation())
        known_head = (l10n.t("IMAGE"), l10n.t("HOLDS"), l10n.t("TAGS"))
        session.result(known, table([(each.id, each.summary, words(each.tags)) for each in known.assets], known_head))
        return OK
    found = images.list_images(messages.ImageListParams(options.name), session.context, session.operation())
    rows = [
        (
            each.asset.id,
            each.state,
            each.location,
            size(each.size) if each.size else "-",
            ", ".join(each.models),
            day(each.asset.created),
            words(each.asset.tags),
            ", ".join(each.services),
        )
        for each in found.images
    ]
    none = l10n.t(
        "no images; create one with `scoredock image create`, or register one with `scoredock image register`"
    )
    session.result(found, table(rows, _head()) if rows else none)
    return OK


def _head() -> tuple[str, ...]:
    return (
        l10n.t("IMAGE"),
        l10n.t("STATE"),
        l10n.t("LOCATION"),
        l10n.t("SIZE"),
        l10n.t("MODELS"),
        l10n.t("CREATED"),
        l10n.t("TAGS"),
        l10n.t("SERVICES"),
    )


def _configuration(options: Namespace, session: Session) -> int:
    found = images.show(messages.ImageRef(options.reference), session.context, session.operation())
    image = found.image
    told = facts(
        [
            (l10n.t("id"), image.asset.id),
            (l10n.t("state"), image.state),
            (l10n.t("reason"), f"{image.message} {image.fix}".strip()),
            (l10n.t("location"), image.location),
            (l10n.t("models"), image.models),
            (l10n.t("services"), image.services),
            *found.configuration.items(),
            (l10n.t("properties"), found.properties),
            (l10n.t("files"), found.files),
        ]
    )
    session.result(found, told)
    return OK


def _logs(options: Namespace, session: Session) -> int:
    return print_log(messages.BuildLogParams("image", options.reference), session, follow=options.follow)


def _delete(options: Namespace, session: Session) -> int:
    gone = images.delete(messages.ImageRef(options.reference), session.context, session.operation())
    session.result(
        gone,
        l10n.t("deleted {id}; to restore it, run: {command}", id=gone.id, command=f"scoredock image restore {gone.id}"),
    )
    return OK


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


_REFERENCE = argument(
    "reference", help="name:version, or name for the newest version", names="image", metavar="NAME[:VERSION]"
)

COMMANDS = (
    Command(
        "image create",
        "Create an image of models and an entry script as the next version of a name. Services"
        " can be deployed from it.",
        _create,
        (
            argument("-n", "--name", "--image-name", help="name of the image", names="", dest="name", required=True),
            argument(
                "--execution-script", "-f", help="Python file with init() and run()", required=True, metavar="FILE"
            ),
            argument(
                "-m",
                "--model",
                "--model-id",
                help="model in the image, NAME:VERSION; may be repeated",
                names="model",
                dest="model",
                action="append",
                default=[],
                metavar="MODEL",
            ),
            argument("-r", "--runtime", help="runtime of the script", choices=("python", "spark-py"), default="python"),
            argument("-c", "--conda-file", help="conda file with the packages", default="", metavar="FILE"),
            argument("--docker-file", help="file with additional Dockerfile instructions", default="", metavar="FILE"),
            argument(
                "--schema-file", "-s", help="not supported: the script declares its schema", default="", metavar="FILE"
            ),
            argument(
                "-d",
                "--dependency",
                "--dependencies",
                help="additional file or folder that the script needs; may be repeated",
                dest="dependency",
                action="append",
                default=[],
                metavar="PATH",
            ),
            argument("--enable-gpu", help="give containers of the image a GPU", action="store_true"),
            argument(
                "--cuda-version",
                help="CUDA version of the base image; needs --base-image",
                default="",
                metavar="VERSION",
            ),
            argument("--base-image", help="base image", names="", default="", metavar="REFERENCE"),
            argument(
                "--base-image-registry", help="registry of the base image", names="", default="", metavar="SERVER"
            ),
            argument("--description", help="description", default=""),
            argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
            argument(
                "--property",
                help="KEY=VALUE that cannot be changed later; may be repeated",
                action="append",
                metavar="KEY=VALUE",
            ),
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            (
                "scoredock image create --name diabetes --execution-script score.py --conda-file conda.yml --model"
                " diabetes:1"
            ),
        ),
        makes="image",
    ),
    Command(
        "image list",
        "List the images and their states.",
        _list,
        (
            argument("-n", "--name", help="only this image", names="", default=""),
            argument("--latest", "-l", help="only the newest version of each name", action="store_true"),
            argument("--deleted", help="include the trash", action="store_true"),
        ),
        ("scoredock image list",),
    ),
    Command(
        "image configuration",
        "Show the configuration that an image was created with, and its state.",
        _configuration,
        (_REFERENCE,),
        ("scoredock image configuration diabetes:1",),
    ),
    Command(
        "image logs",
        "Print the log of an image's creation.",
        _logs,
        (_REFERENCE, argument("-f", "--follow", help="continue until it has finished", action="store_true")),
        ("scoredock image logs diabetes:1",),
    ),
    Command(
        "image delete",
        "Move an image to the trash and remove it from Docker; refused while a service runs it.",
        _delete,
        (_REFERENCE,),
        ("scoredock image delete diabetes:1",),
    ),
)
