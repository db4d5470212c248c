"""Names that other contributions may use of az: which lines are carried out, the desk at which one is, and an `az` for
a folder.
"""

from __future__ import annotations

from scoredock.contrib.az.domain.here import refusal as refusal
from scoredock.contrib.az.lines.command_line import LineError as LineError
from scoredock.contrib.az.lines.deploying import models_of as models_of
from scoredock.contrib.az.lines.deploying import service_options as service_options
from scoredock.contrib.az.lines.desk import Desk as Desk
from scoredock.contrib.az.lines.v1_records import moment as moment
from scoredock.contrib.az.messages import AzFolderParams as AzFolderParams
from scoredock.contrib.az.verbs.az_forwarder import install as install
