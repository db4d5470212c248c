"""Table of the notifications: messages that client or server sends without a request."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.documents import DocumentChecked
from scoredock.protocol.messages.endpoints import EndpointChanged
from scoredock.protocol.messages.logs import LogAcknowledgeParams, LogEvents, LogLines
from scoredock.protocol.messages.services import ResponseReceived
from scoredock.protocol.messages.state import RegistryChanged, ServiceChanged, WorkspaceChanged


@dataclass(frozen=True)
class Notification:
    """Method of a notification, its params, and which side sends it."""

    method: str
    params: type
    sender: Literal["client", "server"]


NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("scoredock/log/acknowledge", LogAcknowledgeParams, "client"),
    Notification("scoredock/log/lines", LogLines, "server"),
    Notification("scoredock/log/events", LogEvents, "server"),
    Notification("scoredock/workspace/changed", WorkspaceChanged, "server"),
    Notification("scoredock/registry/changed", RegistryChanged, "server"),
    Notification("scoredock/service/changed", ServiceChanged, "server"),
    Notification("scoredock/endpoint/changed", EndpointChanged, "server"),
    Notification("scoredock/document/checked", DocumentChecked, "server"),
    Notification("scoredock/response/received", ResponseReceived, "server"),
)
