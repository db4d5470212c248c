"""Declares the contribution for profiling to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scoredock.features.contribution import AzHandler, ClientPart, Contribution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scoredock.features.contribution import ShowFaults
    from scoredock.protocol.messages.notifications import Notification


class _Profiling(Contribution):
    az_lines: ClassVar = {
        "model profile": AzHandler("scoredock.contrib.profiling.az:profile", {"--model": "model", "--name": ""})
    }

    def notifications(self) -> Sequence[Notification]:
        from scoredock.contrib.profiling.messages import ServiceLoad
        from scoredock.protocol.messages.notifications import Notification

        return (Notification("scoredock/load/measured", ServiceLoad, "server"),)

    def for_client(self, push: Callable[[Any], None], show_faults: ShowFaults) -> Sequence[ClientPart]:
        from scoredock.contrib.profiling.verbs.loads import Loads

        return (Loads(push),)


CONTRIBUTION = _Profiling()
