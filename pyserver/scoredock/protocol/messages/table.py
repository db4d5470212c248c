"""Every message in one name space. Requests are declared where they are carried out (`verb.py`). Whoever needs one
message asks the package, which imports the records of its noun only."""

from __future__ import annotations

from scoredock.deploy_options import Auth as Auth
from scoredock.protocol.messages.assets import *
from scoredock.protocol.messages.automation.unattended import *
from scoredock.protocol.messages.basics import *
from scoredock.protocol.messages.compute import *
from scoredock.protocol.messages.docker import *
from scoredock.protocol.messages.doctor import *
from scoredock.protocol.messages.documents import *
from scoredock.protocol.messages.endpoints import *
from scoredock.protocol.messages.environments import *
from scoredock.protocol.messages.images import *
from scoredock.protocol.messages.logs import *
from scoredock.protocol.messages.metrics import *
from scoredock.protocol.messages.models import *
from scoredock.protocol.messages.notifications import NOTIFICATIONS as NOTIFICATIONS
from scoredock.protocol.messages.notifications import Notification as Notification
from scoredock.protocol.messages.packages import *
from scoredock.protocol.messages.requests import *
from scoredock.protocol.messages.revisions import *
from scoredock.protocol.messages.services import *
from scoredock.protocol.messages.state import *
from scoredock.protocol.messages.tasks import *
from scoredock.protocol.messages.workspaces import *
from scoredock.service import EngineName as EngineName
from scoredock.service import Expose as Expose
from scoredock.service import Frame as Frame
from scoredock.service import Notice as Notice
from scoredock.service import RecentRequests as RecentRequests
from scoredock.service import Replica as Replica
from scoredock.service import RequestFailure as RequestFailure
from scoredock.service import Service as Service
from scoredock.service import ServiceFailure as ServiceFailure
from scoredock.service import State as State
from scoredock.status import Status as Status
