"""Texts that say which revisions of services need something, and what to do about those that are only kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from scoredock import l10n


def users_text(services: Collection[str], revisions_by_service: Mapping[str, Sequence[int]]) -> str:
    """The services, each with the revisions that it keeps where those alone need something."""
    return ", ".join(_with_revisions(service, revisions_by_service.get(service, [])) for service in sorted(services))


def way_out(services: Collection[str], revisions_by_service: Mapping[str, Sequence[int]]) -> str:
    """Next step if only kept revisions are in the way; empty otherwise, so that the error's own applies."""
    if set(services) - set(revisions_by_service):
        return ""
    commands = ", ".join(f"`scoredock service revisions {service} --keep 1`" for service in sorted(services))
    return l10n.t("To remove what is kept of earlier revisions, run {commands}.", commands=commands)


def _with_revisions(service: str, revisions: Sequence[int]) -> str:
    if not revisions:
        return service
    if len(revisions) == 1:
        return l10n.t("{service} (kept revision {revision})", service=service, revision=revisions[0])
    return l10n.t("{service} (kept revisions {revisions})", service=service, revisions=", ".join(map(str, revisions)))
