"""Changes a service and acknowledges; the harness kills it on the way.

    deploy_child.py WORKSPACE ACKNOWLEDGEMENTS VERB ORDER SCRIPT

VERB is deploy, update, stop or delete. ORDER is `right`, or `planted`: no intent row is written before the action,
which the oracle of the crash tests must notice. Every step marks itself, so that the trace tells the phases.
"""

from __future__ import annotations

import http.client  # noqa: F401 (warmed, as all that follows: imports would be counted otherwise)
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import uv  # noqa: F401
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.ledger import Ledger
from scoredock.services.ledger_rows import Intent
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest

from crash.harness import acknowledge, mark

NAME = "svc-one"


def tell_phases() -> None:
    """Marks of the trace after each phase is recorded."""
    begin, set_phase = Ledger.begin, Ledger.set_phase

    def marked_begin(self: Ledger, *arguments: Any, **options: Any) -> int:
        revision = begin(self, *arguments, **options)
        mark("begin-staging")
        return revision

    def marked_phase(self: Ledger, name: str, phase: str) -> None:
        set_phase(self, name, phase)
        mark(f"begin-{phase}")

    Ledger.begin, Ledger.set_phase = marked_begin, marked_phase  # type: ignore[method-assign]


def plant() -> None:
    """The lease is only pretended: a killed writer leaves no word of what it was about to do."""

    def claim(self: Ledger, name: str, verb: str) -> Intent:
        return Intent(name, verb, 0, "", 0, 0.0, 0.0)

    Ledger.claim = claim  # type: ignore[method-assign]


def main(workspace: Path, acknowledgements: Path, verb: str, order: str, script: str) -> None:
    deployments = Deployments(Registry(workspace), settings=DeploySettings(start_timeout=60.0, stop_grace=1.0))
    tell_phases()
    if order == "planted":
        plant()
    mark("begin-claiming")
    if verb == "deploy":
        deployments.deploy(DeployRequest(NAME, models=("m:1",), entry_script=script))
    elif verb == "update":
        deployments.update(NAME, UpdateRequest())
    elif verb == "stop":
        deployments.stop(NAME)
    else:
        deployments.delete(NAME)
    acknowledge(acknowledgements, verb)
    mark("end")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
