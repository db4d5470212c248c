"""What the core knows of profiling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from scoredock.features.contribution import ClientPart, Contribution
from scoredock.protocol.messages.notifications import Notification


class _Profiling(Contribution):
    az_lines: ClassVar = {"model profile": "scoredock.contrib.profiling.az:profile"}

    def notifications(self) -> Sequence[Notification]:
        from scoredock.contrib.profiling.messages import ServiceLoad

        return (Notification("scoredock/load/measured", ServiceLoad, "server"),)

    def for_client(self, push: Callable[[Any], None]) -> Sequence[ClientPart]:
        from scoredock.contrib.profiling.verbs.loads import Loads

        return (Loads(push),)


CONTRIBUTION = _Profiling()
