"""`scoredock package …` and `scoredock service package`: packages, and what becomes of them."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.images.credentials import credentials
from scoredock.cli.params import params_of
from scoredock.cli.session import Session, facts, transfer
from scoredock.features.arguments import option_arguments
from scoredock.features.images import packages
from scoredock.protocol import messages
from scoredock.verb import CliCommand, argument


def _create(options: Namespace, session: Session) -> int:
    content = bool(options.to or options.push)
    if [bool(options.output_path), bool(options.image), content].count(True) != 1:
        raise UsageError(
            l10n.t(
                "Use one of --output-path FOLDER for a build context, --image for a finished image, or"
                " --to and --push for one without Docker."
            )
        )
    params = params_of(
        messages.PackageCreateParams,
        options,
        service=options.service,
        form="content" if content else "image" if options.image else "folder",
        to=options.to or [],
        push=options.push,
        base=options.base,
        platforms=[each.strip() for text in options.platform or () for each in text.split(",")],
        attach=list(dict.fromkeys(options.attach or ())),
        compression=options.compression,
        offline=options.offline,
        output_path=_absolute(options.output_path),
        name=options.image_name,
        label=options.image_label,
        base_image=options.base_image,
        registry_credentials=credentials(options),
    )
    made = packages.create(params, session.context, session.operation())
    session.result(made, "\n".join(_lines(made)))
    return OK


def _lines(package: messages.Package) -> list[str]:
    first = l10n.t("created {image}", image=package.image)
    if package.generate_dockerfile:
        first = l10n.t("wrote {folder} (FROM {image})", folder=package.location, image=package.base_image)
    if package.paths:
        first = l10n.t("wrote {path}", path=", ".join(package.paths))
    elif package.pushed:
        first = l10n.t("pushed {image}", image=package.pushed)
    lines = [l10n.t("Package creation {state}: {result}", state=package.state, result=first)]
    if package.digest:
        lines += [l10n.t("manifest {digest}", digest=package.digest)]
    if len(package.images) > 1:
        lines += [f"  {each.platform} {each.digest}" for each in package.images]
    if package.pushed:
        lines += [transfer(package.sent_bytes, package.present_bytes)]
    lines += [l10n.t("recorded as {id}", id=package.record)] if package.record else []
    lines += [l10n.t("digest {digest}", digest=package.context_digest)]
    lines += [*(l10n.t("note: {note}", note=note) for note in package.notes), l10n.t("next:")]
    if package.generate_dockerfile:
        lines += [f"  cd {shlex.quote(package.location)}", f"  {shlex.join(package.build)}"]
    if not package.pushed:
        lines += [f"  {shlex.join(_into_docker(path, package.image))}" for path in package.paths[:1]]
    return [*lines, f"  {shlex.join(package.run)}"]


def _into_docker(path: str, image: str) -> list[str]:
    """How Docker gets the image of an archive, or of an OCI layout, which it does not read itself."""
    if Path(path).is_dir():
        return ["skopeo", "copy", f"oci:{path}", f"docker-daemon:{image}"]
    return ["docker", "load", "--input", path]


def _save(options: Namespace, session: Session) -> int:
    image = _image_params(options, session)
    archive = session.ask(
        packages.save,
        image=image.image,
        output_path=_absolute(options.output_path),
        registry_credentials=image.registry_credentials,
    )
    session.result(
        archive,
        "\n".join(
            [
                l10n.t("wrote {path} ({size:,} bytes)", path=archive.path, size=archive.size),
                l10n.t("next:"),
                f"  {shlex.join(archive.load)}",
            ]
        ),
    )
    return OK


def _push(options: Namespace, session: Session) -> int:
    params = _image_params(options, session)
    params = messages.PackagePushParams(params.image, params.registry_credentials, to=options.to)
    moved = packages.push(params, session.context, session.operation())
    lines = [l10n.t("pushed {image} ({digest})", image=moved.image, digest=moved.digest)]
    if moved.sent_bytes is not None and moved.present_bytes is not None:
        lines += [transfer(moved.sent_bytes, moved.present_bytes)]
    session.result(moved, "\n".join(lines))
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
        server = session.ask(packages.registry, image=getattr(options, "to", "") or image).address
    return messages.PackageImageParams(image, [messages.RegistryCredential(server, options.username, password)])


def _registry(options: Namespace, session: Session) -> int:
    found = session.ask(packages.registry, options)
    session.result(found, facts([(l10n.t("address"), found.address), (l10n.t("user name"), found.username)]))
    return OK


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


COMMANDS = (
    Command("service package", _create),
    Command(
        CliCommand(
            "package create",
            "Package models and an entry script without deploying them, or a service.",
            (
                argument(
                    "--service",
                    help="service to package, instead of models and an entry script",
                    names="service",
                    default="",
                    metavar="NAME",
                ),
                *option_arguments(messages.PackageCreateParams),
                *packages.PACKAGE_FORM,
            ),
            (
                "scoredock package create --model diabetes:1 --ic inferenceconfig.json --output-path imagefiles",
                "scoredock package create --model diabetes:1 --ic inferenceconfig.json --image",
            ),
        ),
        _create,
    ),
    Command("package save", _save),
    Command("package push", _push),
    Command("package pull", _pull),
    Command("package registry", _registry),
)
