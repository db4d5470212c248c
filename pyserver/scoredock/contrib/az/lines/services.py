"""`az ml service …` and `az ml endpoint realtime …`."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from scoredock import l10n
from scoredock.cli.services.bodies import body_of
from scoredock.contrib.az.lines import v1_records
from scoredock.contrib.az.lines.command_line import LineError
from scoredock.contrib.az.lines.desk import Desk
from scoredock.errors import ScoredockError
from scoredock.features.services import calls, deployment, keys, logs, services
from scoredock.protocol import messages
from scoredock.visible import in_lines

_TYPES = ("ACI", "AKS", "AKSENDPOINT", "LOCAL", "IOT", "MIR")
_LINES = 5_000


def record_of(desk: Desk, name: str) -> dict[str, Any]:
    """Record of a service as v1 wrote it."""
    service = services.show(messages.ServiceRef(name), desk.context, desk.operation())
    return _record(desk, service)


def _record(desk: Desk, service: messages.Service) -> dict[str, Any]:
    asked = deployment.configuration(messages.ServiceRef(service.name), desk.context, desk.operation())
    return v1_records.service_record(service, asked, desk.context.workspace("").name)


def show(desk: Desk) -> Any:
    """Record of a service."""
    return record_of(desk, desk.options.text("--name"))


def list_services(desk: Desk) -> Any:
    """Services that match all conditions."""
    options = desk.options
    kind = options.text("--compute-type").upper()
    if kind and kind not in _TYPES:
        raise LineError(
            l10n.t("{option} must be {choices}, not “{value}”", option="--compute-type", choices="ACI, AKS", value=kind)
            + "."
        )
    if options.text("--image-digest"):
        raise LineError(l10n.t("Services here have no image digest."))
    tags, properties = options.all("--tag"), options.all("--property")
    model, name = options.text("--model-id"), options.text("--model-name")
    found = services.list_services(messages.ServiceListParams(), desk.context, desk.operation()).services
    records = [(each, _record(desk, each)) for each in found]
    return [
        record
        for service, record in records
        if (not kind or record["computeType"].upper() == kind)
        and _holds(service.tags, tags)
        and _holds(record["properties"] or {}, properties)
        and (not model or model in service.models)
        and _has_model(service, name)
    ]


def _holds(values: Any, conditions: tuple[str, ...]) -> bool:
    """`key`, or `key=value`."""
    for each in conditions:
        key, equals, value = each.partition("=")
        if key not in values or (equals and values[key] != value):
            return False
    return True


def _has_model(service: messages.Service, name: str) -> bool:
    return not name or any(each.partition(":")[0] == name for each in service.models)


def delete(desk: Desk) -> Any:
    """The service; its models stay."""
    name = desk.options.text("--name")
    services.delete(messages.ServiceDeleteParams(name), desk.context, desk.operation())
    desk.note(l10n.t("deleted {name}", name=name))


def run(desk: Desk) -> Any:
    """Answer of the service. Raises ScoredockError `service-request-failed` for a status of 400 or more."""
    options = desk.options
    name = options.text("--name")
    written = options.text("--input-data")
    body = body_of(written) if written else "{}"
    service, endpoint = calls.meant_service(name, desk.context)
    answer = calls.call(messages.ServiceCallParams(service, body, endpoint=endpoint), desk.context, desk.operation())
    if answer.status >= 400:
        raise ScoredockError(
            "service-request-failed",
            l10n.t(
                "The service {name} responded with status {status}: {body}",
                name=name,
                status=answer.status,
                body=answer.body[:500],
            ),
            l10n.t("Read its log with `{command}`.", command=f"az ml service get-logs -n {name}"),
        )
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body


def get_keys(desk: Desk) -> Any:
    """Primary and secondary key of the service."""
    return _keys(keys.keys(messages.ServiceRef(desk.options.text("--name")), desk.context, desk.operation()))


def regen_key(desk: Desk) -> Any:
    """Another primary or secondary key; both keys."""
    options = desk.options
    which = options.text("--key").capitalize()
    if which not in ("Primary", "Secondary"):
        raise LineError(
            l10n.t(
                "{option} must be {choices}, not “{value}”",
                option="--key",
                choices="Primary, Secondary",
                value=options.text("--key"),
            )
            + "."
        )
    params = messages.ServiceRegenerateKeyParams(options.text("--name"), which, options.text("--set-key"))
    return _keys(keys.regenerate_key(params, desk.context, desk.operation()))


def _keys(service_keys: messages.ServiceKeys) -> dict[str, str]:
    return {"primaryKey": service_keys.primary_key, "secondaryKey": service_keys.secondary_key}


def get_access_token(desk: Desk) -> Any:
    """A token for an hour."""
    found = keys.token(messages.ServiceRef(desk.options.text("--name")), desk.context, desk.operation())
    return {
        "accessToken": found.access_token,
        "tokenType": found.token_type,
        "refreshAfter": datetime.fromtimestamp(found.refresh_after, tz=timezone.utc).isoformat(),
        "expiryOn": datetime.fromtimestamp(found.expiry_on, tz=timezone.utc).isoformat(),
    }


def get_logs(desk: Desk) -> Any:
    """The last lines, as text."""
    options = desk.options
    if options.is_set("--init"):
        desk.note(l10n.t("Services here have no init container; this is the log of the service."))
    count = options.whole("--num_lines")
    params = messages.LogLastParams(options.text("--name"), _LINES if count is None else count)
    for each in logs.last(params, desk.context, desk.operation()).lines:
        print(in_lines(each.text), file=sys.stdout)
