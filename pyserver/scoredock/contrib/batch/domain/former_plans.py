"""Keeps plans of batch jobs, which are used again while nothing that they depend on has changed.

Checking a script and reading its environment file import some 300 modules, which takes longer than many a job. A plan
is kept with its questions about the files around it and their answers, as the analyses of one process keep theirs
(analysis/result_cache.py): no time of a file of the person's is trusted. The modules that made the plan count by size
and time, as they do for Python itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.analysis.text_digest import text_digest
from scoredock.data_folder import age, make_private
from scoredock.environments.pip import uv_cache
from scoredock.environments.spec import EnvironmentSpec
from scoredock.late_dataclass import dataclass
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.services.entry_script import EntryScript
from scoredock.services.planning.reading import listing, readable

if TYPE_CHECKING:
    from scoredock.analysis.result_cache import Answers
    from scoredock.services.planning.plan import Plan

_PROJECT = "pyproject.toml"
_PACKAGE = Path(__file__).parents[3]
_STANDARD = os.path.dirname(os.__file__)  # noqa: PTH120 (compared with names of files)
_MONTH = 30 * 86400.0
_KEPT = ("python", "requirements", "source", "display_name", "notes", "provided")
"""Of an environment; one that says more is not kept."""


@dataclass(frozen=True, slots=True)
class JobPlan:
    """Plan of a batch job: its files, models, environment and variables."""

    script: EntryScript
    staged_script: str
    """Where it lies below the root of the application."""
    model_dir: str
    models: tuple[ModelVersion, ...]
    environment: EnvironmentSpec
    variables: Mapping[str, str]
    """Of the environment."""
    notes: tuple[str, ...] = ()
    models_beside: bool = False
    """The first services had no such jobs."""

    @classmethod
    def of(cls, plan: Plan) -> JobPlan:
        spec = plan.spec
        return cls(
            spec.script, spec.staged_script, spec.model_dir, plan.models, spec.environment, spec.variables, plan.notes
        )


class FormerPlan:
    """The plan of one script without a source directory, with one environment file or none."""

    def __init__(self, registry: Registry, script: Path, environment_file: str, *, skip_checks: bool) -> None:
        self._registry = registry
        self._places = [str(script), *filter(None, (environment_file,))]
        self._script = script
        key = json.dumps([str(script), environment_file, skip_checks, l10n.language()])
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._path = registry.folder / "environments" / "plans" / f"{name}.json"
        self._ask: dict[str, Callable[[str], object]] = {
            "exists": os.path.exists,
            "is_folder": os.path.isdir,
            "is_file": os.path.isfile,
            "listing": listing,
            "read": lambda path: None if (text := readable(path)) is None else text_digest(text),
            "is_package": uv_cache.is_known_to_uv,
            "registered": lambda _: text_digest(
                repr((registry.trees(), sorted(environment_versions(registry.assets).items())))
            ),
        }

    def read(self) -> JobPlan | None:
        """None where there is none, or something has changed. Never raises but for the registry."""
        try:
            document = json.loads(self._path.read_text("utf-8"))
            is_same = document["made by"] == _made_by(document["modules"]) and all(
                _plain(self._ask[name](argument)) == answer for name, argument, answer in document["answers"]
            )
            return self._of(document["plan"]) if is_same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def first_answers(self, text: str) -> Answers:
        """Answers to the questions that a plan asks by other ways than `Files`, before it is made. `text` is that of
        the script.
        """
        from scoredock.checks.script.imported_modules import imported_modules

        answers: Answers = {("registered", ("",)): self._ask["registered"]("")}

        def noted(name: str, argument: str) -> Any:
            answers[name, (argument,)] = self._ask[name](argument)

        def is_file(path: str) -> bool:
            noted("is_file", path)
            return bool(answers["is_file", (path,)])

        def read(path: str) -> str | None:
            module = readable(path)
            answers["read", (path,)] = None if module is None else text_digest(module)
            return module

        for place in self._places:
            noted("read", place)
            for folder in Path(place).parents:
                noted("read", str(folder / _PROJECT))
        answers["read", (str(self._script),)] = text_digest(text)
        imported_modules(self._script.as_posix(), text, "", is_file, read)
        return answers

    def keep(self, plan: JobPlan, first: Answers, others: Answers) -> None:
        """Writes it down with the answers that it follows from, if it is one that can be. Never raises."""
        from scoredock.environments.pip.locks import without_credentials

        answers = {**others, **first}
        values = {name: getattr(plan.environment, name) for name in _KEPT}
        if (
            EnvironmentSpec(**values) != plan.environment
            or plan.models
            or plan.script != EntryScript(self._script, None)
            or any(without_credentials(line) != line for line in plan.environment.requirements)
            or not all(name in self._ask for name, _ in answers)
        ):
            return
        modules = sorted(_modules())
        with contextlib.suppress(OSError, ValueError):
            if _newest(modules) >= _began():
                return  # what is loaded may be older
            document = {
                "modules": modules,
                "made by": _made_by(modules),
                "answers": [[name, *arguments, _plain(answer)] for (name, arguments), answer in answers.items()],
                "plan": {
                    "environment": values,
                    "staged_script": plan.staged_script,
                    "model_dir": plan.model_dir,
                    "variables": dict(plan.variables),
                    "notes": plan.notes,
                },
            }
            make_private(self._path.parent)
            _remove_old(self._path.parent)
            temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
            temporary.touch(mode=0o600)
            temporary.write_text(json.dumps(document), "utf-8")
            temporary.replace(self._path)

    def _of(self, document: Mapping[str, Any]) -> JobPlan:
        environment: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document["environment"].items()
        }
        return JobPlan(
            EntryScript(self._script, None),
            document["staged_script"],
            document["model_dir"],
            (),
            EnvironmentSpec(**environment),
            document["variables"],
            tuple(document["notes"]),
        )


def _remove_old(folder: Path) -> None:
    """Plans that nobody kept anew for a month, and what a process that ended in the middle left. Raises OSError."""
    for path in folder.iterdir():
        if age(path) > _MONTH:
            path.unlink(missing_ok=True)


def _plain(answer: object) -> object:
    """Answer as JSON has it."""
    if isinstance(answer, bytes):
        return answer.hex()
    return list(answer) if isinstance(answer, tuple) else answer


def _modules() -> Iterator[str]:
    """Files of all modules that are loaded, but for the standard library's, and the tables that ours read."""
    for module in tuple(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and not (path.startswith(_STANDARD) and "site-packages" not in path):
            yield path
    for folder, _, names in os.walk(_PACKAGE):
        if not folder.endswith("__pycache__"):
            yield from (os.path.join(folder, name) for name in names if not name.endswith(".py"))  # noqa: PTH118


def _made_by(modules: Sequence[str]) -> str:
    """Equal as long as Python and these files are the same. Raises OSError."""
    marks = [(status.st_size, status.st_mtime_ns) for status in map(os.stat, modules)]
    return hashlib.sha256(f"{sys.version} {sys.executable} {marks}".encode()).hexdigest()


def _newest(modules: Sequence[str]) -> float:
    """When one was last written, or put in the place of another one. Another name of the same file, which an installer
    gives it elsewhere, changes nothing here. Raises OSError."""
    folders = {os.path.dirname(each) for each in modules}  # noqa: PTH120 (hundreds)
    return max(status.st_mtime for status in map(os.stat, (*modules, *folders)))


def _began() -> float:
    """When this process began, by the clock of the machine. Raises OSError."""
    import psutil

    try:
        return psutil.Process().create_time()
    except psutil.Error as error:
        raise OSError(str(error)) from None
