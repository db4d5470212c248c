"""`scoredock package …` and `scoredock service package`: packages, and what becomes of them."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Argument, Command, UsageError, argument, pairs
from scoredock.cli.credentials import CREDENTIAL_ARGUMENTS, credentials
from scoredock.cli.deploy_arguments import option_arguments, params_of
from scoredock.cli.session import Session, facts
from scoredock.features import packages
from scoredock.protocol import messages


def _create(options: Namespace, session: Session) -> int:
    if bool(options.output_path) == bool(options.image):
        raise UsageError(l10n.t("Use one of --output-path FOLDER for a build context or --image for a finished image."))
    params = params_of(
        messages.PackageCreateParams,
        options,
        service=options.service,
        form="image" if options.image else "folder",
        output_path=_absolute(options.output_path),
        name=options.image_name,
        label=options.image_label,
        base_image=options.base_image,
        registry_credentials=credentials(options),
    )
    made = packages.create(params, session.context, session.operation())
    session.result(made, "\n".join(_lines(made)))
    return OK


def _lines(made: messages.Package) -> list[str]:
    first = l10n.t("created {image}", image=made.image)
    if made.generate_dockerfile:
        first = l10n.t("wrote {folder} (FROM {image})", folder=made.location, image=made.base_image)
    lines = [l10n.t("Package creation {state}: {result}", state=made.state, result=first)]
    lines += [l10n.t("recorded as {id}", id=made.record)] if made.record else []
    lines += [l10n.t("digest {digest}", digest=made.context_digest)]
    lines += [*(l10n.t("note: {note}", note=note) for note in made.notes), l10n.t("next:")]
    if made.generate_dockerfile:
        lines += [f"  cd {shlex.quote(made.location)}", f"  {shlex.join(made.build)}"]
    return [*lines, f"  {shlex.join(made.run)}"]


def _save(options: Namespace, session: Session) -> int:
    params = messages.PackageSaveParams(options.image, _absolute(options.output_path))
    made = packages.save(params, session.context, session.operation())
    session.result(
        made,
        "\n".join(
            [
                l10n.t("wrote {path} ({size:,} bytes)", path=made.path, size=made.size),
                l10n.t("next:"),
                f"  {shlex.join(made.load)}",
            ]
        ),
    )
    return OK


def _push(options: Namespace, session: Session) -> int:
    moved = packages.push(_image_params(options, session), session.context, session.operation())
    session.result(moved, l10n.t("pushed {image} ({digest})", image=moved.image, digest=moved.digest))
    return OK


def _pull(options: Namespace, session: Session) -> int:
    moved = packages.pull(_image_params(options, session), session.context, session.operation())
    session.result(moved, l10n.t("pulled {image} ({digest})", image=moved.image, digest=moved.digest))
    return OK


def _image_params(options: Namespace, session: Session) -> messages.PackageImageParams:
    image = options.image
    if Path(image).is_dir():
        image = str(Path(image).absolute())
    if bool(options.username) != options.password_stdin:
        raise UsageError(l10n.t("--username and --password-stdin need each other."))
    if not options.username:
        return messages.PackageImageParams(image)
    # From standard input: an argument could be read by everybody on the machine, and stays in the shell's history.
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UsageError(l10n.t("--password-stdin reads the password from standard input, which was empty."))
    server = options.registry
    if not server and not Path(image).is_absolute():
        # A record of the workspace tells the registry by its reference, not by its own name.
        server = packages.registry(messages.PackageImageParams(image), session.context, session.operation()).address
    return messages.PackageImageParams(image, [messages.RegistryCredential(server, options.username, password)])


def _registry(options: Namespace, session: Session) -> int:
    found = packages.registry(messages.PackageImageParams(options.image), session.context, session.operation())
    session.result(found, facts([(l10n.t("address"), found.address), (l10n.t("user name"), found.username)]))
    return OK


def _export(options: Namespace, session: Session) -> int:
    params = messages.PackageExportParams(
        image=options.image,
        kind=_KINDS[options.kind],
        output_path=_absolute(options.output_path),
        name=options.name,
        location=options.location,
        dns_label=options.dns_label,
        host_port=options.host_port,
        cpu=options.cpu,
        memory_gb=options.memory,
        environment_variables=pairs(options.env),
    )
    made = packages.export(params, session.context, session.operation())
    lines = [l10n.t("wrote {path}", path=made.path)]
    if made.fill_in:
        lines.append(l10n.t("fill in before you deploy it: {values}", values=", ".join(made.fill_in)))
    session.result(made, "\n".join(lines))
    return OK


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


_KINDS: dict[str, messages.PackageExportKind] = {"iot-edge": "iotEdge", "container-instances": "containerInstances"}
_FORM: tuple[Argument, ...] = (
    argument("-o", "--output-path", help="folder to write; must be new or empty", default="", metavar="FOLDER"),
    argument("--image", help="create a finished image instead of a folder; needs Docker", action="store_true"),
    argument(
        "--image-name",
        help="name of the image, with its registry if you push it to one; `package` by default",
        names="",
        default="",
        metavar="NAME",
    ),
    argument(
        "--il",
        "--image-label",
        help="label of the image; the time by default",
        dest="image_label",
        default="",
        metavar="LABEL",
    ),
    argument(
        "--base-image",
        help="base image of the folder; by default the official image of the environment's Python version",
        names="",
        default="",
        metavar="IMAGE",
    ),
    *CREDENTIAL_ARGUMENTS,
)
_IMAGE = argument("image", help="record (name:version), or image reference in Docker", names="image")
_LOGIN: tuple[Argument, ...] = (
    argument(
        "--username",
        help="user name to sign in with; by default Docker's own sign-in is used",
        names="",
        default="",
        metavar="NAME",
    ),
    argument("--password-stdin", help="read the password from standard input", action="store_true"),
    argument("--registry", help="address of the registry, for an image that is named by its record", default=""),
)

COMMANDS = (
    Command(
        "service package",
        "Package a service with entry script, models, locked packages and scoring runtime, as a"
        " folder or a finished image.",
        _create,
        (argument("service", help="name of the service", names="service", metavar="name"), *_FORM),
        (
            "scoredock service package diabetes --output-path diabetes-image",
            "scoredock service package diabetes --image --image-name registry.example.com/team/diabetes --il 3",
        ),
    ),
    Command(
        "package create",
        "Package models and an entry script without deploying them, or a service.",
        _create,
        (
            argument(
                "--service",
                help="service to package, instead of models and an entry script",
                names="service",
                default="",
                metavar="NAME",
            ),
            *option_arguments(messages.PackageCreateParams),
            *_FORM,
        ),
        (
            "scoredock package create --model diabetes:1 --ic inferenceconfig.json --output-path imagefiles",
            "scoredock package create --model diabetes:1 --ic inferenceconfig.json --image",
        ),
    ),
    Command(
        "package save",
        "Save a packaged image to a tar file for `docker load`.",
        _save,
        (_IMAGE, argument("-o", "--output-path", help="file to write", required=True, metavar="FILE")),
        ("scoredock package save package:1 --output-path package.tar",),
    ),
    Command(
        "package push",
        "Push a packaged image to the registry in its name.",
        _push,
        (_IMAGE, *_LOGIN),
        (
            "scoredock package push registry.example.com/team/diabetes:3",
            (
                "scoredock package push diabetes:1 --username ci --password-stdin --registry registry.example.com <"
                " password.txt"
            ),
        ),
    ),
    Command(
        "package pull",
        "Pull a packaged image from its registry.",
        _pull,
        (_IMAGE, *_LOGIN),
        ("scoredock package pull registry.example.com/team/diabetes:3",),
    ),
    Command(
        "package registry",
        "Show the registry of a packaged image and the user name for it. Passwords are never shown.",
        _registry,
        (_IMAGE,),
        ("scoredock package registry diabetes:1",),
    ),
    Command(
        "package export",
        "Write an Azure IoT Edge deployment manifest or an Azure Container Instances YAML for a packaged image.",
        _export,
        (
            argument("kind", help="what to write", choices=tuple(_KINDS)),
            _IMAGE,
            argument("-o", "--output-path", help="file to write", required=True, metavar="FILE"),
            argument(
                "-n",
                "--name",
                help="name of the module or container group; the name of the image by default",
                names="",
                default="",
            ),
            argument("--location", help="region of the container group", default=""),
            argument("--dns-label", help="first part of the container group's host name", default=""),
            argument("--host-port", help="port on the device", type=int, default=5001, metavar="PORT"),
            argument(
                "--cpu", help="CPU cores; by default as in the deployment configuration", type=float, metavar="CORES"
            ),
            argument(
                "--memory", help="memory in GB; by default as in the deployment configuration", type=float, metavar="GB"
            ),
            argument("--env", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
        ),
        (
            "scoredock package export iot-edge registry.example.com/team/diabetes:3 -o deployment.template.json",
            (
                "scoredock package export container-instances registry.example.com/team/diabetes:3 -o"
                " container-group.yaml --location westeurope"
            ),
        ),
    ),
)
