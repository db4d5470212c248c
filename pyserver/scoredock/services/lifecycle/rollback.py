"""Rollback of a service: the revision that is meant, and the plan of a new one from its kept files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError, ServiceStateInvalid
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.models import lookup
from scoredock.services.ledger import ServiceRows
from scoredock.services.origin import origin_of
from scoredock.services.planning.plan import Plan
from scoredock.services.request import DeployRequest, UpdateRequest
from scoredock.services.revision import Revision


def revision_of(rows: ServiceRows, number: int) -> Revision:
    """A kept revision by its number. Raises ScoredockError `revision-not-found`."""
    for revision in rows.revisions:
        if revision.number == number:
            return revision
    name, numbers = rows.service.name, rows.numbers
    raise ScoredockError(
        "revision-not-found",
        l10n.t("Revision {revision} of {service} is no longer kept.", revision=number, service=name)
        if 0 < number < max(numbers, default=0)
        else l10n.t("The service {service} has no revision {revision}.", revision=number, service=name),
        details={"service": name, "revisions": list(map(str, numbers))},
    )


def at_revision(rows: ServiceRows, changes: UpdateRequest) -> ServiceRows:
    """The rows, where the service still has the revision that an update was meant for. Raises ScoredockError
    `service-changed`."""
    expected, now = changes.expected_revision, rows.current
    if expected and (now is None or now.number != expected):
        raise ScoredockError(
            "service-changed",
            l10n.t(
                "The service {service} has revision {now}, and the change was meant for revision {expected}.",
                service=rows.service.name,
                now=now.number if now is not None else 0,
                expected=expected,
            ),
        )
    return rows


def target_of(rows: ServiceRows, number: int, serving: int = 0) -> Revision:
    """The revision to return to: `number`, or with 0 the one that served before the current one. `serving`: the number
    of the one that serves, which another machine may have made; 0 for the current one.

    Raises ScoredockError `revision-not-found`, and `service-state-invalid` for the current one.
    """
    name, current = rows.service.name, rows.current
    if current is None:
        raise ServiceStateInvalid(l10n.t("The service {name} was never deployed completely.", name=name))
    serving = serving or current.number
    if number == serving:
        raise ServiceStateInvalid(
            l10n.t("Revision {revision} is the current one of {service}.", revision=number, service=name),
            l10n.t("Choose another one; `{command}` lists them.", command=f"scoredock service revisions {name}"),
        )
    if number:
        found = revision_of(rows, number)
        if found.spec is None:
            raise _without_files(name, number)
        return found
    for revision in reversed(rows.revisions):
        if revision.number < serving and revision.spec is not None and not revision.origin.failed:
            return revision
    if serving not in rows.numbers:
        raise ScoredockError(
            "revision-not-found",
            l10n.t(
                "Revision {revision} of {service} serves, which another machine made, and nothing is kept here that"
                " served before it.",
                revision=serving,
                service=name,
            ),
            l10n.t("Roll back on that machine, or update the service here with the files that it is to serve."),
            details={"service": name, "revisions": list(map(str, rows.numbers))},
        )
    raise ScoredockError(
        "revision-not-found",
        l10n.t("No revision is kept that {service} served before.", service=name),
        details={"service": name, "revisions": list(map(str, rows.numbers))},
    )


def _without_files(name: str, number: int) -> ScoredockError:
    return ScoredockError(
        "revision-damaged",
        l10n.t("What was deployed as revision {revision} of {service} cannot be read.", revision=number, service=name),
        details={"service": name, "revision": str(number)},
    )


def rollback_request(rows: ServiceRows, target: Revision) -> DeployRequest:
    """Request of the target revision, with the service's present description, tags and properties."""
    now = (rows.current or target).request
    return replace(
        target.request, overwrite=True, description=now.description, tags=now.tags, properties=now.properties
    )


def rollback_plan(rows: ServiceRows, target: Revision, registry: Registry, content: str) -> Plan:
    """The plan of a new revision with what was decided for `target`. `content`: what it replaces, as `Origin` has it.

    Raises ScoredockError `model-not-found` with what to do, `revision-damaged`.
    """
    if target.spec is None:
        raise _without_files(rows.service.name, target.number)
    models = tuple(_model(registry, target, reference) for reference in target.models)
    origin = replace(origin_of("rollback"), source=target.origin.source, of=target.number, content=content)
    return Plan(rows.service.name, models, target.spec, origin=origin)


def _model(registry: Registry, target: Revision, reference: str) -> ModelVersion:
    with suppress(ModelNotFound):
        return registry.model(reference)
    try:
        with registry.store.read() as connection:
            lookup.any(connection, reference)
    except ModelNotFound:
        raise ModelNotFound(
            l10n.t(
                "The model {id}, which revision {revision} needs, was deleted.", id=reference, revision=target.number
            ),
            l10n.t("Roll back to another revision, or register the model and deploy."),
        ) from None
    raise ModelNotFound(
        l10n.t(
            "The model {id}, which revision {revision} needs, is in the trash.", id=reference, revision=target.number
        ),
        l10n.t("Restore it with `{command}`, then roll back.", command=f"scoredock model restore {reference}"),
    )
