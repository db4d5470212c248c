"""Every message in one name space, and the notifications. Requests are declared where they are carried out
(`verb.py`). Whoever needs one message asks the package, which imports the records of its noun only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scoredock.deploy_options import Auth as Auth
from scoredock.protocol.messages.assets import *
from scoredock.protocol.messages.az import *
from scoredock.protocol.messages.basics import *
from scoredock.protocol.messages.docker import *
from scoredock.protocol.messages.doctor import *
from scoredock.protocol.messages.documents import *
from scoredock.protocol.messages.endpoints import *
from scoredock.protocol.messages.environments import *
from scoredock.protocol.messages.images import *
from scoredock.protocol.messages.logs import *
from scoredock.protocol.messages.metrics import *
from scoredock.protocol.messages.models import *
from scoredock.protocol.messages.nearest import *
from scoredock.protocol.messages.no_code import *
from scoredock.protocol.messages.packages import *
from scoredock.protocol.messages.requests import *
from scoredock.protocol.messages.revisions import *
from scoredock.protocol.messages.runs import *
from scoredock.protocol.messages.sdk import *
from scoredock.protocol.messages.services import *
from scoredock.protocol.messages.state import *
from scoredock.protocol.messages.tasks import *
from scoredock.protocol.messages.workspaces import *
from scoredock.service import EngineName as EngineName
from scoredock.service import Frame as Frame
from scoredock.service import Notice as Notice
from scoredock.service import RecentRequests as RecentRequests
from scoredock.service import RequestFailure as RequestFailure
from scoredock.service import Service as Service
from scoredock.service import ServiceFailure as ServiceFailure
from scoredock.service import State as State
from scoredock.status import Status as Status


@dataclass(frozen=True)
class Notification:
    """One way; `sender` says which."""

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
    Notification("scoredock/load/measured", ServiceLoad, "server"),
)
