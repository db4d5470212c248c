"""`scoredock model push --to mlflow:…`, `model register --from models:/…` and `model sync`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError, pairs
from scoredock.cli.models.metadata_file import write_metadata
from scoredock.cli.session import Session, table, transfer
from scoredock.contrib.runs import messages
from scoredock.contrib.runs.verbs import registered_models as mlflow_models

TO = "mlflow:"
"""How a target begins that is in a registry of MLflow."""


def publish(options: Namespace, session: Session) -> int:
    """`model push NAME:V --to mlflow:NAME`. Exits with 1 where an alias or a tag has another value there."""
    if len(options.to) > 1:
        raise UsageError(
            l10n.t("--to mlflow:NAME stands alone: what a server has taken cannot be taken back with the others.")
        )
    if options.image or options.base or options.platform or options.form != "image":
        raise UsageError(l10n.t("--to mlflow:NAME takes the files as they are: no image, base, platform or form."))
    params = messages.ModelPublishParams(
        options.model, options.to[0].removeprefix(TO), options.store, options.overwrite
    )
    published = mlflow_models.publish(params, session.context, session.operation(), typed=True)
    text = l10n.t("registered as {reference}", reference=published.reference)
    if not published.is_new:
        text = l10n.t("the same files are there as {reference}", reference=published.reference)
    lines = [text, transfer(published.sent_bytes, published.present_bytes)]
    if published.left_out:
        lines.append(l10n.t("without the tags {names}, which MLflow cannot have", names=", ".join(published.left_out)))
    lines += _no_aliases(published.no_aliases, published.store)
    lines += _listed(l10n.t("set there:"), published.changed)
    lines += _listed(l10n.t("stays as it is there, as it has another value (--overwrite):"), published.conflicts)
    session.result(published, "\n".join(lines))
    return FAILED if published.conflicts else OK


def _no_aliases(aliases: Sequence[str], store: str) -> list[str]:
    if not aliases:
        return []
    names = ", ".join(aliases)
    return [
        l10n.t(
            "without the aliases {names}: {store} is older than MLflow 2.3, which has none", names=names, store=store
        )
    ]


def bring(options: Namespace, name: str, session: Session) -> int:
    """`model register --from models:/…`."""
    params = messages.ModelBringParams(
        options.image,
        name,
        options.store,
        description=options.description,
        tags=pairs(options.tag),
        properties=pairs(options.property),
        framework=options.framework,
        framework_version=options.framework_version,
    )
    brought = mlflow_models.bring(params, session.context, session.operation(), typed=True)
    if options.output_metadata_file:
        write_metadata(Path(options.output_metadata_file), brought.model.id)
    text = (
        l10n.t("registered {id} from {reference}", id=brought.model.id, reference=brought.reference)
        if brought.is_new
        else l10n.t("{reference} is here already as {id}", id=brought.model.id, reference=brought.reference)
    )
    session.result(brought.model, text)
    return OK


def _sync(options: Namespace, session: Session) -> int:
    if options.push and options.pull:
        raise UsageError(l10n.t("Choose --push or --pull."))
    if options.overwrite and not (options.push or options.pull):
        raise UsageError(l10n.t("--overwrite needs --push or --pull."))
    direction: messages.SyncDirection = "push" if options.push else "pull" if options.pull else ""
    params = messages.ModelSyncParams(
        options.name, options.to.removeprefix(TO), options.store, direction, options.overwrite
    )
    synced = mlflow_models.sync(params, session.context, session.operation(), typed=True)
    lines = [l10n.t("{count} versions are on both sides", count=synced.linked)]
    if not synced.differences:
        lines.append(l10n.t("aliases and tags are the same"))
    elif direction:
        lines += _listed(l10n.t("changed:"), synced.changed)
        lines += _listed(l10n.t("stays different, as both sides have a value (--overwrite):"), synced.conflicts)
    else:
        lines += _listed(l10n.t("different:"), synced.differences)
    lines += _no_aliases(synced.no_aliases, synced.store)
    session.result(synced, "\n".join(lines))
    return FAILED if direction and synced.conflicts else OK


def _listed(head: str, differences: Sequence[messages.SyncDifference]) -> list[str]:
    if not differences:
        return []
    rows = [
        (l10n.t("alias") if each.kind == "alias" else each.model, each.name, each.here or "-", each.there or "-")
        for each in differences
    ]
    return [head, table(rows, ("", "", l10n.t("here"), l10n.t("there")))]


COMMANDS = (Command("model sync", _sync),)
