"""YAML of Azure ML v2 for endpoints: its traffic holds here as well, and an endpoint of here is written as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.features.endpoints import endpoints, versions
from scoredock.formats.v2.endpoint_file import EndpointFile, EndpointFileFault, endpoint_file, read_endpoint_file
from scoredock.protocol import messages
from scoredock.scripts.texts import read_text


def apply(path: str, name: str, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Gives the versions of an endpoint the traffic and the copies that a file says, all or nothing. `name` goes before
    that of the file.

    Raises ScoredockError `file-not-found`, `endpoint-file-invalid`, `endpoint-not-found`,
    `endpoint-version-not-found`, `traffic-invalid`.
    """
    file = _read(path, context)
    name = name or file.name
    if not name:
        raise _invalid(path, l10n.t("The file does not say the name of the endpoint."))
    traffic = messages.EndpointTrafficParams(name, dict(file.traffic or {}))
    mirror = _mirror(path, name, file.mirror or {})
    for preview in (True, False):  # what the second half refuses is refused before the first is done
        if file.traffic is not None:
            versions.traffic(replace(traffic, preview=preview), context, operation)
        if file.mirror is not None:
            versions.mirror(replace(mirror, preview=preview), context, operation)
    return endpoints.show(messages.EndpointRef(name), context, operation)


def export(name: str, context: Context, operation: Operation) -> str:
    """The file that says the same in Azure ML v2. Raises `endpoint-not-found`."""
    found = endpoints.show(messages.EndpointRef(name), context, operation)
    traffic = {each.name: each.share for each in found.versions}
    mirror = {found.mirror: found.mirror_share} if found.mirror else {}
    return endpoint_file(found.name, traffic, mirror, auth_mode="key")


def _mirror(path: str, name: str, shares: Mapping[str, int]) -> messages.EndpointMirrorParams:
    """An empty list, or one of nothing but zeros, ends the copies."""
    copied = {version: share for version, share in shares.items() if share}
    if len(copied) > 1:
        raise _invalid(path, l10n.t("Copies of requests go to one deployment only."))
    version, share = next(iter(copied.items()), ("", 0))
    return messages.EndpointMirrorParams(name, version, share)


def _read(path: str, context: Context) -> EndpointFile:
    text = read_text(absolute(path), context.overlays())
    if text is None:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(path))
    try:
        return read_endpoint_file(text)
    except EndpointFileFault as fault:
        raise _invalid(path, fault.message, fault.range.start.line) from None


def _invalid(path: str, message: str, line: int | None = None) -> ScoredockError:
    return ScoredockError("endpoint-file-invalid", message, place=Place(str(absolute(path)), line))
