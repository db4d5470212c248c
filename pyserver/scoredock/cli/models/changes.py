"""`scoredock model update`, `alias`, `favourite`, `consent`, and the trash."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, pairs
from scoredock.cli.models.argument import one_model
from scoredock.cli.models.models import model_facts
from scoredock.cli.session import Session
from scoredock.features.models import changes, models
from scoredock.protocol import messages
from scoredock.registry.grammar import printable


def _update(options: Namespace, session: Session) -> int:
    model = one_model(options)
    params = messages.ModelUpdateParams(
        model,
        description=options.description,
        set_tags=pairs(options.tag),
        remove_tags=options.remove_tag or [],
        add_properties=pairs(options.property),
        resources=_resources(model, options, session),
        sample_input_dataset=options.sample_input_dataset,
        sample_output_dataset=options.sample_output_dataset,
    )
    if session.as_json:
        session.result(changes.update(params, session.context, session.operation()), "")
        return OK
    before = session.ask(models.show, id=model).model
    changed = changes.update(params, session.context, session.operation())
    session.result(changed, model_facts(session.ask(models.show, id=changed.id)))
    for key in options.remove_tag or []:
        if key not in before.tags:
            print(
                l10n.t("{id} had no tag {key}", id=changed.id, key=printable(key)), file=sys.stderr
            )  # no error, as in v1
    return OK


def _resources(model: str, options: Namespace, session: Session) -> messages.ResourceConfiguration | None:
    """Those of the version with the ones that are given; None when none is."""
    changes = {"cpu": options.cpu_cores, "memory_in_g_b": options.memory_gb, "gpu": options.gpu_cores}
    changes = {key: value for key, value in changes.items() if value is not None}
    if options.no_resources:
        return messages.ResourceConfiguration(**changes)
    if not changes:
        return None
    known = session.ask(models.show, id=model).resources
    return replace(known, **changes)


def _alias(options: Namespace, session: Session) -> int:
    if options.remove and options.step_back:
        raise UsageError(l10n.t("--remove and --return cannot be used together."))
    if options.step_back:
        name = options.model.partition(":")[0]
        move = session.ask(changes.alias_return, options, name=name)
        text = l10n.t("{model}@{alias} is removed again", model=name, alias=options.alias)
        if move.version is not None:
            text = l10n.t("{model}@{alias} is {id} again", model=name, alias=options.alias, id=f"{name}:{move.version}")
        session.result(move, text)
        return OK
    model = session.ask(changes.alias, options, id=options.model)
    if options.remove:
        session.result(
            model, l10n.t("{model}@{alias} is no longer {id}", model=model.name, alias=options.alias, id=model.id)
        )
    else:
        session.result(model, l10n.t("{model}@{alias} is {id}", model=model.name, alias=options.alias, id=model.id))
    return OK


def _favourite(options: Namespace, session: Session) -> int:
    done = session.ask(changes.favourite, options, favourite=not options.remove)
    text = l10n.t("{name} is a favourite", name=options.name)
    session.result(done, l10n.t("{name} is no longer a favourite", name=options.name) if options.remove else text)
    return OK


def _consent(options: Namespace, session: Session) -> int:
    model = session.ask(changes.consent, options, id=one_model(options))
    text = l10n.t("{id} may be deployed", id=model.id)
    session.result(model, l10n.t("{id} may no longer be deployed", id=model.id) if options.withdraw else text)
    return OK


def _delete(options: Namespace, session: Session) -> int:
    gone = session.ask(changes.delete, id=one_model(options))
    restore = session.line(f"model restore {gone.id}")
    lines = [l10n.t("deleted {id}; to restore it within 30 days, run: {command}", id=gone.id, command=restore)]
    if gone.aliases:
        lines.append(l10n.t("it keeps its aliases: {aliases}", aliases=", ".join(gone.aliases)))
    session.result(gone, "\n".join(lines))
    return OK


def _restore(options: Namespace, session: Session) -> int:
    back = session.ask(changes.restore, id=one_model(options))
    session.result(back, l10n.t("restored {id}", id=back.id))
    return OK


def _purge(options: Namespace, session: Session) -> int:
    if bool(options.model) == options.all:
        raise UsageError(l10n.t("Name the versions to delete permanently, or use --all for the whole trash."))
    done = session.ask(changes.purge, ids=options.model)
    session.result(
        done, "\n".join(l10n.t("permanently deleted {id}", id=id) for id in done.ids) or l10n.t("the trash is empty")
    )
    return OK


COMMANDS = (
    Command("model update", _update),
    Command("model alias", _alias),
    Command("model favourite", _favourite),
    Command("model consent", _consent),
    Command("model delete", _delete),
    Command("model restore", _restore),
    Command("model purge", _purge),
)
