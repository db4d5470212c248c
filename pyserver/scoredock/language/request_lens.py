"""The line above each request of an `.http` file that is for a service: it sends the request through our panel."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.formats.http_file.requests import FileRequest, HttpFile
from scoredock.formats.http_file.variables import REFERENCE, SERVICE_VARIABLE
from scoredock.language.code_lens import Lens, ScriptService
from scoredock.text import Position, Range

_LOOPBACK = re.compile(r"(?:https?://)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?::\d+)?(?:/|$)")


def request_lenses(file: HttpFile, path: str, target: str, services: Sequence[ScriptService]) -> list[Lens]:
    """Send above each request for a service that was deployed from `target`; Deploy above the first where there is none
    yet. Files for other servers are left to other extensions."""
    requests = [each for each in file.requests if is_for_a_service(each, file)]
    if not target or not requests:
        return []
    answering = sorted(each.name for each in services if each.answering)
    if not answering:
        title = l10n.t("Start") if services else l10n.t("Deploy")
        command, argument = ("startService", services[0].name) if services else ("deploy", target)
        return [Lens(_place(requests[0]), title, f"scoredock.{command}", (argument,))]
    title = l10n.t("Send to {service}", service=answering[0]) if len(answering) == 1 else l10n.t("Send")
    return [Lens(_place(each), title, "scoredock.sendFileRequest", (path, str(each.line))) for each in requests]


def is_for_a_service(request: FileRequest, file: HttpFile) -> bool:
    """True if its address is that of a service of ours, or of this machine."""
    address, values = request.target, {each.name: each.value for each in file.variables}
    for _ in range(10):
        first = REFERENCE.match(address)
        if first is None:
            break
        name = first[1].strip()
        if name == SERVICE_VARIABLE:
            return True
        if name not in values:
            return False
        address = values[name] + address[first.end() :]
    return address.startswith("/") or _LOOPBACK.match(address) is not None


def _place(request: FileRequest) -> Range:
    return Range(Position(request.line, 0), Position(request.line, len(request.method)))
