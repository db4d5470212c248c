"""`az ml service …` and `az ml endpoint realtime …`."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from scoredock import l10n
from scoredock.cli.az.command_line import LineError
from scoredock.cli.az.desk import Desk
from scoredock.cli.services.bodies import body_of
from scoredock.errors import ScoredockError
from scoredock.features.services import logs, services
from scoredock.features.workspaces import v1_records
from scoredock.protocol import messages

_TYPES = ("ACI", "AKS", "AKSENDPOINT", "LOCAL", "IOT", "MIR")
_LINES = 5_000


def record_of(desk: Desk, name: str) -> dict[str, Any]:
    """One service as v1 wrote it."""
    service = services.show(messages.ServiceRef(name), desk.context, desk.operation())
    return _record(desk, service)


def _record(desk: Desk, service: messages.Service) -> dict[str, Any]:
    asked = services.configuration(messages.ServiceRef(service.name), desk.context, desk.operation())
    return v1_records.service_record(service, asked, desk.context.workspace("").name)


def show(desk: Desk) -> Any:
    """One service."""
    return record_of(desk, desk.given.text("--name"))


def list_services(desk: Desk) -> Any:
    """Services that match all conditions."""
    given = desk.given
    kind = given.text("--compute-type").upper()
    if kind and kind not in _TYPES:
        raise LineError(
            l10n.t("{option} must be {choices}, not “{value}”", option="--compute-type", choices="ACI, AKS", value=kind)
            + "."
        )
    if given.text("--image-digest"):
        raise LineError(l10n.t("Services here have no image digest."))
    found = services.list_services(messages.ServiceListParams(), desk.context, desk.operation()).services
    told = [(each, _record(desk, each)) for each in found]
    return [
        record
        for service, record in told
        if (not kind or record["computeType"].upper() == kind)
        and _holds(service.tags, given.all("--tag"))
        and _holds(record["properties"] or {}, given.all("--property"))
        and (not given.text("--model-id") or given.text("--model-id") in service.models)
        and _has_model(service, given.text("--model-name"))
    ]


def _holds(values: Any, wanted: tuple[str, ...]) -> bool:
    """`key`, or `key=value`."""
    for each in wanted:
        key, equals, value = each.partition("=")
        if key not in values or (equals and values[key] != value):
            return False
    return True


def _has_model(service: messages.Service, name: str) -> bool:
    return not name or any(each.partition(":")[0] == name for each in service.models)


def delete(desk: Desk) -> Any:
    """The service; its models stay."""
    name = desk.given.text("--name")
    services.delete(messages.ServiceDeleteParams(name), desk.context, desk.operation())
    desk.note(l10n.t("deleted {name}", name=name))


def run(desk: Desk) -> Any:
    """What the service answers."""
    given = desk.given
    name = given.text("--name")
    written = given.text("--input-data")
    body = body_of(written) if written else "{}"
    answer = services.call(messages.ServiceCallParams(name, body), desk.context, desk.operation())
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
    """Both keys."""
    return _keys(services.keys(messages.ServiceRef(desk.given.text("--name")), desk.context, desk.operation()))


def regen_key(desk: Desk) -> Any:
    """Another primary or secondary key; both keys."""
    given = desk.given
    which = given.text("--key").capitalize()
    if which not in ("Primary", "Secondary"):
        raise LineError(
            l10n.t(
                "{option} must be {choices}, not “{value}”",
                option="--key",
                choices="Primary, Secondary",
                value=given.text("--key"),
            )
            + "."
        )
    params = messages.ServiceRegenerateKeyParams(given.text("--name"), which, given.text("--set-key"))
    return _keys(services.regenerate_key(params, desk.context, desk.operation()))


def _keys(found: messages.ServiceKeys) -> dict[str, str]:
    return {"primaryKey": found.primary_key, "secondaryKey": found.secondary_key}


def get_access_token(desk: Desk) -> Any:
    """A token for an hour."""
    found = services.token(messages.ServiceRef(desk.given.text("--name")), desk.context, desk.operation())
    return {
        "accessToken": found.access_token,
        "tokenType": found.token_type,
        "refreshAfter": datetime.fromtimestamp(found.refresh_after, tz=timezone.utc).isoformat(),
        "expiryOn": datetime.fromtimestamp(found.expiry_on, tz=timezone.utc).isoformat(),
    }


def get_logs(desk: Desk) -> Any:
    """The last lines, as text."""
    given = desk.given
    if given.is_set("--init"):
        desk.note(l10n.t("Services here have no init container; this is the log of the service."))
    count = given.whole("--num_lines")
    for each in logs.last_lines(given.text("--name"), _LINES if count is None else count, desk.context):
        print(each.text, file=sys.stdout)
