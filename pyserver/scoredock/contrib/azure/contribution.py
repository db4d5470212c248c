"""Declares the contribution that fetches from Azure to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock.features.contribution import Contribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scoredock.protocol.messages.notifications import Notification


class _Azure(Contribution):
    noun = "azure"
    help = "Azure: fetch models, environments, endpoints and runs from a workspace, while it is there."
    nameless = ("azure/pull", "azure/list", "azure/report")

    def notifications(self) -> Sequence[Notification]:
        from scoredock.contrib.azure.messages import AzureCode
        from scoredock.protocol.messages.notifications import Notification

        return (Notification("scoredock/azure/code", AzureCode, "server"),)


CONTRIBUTION = _Azure()
