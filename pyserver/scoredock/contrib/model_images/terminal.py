"""`scoredock model push`, and `model register --from` an image."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, pairs
from scoredock.cli.images.credentials import credentials
from scoredock.cli.models.metadata_file import write_metadata
from scoredock.cli.models.registering import registered
from scoredock.cli.session import Session, transfer
from scoredock.contrib.model_images.messages import ModelPushParams, ModelRegisterImageParams
from scoredock.contrib.model_images.verbs import registries
from scoredock.features.contribution import way_of


def register(options: Namespace, name: str, session: Session) -> int:
    """The model of an image or artifact."""
    params = ModelRegisterImageParams(
        options.image,
        name,
        description=options.description,
        tags=pairs(options.tag),
        properties=pairs(options.property),
        framework=options.framework,
        framework_version=options.framework_version,
        registry_credentials=credentials(options),
    )
    model = registries.register_image(params, session.context, session.operation())
    if options.output_metadata_file:
        write_metadata(Path(options.output_metadata_file), model.id)
    session.result(model, registered(model))
    return OK


def _push(options: Namespace, session: Session) -> int:
    targets: list[str] = options.to or []
    if way := next(filter(None, (way_of(f"model push --to {each}") for each in targets)), None):
        return int(way(options, session))
    if options.store or options.overwrite:
        raise UsageError(l10n.t("--store and --overwrite are for --to mlflow:NAME."))
    params = ModelPushParams(
        options.model,
        push=options.image,
        to=targets,
        form=options.form,
        base=options.base,
        platform=options.platform,
        registry_credentials=credentials(options),
    )
    pushed = registries.push(params, session.context, session.operation())
    lines = [l10n.t("wrote {path}", path=each) for each in pushed.paths]
    if pushed.image:
        lines.append(l10n.t("pushed {image}", image=pushed.image))
        lines.append(transfer(pushed.sent_bytes, pushed.present_bytes))
    session.result(pushed, "\n".join([*lines, l10n.t("manifest {digest}", digest=pushed.digest)]))
    return OK


COMMANDS = (Command("model push", _push),)
