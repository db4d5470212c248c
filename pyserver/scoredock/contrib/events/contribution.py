"""Declares the contribution for events to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scoredock.features.contribution import Contribution, FolderWatch, Round

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path

    from scoredock.registry import Registry
    from scoredock.registry.upkeep.carried_part import CarriedPart


class _EventReceivers(Contribution):
    noun = "event"
    help = "Events: tell a webhook or a program of what happens in the workspace."
    references: ClassVar = {"name": "event"}
    nameless = ("event/subscribe", "event/list")

    def names(self, workspace: Path) -> Sequence[str]:
        from scoredock.contrib.events.domain.subscriptions import Receivers

        return [each.name for each in Receivers(workspace).all()]

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """All: a subscription is of no folder."""
        return set(self.names(workspace))

    def backup(self) -> Sequence[CarriedPart]:
        from scoredock.contrib.events.domain.subscription_backup import CarriedSubscriptions

        return (CarriedSubscriptions(),)

    def attend(self, now: Round) -> None:
        """States of services are noted by looking at them; whoever has subscribed hears of that, and of what was left
        when the machine went down."""
        from scoredock.registry.audit import announcing

        workspace = now.context.workspace(now.workspace_id)
        if not announcing.has_subscriptions(workspace.path):
            return
        from scoredock.contrib.events.domain.backlog import is_behind
        from scoredock.registry.audit import following

        now.context.deployments(workspace.id).services()
        following.take(now.context.registry(workspace.id).store)
        if is_behind(workspace.path):
            announcing.announce(workspace.path)

    def state_topics(self) -> Mapping[str, FolderWatch]:
        from scoredock.contrib.events.domain.subscriptions import ReceiverFiles

        return {"events": ReceiverFiles()}

    def command_ended(self, registry: Registry) -> None:
        from scoredock.contrib.events.domain.backlog import send_waiting

        send_waiting(registry)

    def values(self, kind: str) -> Sequence[str]:
        from scoredock.contrib.events.domain.catalogue import WHATS

        return tuple(WHATS) if kind == "event-type" else ()


CONTRIBUTION = _EventReceivers()
