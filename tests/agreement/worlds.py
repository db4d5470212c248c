"""The small world around the examples of a rule, written to a disk, and a workspace where they are deployed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import Rule
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings

from depth import LONG
from pace import patience

ROWS = {"data": [[1.0, 2.0], [3.0, 4.0]]}
BODIES: Mapping[str, object] = {
    "SD176": {"data": [{"age": 59, "bmi": 32.1}]},
    "SD520": {"data": [[1.0, 2.0, 3.0]]},
    "SD112": {"raw_data": [1.0]},
    "SD115": {"data": [1.0]},
    "SD136": {"data": [1.0]},
    "SD137": {"data": [1.0]},
    "SD138": {"data": [1.0]},
    "SD139": {"data": [1.0]},
}
"""What the example of a rule is called with, where that is not `ROWS`."""
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return len(data)\n"
CONDA = "name: plain\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
CONTENT = {
    "score.py": SCRIPT,
    "my-score.py": SCRIPT,
    "my_score.py": SCRIPT,
    "conda.yml": CONDA,
    "cleaning.py": "def clean(rows):\n    return rows\n",
    "words.json": '{"greeting": "hello"}\n',
}
"""What stands in files that a world names without their text."""
USUAL = {"scikit-learn": "==1.5.2", "joblib": "", "pandas": "", "numpy": ""}
"""Packages for all scripts with imports beyond Python's whose world says nothing about its environment."""
BEYOND = ("numpy", "pandas", "joblib", "sklearn", "inference_schema", "azureml")
OF_MAIN = b"\x80\x04\x8c\x08__main__\x8c\x06Scaled\x93)\x81."
"""A pickle of an object whose class was defined in the program that was run."""
OF_OTHER_YEARS = Path(__file__).parents[1] / "pickles" / "files"
ENOUGH_LINES = 60
LOG_SECONDS = 5.0
"""How long the traceback of a request may be on its way to the log."""


def pickle_of(rule: Rule, model: str, name: str) -> bytes:
    """A file of a model of another year, or of another program, where the rule is about what is in the pickle; else
    nothing."""
    if name not in dict(rule.world.pickles):
        return b""
    return OF_MAIN if model == "of-main" else (OF_OTHER_YEARS / f"{model}{Path(name).suffix}").read_bytes()


@dataclass(frozen=True)
class Outcome:
    """What became of one example."""

    stage: str
    """`refused` before it was deployed, `start` or `request` where it failed, `answered` otherwise."""
    told: str
    """The failure with the last lines of the log, or the answer."""


def write(rule: Rule, kind: str, folder: Path) -> Path:
    """The example and the files around it; returns the path of the example."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in rule.world.files:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTENT.get(path.name, ""), encoding="utf-8")
    for name, text in rule.world.texts:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    # The good example of a name that cannot be imported is the same text under another name.
    name = "score.py" if rule.code == "SD114" and kind == "good" else rule.world.path
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule.page.bad if kind == "bad" else rule.page.good, encoding="utf-8")
    return path


def models_of(rule: Rule) -> tuple[ModelFacts, ...]:
    """The models of a world; a script that loads one without a word about it gets one of that name."""
    if rule.world.models or "model.pkl" not in rule.page.good:
        return rule.world.models
    return (ModelFacts("any", 1, ("model.pkl",)),)


def conda(rule: Rule) -> str:
    """A conda file of the environment of a world, or of what all other scripts need: many need no packages."""
    environment = rule.world.environment
    # At the gate one environment serves all.
    is_usual = not LONG or models_of(rule) or any(name in rule.page.bad + rule.page.good for name in BEYOND)
    usual = USUAL if is_usual else {}
    python, packages = (environment.python, dict(environment.packages)) if environment else ("3.11", usual)
    lines = ["name: project", "dependencies:", f"  - python={python}", "  - pip:", "      - azureml-defaults"]
    lines += [f"      - {name}{version}" for name, version in packages.items() if name != "azureml-defaults"]
    return "\n".join(lines) + "\n"


@dataclass
class Workshop:
    """Deploys examples one after the other, each in place of the one before, in a workspace for their models."""

    folder: Path
    environments: Path
    """Where all workspaces keep their environments."""
    models: Mapping[str, Callable[[], bytes]]
    """What gives the content of the model files, by the end of their names."""
    _made: dict[object, Deployments] = field(default_factory=dict)

    def _workspace(self, rule: Rule) -> Deployments:
        key = (threading.get_ident(), models_of(rule))
        if key not in self._made:
            workspace = self.folder / f"workspace-{len(self._made)}-{key[0]}"
            workspace.mkdir(parents=True)
            (workspace / "environments").symlink_to(self.environments)
            registry = Registry(workspace)
            for model in models_of(rule):
                place = workspace / "sources" / model.name
                place.mkdir(parents=True)
                for name in model.files:
                    (place / name).write_bytes(self._content(rule, model.name, name))
                registry.register([place / name for name in model.files], model.name)
            settings = DeploySettings(start_timeout=60.0, stop_grace=1.0, kept_revisions=1)
            self._made[key] = Deployments(registry, settings=settings)
        return self._made[key]

    def _content(self, rule: Rule, model: str, name: str) -> bytes:
        """A model trained now, unless the rule is about what is in the pickle."""
        return pickle_of(rule, model, name) or self.models[Path(name).suffix]()

    def judge(self, rule: Rule, kind: str) -> Outcome:
        """Deploy an example without its checks, in its environment and with its models, and call it."""
        deployments = self._workspace(rule)
        project = self.folder / f"{rule.code}-{kind}"
        script = write(rule, kind, project)
        environment = self.folder / f"{rule.code}-{kind}.yml"
        environment.write_text(conda(rule), encoding="utf-8")
        source = str(project / rule.world.source_directory) if rule.world.source_directory or rule.world.texts else ""
        request = DeployRequest(
            "judged",
            models=tuple(f"{model.name}:{model.version}" for model in models_of(rule)),
            entry_script=str(script),
            source_directory=source,
            environment_file=str(environment),
            overwrite=True,
            # Python itself could load the name: it is refused before that, as the SDK of Azure refuses it.
            skip_checks=rule.code != "SD114",
        )
        known = any(view.name == "judged" for view in deployments.services())
        seen = deployments.logs.last_line("judged") if known else 0
        try:
            deployments.deploy(request)
        except ScoredockError as error:
            stage = "refused" if error.code == "check-failed" else "start"
            told = [f"{error.code}: {error.message}", str(error.details), *self._rows(deployments, seen)]
            return Outcome(stage, "\n".join(told))
        answer = deployments.client.call("judged", json.dumps(BODIES.get(rule.code, ROWS)).encode())
        body = answer.body.decode(errors="replace")
        if answer.status == 200:
            return Outcome("answered", body)
        until = time.monotonic() + patience(LOG_SECONDS)
        while "Traceback" not in "".join(rows := self._rows(deployments, seen)) and time.monotonic() < until:
            time.sleep(0.05)
        return Outcome("request", "\n".join([f"{answer.status} {body}", *rows]))

    @staticmethod
    def _rows(deployments: Deployments, seen: int) -> list[str]:
        if not any(view.name == "judged" for view in deployments.services()):
            return []
        return [record.m for record in deployments.logs.records("judged", seen)][-ENOUGH_LINES:]

    def close(self) -> None:
        """Leave nothing running."""
        for deployments in self._made.values():
            for view in deployments.services():
                deployments.delete(view.name)
