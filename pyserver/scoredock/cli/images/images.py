"""`scoredock image create|list|configuration|logs|delete`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, pairs
from scoredock.cli.environments.environments import print_log
from scoredock.cli.images.credentials import credentials
from scoredock.cli.session import Session, day, facts, size, table, words
from scoredock.features.assets import assets
from scoredock.features.images import images
from scoredock.features.images.images import REFERENCE
from scoredock.protocol import messages
from scoredock.verb import CliCommand, argument


def _create(options: Namespace, session: Session) -> int:
    image = session.ask(
        images.create,
        options,
        execution_script=str(Path(options.execution_script).absolute()),
        models=options.model,
        conda_file=_absolute(options.conda_file),
        docker_file=_absolute(options.docker_file),
        schema_file=_absolute(options.schema_file),
        dependencies=[_absolute(path) for path in options.dependency],
        tags=pairs(options.tag),
        properties=pairs(options.property),
        registry_credentials=credentials(options),
    )
    text = " · ".join(part for part in (image.state, size(image.size) if image.size else "") if part)
    session.result(image, l10n.t("created {id} ({about})", id=image.asset.id, about=text) + f"\n{image.location}")
    return OK


def _list(options: Namespace, session: Session) -> int:
    if options.deleted or options.latest:
        known = session.ask(assets.list_assets, options, kind="image")
        known_head = (l10n.t("IMAGE"), l10n.t("HOLDS"), l10n.t("TAGS"))
        session.result(known, table([(each.id, each.summary, words(each.tags)) for each in known.assets], known_head))
        return OK
    image_list = session.ask(images.list_images, options)
    rows = [
        (
            each.asset.id,
            each.state,
            each.location,
            size(each.size) if each.size else "-",
            each.pushes[0].reference if each.pushes else "-",
            ", ".join(each.models),
            day(each.asset.created),
            words(each.asset.tags),
            ", ".join(each.services),
        )
        for each in image_list.images
    ]
    none = l10n.t(
        "no images; create one with `scoredock image create`, or register one with `scoredock image register`"
    )
    reasons = [
        l10n.t("{id} failed: {reason}", id=each.asset.id, reason=f"{each.message} {each.fix}".strip())
        for each in image_list.images
        if each.state == "Failed" and each.message
    ]
    session.result(image_list, "\n".join([table(rows, _head()), *reasons]) if rows else none)
    return OK


def _head() -> tuple[str, ...]:
    return (
        l10n.t("IMAGE"),
        l10n.t("STATE"),
        l10n.t("LOCATION"),
        l10n.t("SIZE"),
        l10n.t("PUSHED TO"),
        l10n.t("MODELS"),
        l10n.t("CREATED"),
        l10n.t("TAGS"),
        l10n.t("SERVICES"),
    )


def _configuration(options: Namespace, session: Session) -> int:
    details = session.ask(images.show, id=options.reference)
    image = details.image
    text = facts(
        [
            (l10n.t("id"), image.asset.id),
            (l10n.t("state"), image.state),
            (l10n.t("reason"), f"{image.message} {image.fix}".strip()),
            (l10n.t("location"), image.location),
            (l10n.t("digest"), image.digest),
            (l10n.t("pushed to"), [f"{each.reference} ({day(each.time)})" for each in image.pushes]),
            (l10n.t("models"), image.models),
            (l10n.t("services"), image.services),
            *details.configuration.items(),
            (l10n.t("properties"), details.properties),
            (l10n.t("files"), details.files),
        ]
    )
    session.result(details, text)
    return OK


def _logs(options: Namespace, session: Session) -> int:
    return print_log(messages.BuildLogParams("image", options.reference), session, follow=options.follow)


def _delete(options: Namespace, session: Session) -> int:
    gone = session.ask(images.delete, id=options.reference)
    session.result(
        gone,
        l10n.t(
            "deleted {id}; to restore it, run: {command}", id=gone.id, command=session.line(f"image restore {gone.id}")
        ),
    )
    return OK


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


COMMANDS = (
    Command("image create", _create),
    Command("image list", _list),
    Command(
        CliCommand(
            "image configuration",
            "Show the configuration that an image was created with, and its state.",
            (REFERENCE,),
            ("scoredock image configuration diabetes:1",),
        ),
        _configuration,
    ),
    Command(
        CliCommand(
            "image logs",
            "Print the log of an image's creation.",
            (REFERENCE, argument("-f", "--follow", help="continue until it has finished", action="store_true")),
            ("scoredock image logs diabetes:1",),
        ),
        _logs,
    ),
    Command("image delete", _delete),
)
