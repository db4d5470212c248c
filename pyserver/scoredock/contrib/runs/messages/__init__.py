"""Records of `run/…`, and of the verbs that go to a registry of MLflow and come from one."""

from __future__ import annotations

from scoredock.contrib.runs.messages.registered_models import *
from scoredock.contrib.runs.messages.runs import *
