"""An endpoint as its router's tests make it: versions that are real services, and a real router before them."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from scoredock_runtime import contract

SAYS = """
def init():
    pass

def run(data):
    return {{"version": "{name}", "got": data}}
"""
MARK = "azureml-model-deployment"


class Endpoint:
    """Its versions by name, and the service that is the router."""

    def __init__(self, make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> None:
        self.wait_for = wait_for
        self._make = make_service
        self.versions: dict[str, Any] = {}
        self.router = make_service("router")

    def version(self, name: str, script: str = "", **changes: Any) -> Any:
        made = self._make(name)
        made.up(script or SAYS.format(name=name), **changes)
        self.versions[name] = made
        return made

    def routes(self, default: str = "", **given: Any) -> contract.Routes:
        """`blue=90, green=10`, and what else routes have; `limits` by the name of their version."""
        names = [name for name in self.versions if name in given]
        limits = given.pop("limits", {})
        routes = [
            contract.Route(name, self.versions[name].status.port, given.pop(name), limits=limits.get(name))
            for name in names
        ]
        return contract.Routes(routes, default or names[0], **given)

    def up(self, default: str = "", **given: Any) -> Endpoint:
        self.router.start(
            routes=self.routes(default, **given), template=False, app_root=str(self.router.folder), entry_script=""
        )
        status = self.router.settle()
        assert status.phase == contract.READY, status
        return self

    def use(self, default: str = "", grace: float = 20.0, **given: Any) -> Any:
        routes = dataclasses.asdict(self.routes(default, **given))
        return self.router.control("POST", "/routes", {"routes": routes, "grace": grace})

    def ask(self, value: Any = None, **headers: str) -> Any:
        return self.router.score(value, **headers)

    def counts(self) -> dict[str, dict[str, float]]:
        told = self.router.control("GET", "/traffic").json()["versions"]
        return {name: {k: v for k, v in each.items() if k != "buckets"} for name, each in told.items()}

    def answered(self) -> dict[str, int]:
        """All that each version was given, answered well or not."""
        kinds = ("succeeded", "refused", "failed", "lost")
        return {name: int(sum(each[kind] for kind in kinds)) for name, each in self.counts().items() if name != "-"}


def who(answer: Any) -> str:
    """The version that answered, which its script and the router's header agree on."""
    assert answer.status == 200, (answer.status, answer.body)
    told = json.loads(answer.body)["version"]
    assert answer.headers[MARK] == told
    return str(told)


def tally(answers: list[Any]) -> Counter[str]:
    return Counter(who(each) for each in answers)
