"""Makes mistakes in working projects, asks the checks, deploys all the same, calls, and compares.

    python -m mutants.judge [--each N] [--seed S] [--project NAME]... [--processes P] [--report FILE] [--list]

Run it in `tests/`. Without `--each` every mutation is judged. Each is really deployed by the process engine, in an
environment made from its own files, and called with the requests of its project.

* *fails*: the deployment is refused or does not become healthy, or a request is not answered with 200.
* *works*: every request gets the answer of the unchanged project.
* *differs*: everything is answered, but otherwise: whether that is a mistake, nobody but its author can say.

Of those that fail a finding of severity error must lie at the right line: where the mistake was made, or where the
runtime says that it failed, or where the finding points to as its other end; of what was left out or misspelt it may
also stand where the missing word is named. Of those that work none may have an error. Keys of data (`request["rows"]`)
are changed too, but counted apart: which keys a request or a model has, no file of a project says.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
from scoredock.context import Context, Operation
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.scripts.checked_files import CheckedFile, FileChecker
from scoredock.services.request import DeployRequest
from scoredock.settings import Values

from built_runtime import folder_of_wheel
from mutants.estimators import PACKAGES, TRAINED
from mutants.operators import mutations
from mutants.projects import PROJECTS, Learnt, Project, Request
from mutants.published_projects import published_projects, unpacked_corpus
from mutants.repairs import repair_files
from mutants.source import Mutation

SERVICE = "judged"
START_SECONDS = "45"
REQUEST_SECONDS = 15


@dataclass(frozen=True)
class Verdict:
    """What became of one mutation."""

    project: str
    operator: str
    path: str
    line: int
    what: str
    outcome: str
    """fails, works or differs; broken for a project that does not work, or is blamed, before anything is changed."""
    reason: str
    """The failure in one line, empty when it works."""
    places: tuple[str, ...]
    """`file:line` that the runtime or the deployment blames."""
    errors: tuple[str, ...]
    """`file:line code message` of every error finding."""
    right: bool
    """Whether an error lies at the right line."""
    told: bool = False
    """Whether an error or a warning lies there."""
    repairs: tuple[str, ...] = ()
    """`file code title` of what `scoredock check --fix` repairs."""
    repaired: str = ""
    """What became of it then: works, differs, fails; empty when nothing is repaired."""
    worse: str = ""
    """In what the repaired project is worse, or why it is not mended although no error is left."""


@dataclass(frozen=True)
class Outcome:
    """How a project does as it stands."""

    kind: str
    """fails, works or differs."""
    reason: str = ""
    places: tuple[str, ...] = ()
    """`file:line` that the runtime or the deployment blames."""
    starts: bool = True
    """Whether it became healthy."""
    answers: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """The higher, the better."""
        return {"works": 3, "differs": 2}.get(self.kind, int(self.starts))


class Workplace:
    """A project, a workspace and a service of its own."""

    def __init__(self, project: Project, folder: Path, environments: Path) -> None:
        self.project = project
        self.root = folder / "project"
        home = folder / "home"
        self.context = Context(
            Values({"scoredock.deploy.startTimeout": float(START_SECONDS)}, {}), home=home, folders=(self.root,)
        )
        self.root.mkdir(parents=True)
        for name, content in project.beside.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(content())
        for name, text in project.files.items():
            self._write(name, text)
        registry = self.context.registry("")
        (registry.folder / "environments").symlink_to(environments)
        self.models = []
        for name, files in project.models.items():
            place = folder / "models" / name
            for inner, content in files.items():
                (place / inner).parent.mkdir(parents=True, exist_ok=True)
                (place / inner).write_bytes(content())
            top = sorted({place / inner.split("/")[0] for inner in files})
            framework = "ScikitLearn" if project.trained else ""  # as Register proposes it
            self.models.append(registry.register(top, name, framework=framework).id)
        self._expected: list[object] = [request.answer for request in project.requests]
        # The first deployment tells the checks which models the script is deployed with.
        first = self.deploy(skip_checks=False)
        if first.kind != "works":
            raise RuntimeError(f"the project {project.name} does not work: {first.reason} {self._tail()}")
        checked = self.checked()
        errors = self.findings(checked)
        if errors:
            raise RuntimeError(f"the project {project.name} works and is blamed: {errors}")

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def deploy(self, *, skip_checks: bool = True) -> Outcome:
        """How the project does as it stands."""
        deployments = self.context.deployments("")
        self._seen = deployments.logs.last_line(SERVICE) if deployments.services() else 0
        request = DeployRequest(
            SERVICE,
            models=tuple(self.models),
            inference_config=str(self.root / self.project.config),
            deployment_config=str(self.root / self.project.deployment),
            skip_checks=skip_checks,
            overwrite=True,
        )
        try:
            service = deployments.deploy(request)
        except ScoredockError as error:
            frames = error.details.get("frames") or ()
            blamed = [str(frame).rpartition(" in ")[0] for frame in frames]
            if error.place is not None:
                blamed.append(f"{error.place.path}:{(error.place.line or 0) + 1}")
            return Outcome("fails", f"{error.code}: {error.message}", self._relative(blamed), starts=False)
        if service.state != "Healthy":
            failure = service.failure
            blamed = [f"{frame.file}:{frame.line}" for frame in failure.frames] if failure else []
            reason = failure.message if failure else service.state
            return Outcome("fails", reason, self._relative(blamed), starts=False)
        return self._call(service.scoring_uri)

    def _call(self, address: str) -> Outcome:
        kind, reason, answers = "works", "", []
        for number, request in enumerate(self.project.requests):
            headers = {"Content-Type": "application/json"} if request.method == "POST" else {}
            try:
                answer = requests.request(
                    request.method, address, data=request.body, headers=headers, timeout=REQUEST_SECONDS
                )
            except requests.RequestException as error:
                return Outcome("fails", str(error))
            if answer.status_code != 200:
                return Outcome("fails", f"{answer.status_code}: {answer.text[:200]}", self._logged())
            got = _decoded(answer.content, request)
            expected = self._expected[number]
            if isinstance(expected, Learnt) and answer.content.startswith(expected.begins):
                self._expected[number] = expected = got
            if got != expected:
                kind, reason = "differs", str(got)[:200]
            answers.append(str(got))
        return Outcome(kind, reason, answers=tuple(answers))

    def _logged(self) -> tuple[str, ...]:
        """Places of the person's files in the last traceback of the log."""
        blamed = []
        for row in (record.m for record in self.context.deployments("").logs.records(SERVICE, self._seen)):
            if 'File "' in row and '", line ' in row:
                path, _, rest = row.partition('File "')[2].partition('", line ')
                blamed.append(f"{path}:{rest.split(',')[0].strip()}")
        return self._relative(blamed)

    def _tail(self) -> str:
        """The last words of the service, for a project that does not even work unchanged."""
        if not self.context.deployments("").services():
            return ""
        return " / ".join(
            record.m for record in list(self.context.deployments("").logs.records(SERVICE, self._seen))[-6:]
        )

    def _relative(self, places: Iterable[str]) -> tuple[str, ...]:
        """By the names in the project: a staged copy is known by its end."""
        found = []
        for place in places:
            path, _, line = place.rpartition(":")
            for name in self.project.files:
                if path.endswith(("/" + name, "/" + name.split("/", 1)[-1])):
                    found.append(f"{name}:{line}")
                    break
        return tuple(dict.fromkeys(found))

    def checked(self) -> list[CheckedFile]:
        """Every file of the project, as the editor and `scoredock check` see it."""
        return list(self.checker.files([self.root], Operation()))

    def checked_with(self, mutation: Mutation) -> list[CheckedFile]:
        """The same with a mistake, which is put right again."""
        self._write(mutation.path, mutation.text)
        try:
            return self.checked()
        finally:
            self._write(mutation.path, self.project.files[mutation.path])

    @property
    def checker(self) -> FileChecker:
        """One that remembers nothing."""
        return FileChecker(self.context)

    def is_told(self, findings: Sequence[str], mutation: Mutation) -> bool:
        """Whether one of the findings is about the mistake."""
        return _is_at(findings, [(mutation.path, mutation.line)], mutation.names)

    def findings(self, files: Sequence[CheckedFile], severities: Sequence[str] = ("error",)) -> list[str]:
        """`file:first-last code message` of every finding, and of the places that it points to."""
        found = []
        for checked in files:
            path = checked.path.relative_to(self.root).as_posix()
            for one in (finding for finding in checked.findings if finding.severity in severities):
                span = one.range
                found.append(f"{path}:{span.start.line + 1}-{span.end.line + 1} {one.code} {one.message}")
                for also in one.related:
                    other = Path(also.path).relative_to(self.root).as_posix()
                    span = also.range
                    found.append(f"{other}:{span.start.line + 1}-{span.end.line + 1} {one.code} {also.message}")
        return found

    def judge(self, mutation: Mutation) -> Verdict:
        """Make the mistake, ask, deploy, call, repair, deploy and call again, and put it right."""
        self._write(mutation.path, mutation.text)
        try:
            checked = self.checked()
            errors = self.findings(checked)
            outcome = self.deploy()
            repairs, after, worse = self._repair(checked, outcome, mutation)
        finally:
            for name, text in self.project.files.items():
                self._write(name, text)
        wanted = {(mutation.path, mutation.line)} | {
            (p.rpartition(":")[0], int(p.rpartition(":")[2])) for p in outcome.places if p.rpartition(":")[2].isdigit()
        }
        seen = self.findings(checked, ("error", "warning"))
        return Verdict(
            self.project.name,
            mutation.operator,
            mutation.path,
            mutation.line,
            mutation.what,
            outcome.kind,
            outcome.reason,
            outcome.places,
            tuple(errors),
            _is_at(errors, wanted, mutation.names),
            _is_at(seen, wanted, mutation.names),
            repairs,
            after,
            worse,
        )

    def _repair(
        self, checked: Sequence[CheckedFile], before: Outcome, mutation: Mutation
    ) -> tuple[tuple[str, ...], str, str]:
        """What is repaired, what became of it, and in what it is worse."""
        made = repair_files(self.checker, checked)
        if not made:
            return (), "", ""
        for each in made:
            each.path.write_text(each.after, encoding="utf-8")
        files = self.project.files
        now = {name: (self.root / name).read_text(encoding="utf-8") for name in files}
        after = Outcome("works", answers=before.answers) if now == files else self.deploy()
        told = tuple(f"{each.path.relative_to(self.root).as_posix()} {one}" for each in made for one in each.repairs)
        worse = "; ".join(each.complaint for each in made if each.complaint)
        if after.rank < before.rank:
            worse = f"{before.kind} before and {after.kind} after: {after.reason}"
        elif before.kind == after.kind == "differs" and before.answers != after.answers:
            worse = f"answers otherwise: {after.reason}"
        elif after.kind == "fails" and not self.findings(self.checked()) and not mutation.operator.endswith("-data"):
            worse = f"no error is left and it fails: {after.reason}"
        return told, after.kind, worse

    def close(self) -> None:
        """Leave nothing running."""
        self.context.deployments("").delete(SERVICE)


def _decoded(content: bytes, request: Request) -> object:
    """The answer as it is compared."""
    if isinstance(request.answer, bytes):
        return content
    with contextlib.suppress(ValueError):
        got = json.loads(content)
        return {key: got[key] for key in got if key not in request.ignored} if isinstance(got, dict) else got
    return content


def _is_at(findings: Sequence[str], places: Iterable[tuple[str, int]], names: Iterable[str]) -> bool:
    """Whether one of the findings lies at one of the places, or names what is gone."""
    return any(_covers(finding, place) for finding in findings for place in places) or any(
        name in finding for finding in findings for name in names
    )


def _covers(error: str, place: tuple[str, int]) -> bool:
    """Whether an error lies at a line, or right beside it: a sign that is missing is seen only in the next line."""
    where, _, _ = error.partition(" ")
    path, _, lines = where.rpartition(":")
    first, _, last = lines.partition("-")
    return path == place[0] and int(first) - 1 <= place[1] <= int(last) + 1


def judge_some(task: tuple[str, list[Mutation], str, str]) -> list[Verdict]:
    """Judge mutations of one project in a folder of its own."""
    name, chosen, folder, environments = task
    project = next(p for p in (*PROJECTS, *published_projects()) if p.name == name)
    place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
    try:
        workplace = Workplace(project, place, Path(environments))
    except RuntimeError as error:
        return [Verdict(name, "none", "", 0, "unchanged", "broken", str(error), (), (), False)]
    try:
        return [workplace.judge(mutation) for mutation in chosen]
    finally:
        workplace.close()
        shutil.rmtree(place, ignore_errors=True)


def _is_unreached(project: Project, mutation: Mutation) -> bool:
    lines = project.files[mutation.path].splitlines()
    line = lines[mutation.line - 1] if mutation.line <= len(lines) else ""
    return bool(project.unreached and re.search(project.unreached, line))


def choose(projects: Sequence[Project], each: int, seed: int) -> dict[str, list[Mutation]]:
    """For every project its mutations; with `each`, that many of every operator, drawn by the seed."""
    chosen = {}
    for project in projects:
        made = [m for path, text in project.files.items() if text for m in mutations(path, text)]
        made = [m for m in made if not _is_unreached(project, m)]
        if each:
            groups: dict[str, list[Mutation]] = collections.defaultdict(list)
            for mutation in made:
                groups[f"{mutation.operator} {mutation.path.rpartition('.')[2]}"].append(mutation)
            draw = random.Random(f"{seed}-{project.name}")
            made = [m for group in groups.values() for m in draw.sample(group, min(each, len(group)))]
        chosen[project.name] = made
    return chosen


def judge_all(chosen: dict[str, list[Mutation]], folder: Path, processes: int) -> list[Verdict]:
    """Judge, several at a time; the environments are shared."""
    environments = folder / "environments"
    environments.mkdir()
    os.environ[VARIABLE] = str(folder_of_wheel())
    if any(project.trained for project in (*PROJECTS, *published_projects()) if project.name in chosen):
        os.environ[TRAINED] = str(_train(folder, environments))
    tasks = []
    for name, made in chosen.items():
        for start in range(0, len(made), 60):
            tasks.append((name, made[start : start + 60], str(folder), str(environments)))
    if processes == 1:
        return [verdict for task in tasks for verdict in judge_some(task)]
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=4) as pool:
        return [verdict for found in pool.imap_unordered(judge_some, tasks) for verdict in found]


def _train(folder: Path, environments: Path) -> Path:
    """The pickles of scikit-learn, made by an environment that has it."""
    wish = from_requirements(PACKAGES, "the judge", "training")
    python = EnvironmentCache(environments, EnvironmentSettings()).prepare(wish, Silent(), CancelToken()).python
    trained = folder / "trained"
    trained.mkdir()
    script = Path(__file__).with_name("estimators.py")
    subprocess.run([str(python), str(script), str(trained)], check=True)
    return trained


@dataclass(frozen=True)
class Figures:
    """Counts of one run."""

    judged: int
    fails: int
    told: int
    """Of those that fail: with an error at the right line."""
    works: int
    blamed: int
    """Of those that work: with an error."""
    differs: int


def figures(verdicts: Sequence[Verdict]) -> Figures:
    """The counts."""
    fails = [v for v in verdicts if v.outcome == "fails" and not v.operator.endswith("-data")]
    works = [v for v in verdicts if v.outcome == "works"]
    return Figures(
        len(verdicts),
        len(fails),
        sum(v.right for v in fails),
        len(works),
        sum(bool(v.errors) for v in works),
        sum(v.outcome == "differs" for v in verdicts),
    )


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="", help="a folder of published repositories, or an archive of it")
    parser.add_argument("--each", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--project", action="append", default=[])
    parser.add_argument("--operator", default="", help="only those whose name begins like this")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--list", action="store_true", help="count the mutations and stop")
    options = parser.parse_args()
    with unpacked_corpus(options.corpus):
        _run(options)


def _tell(verdict: Verdict) -> None:
    """One line for what should not be."""
    where = f"{verdict.project} {verdict.path}:{verdict.line} {verdict.operator} {verdict.what} |"
    if verdict.outcome == "broken":
        print("BROKEN", verdict.project, verdict.reason)
    if verdict.worse:
        print("WORSE", where, verdict.repairs, verdict.worse)
    if verdict.outcome == "works" and verdict.errors:
        print("BLAMED", where, verdict.errors[0])
    if verdict.outcome == "fails" and not verdict.right and not verdict.operator.endswith("-data"):
        print("UNTOLD", where, verdict.reason[:100])


def _run(options: argparse.Namespace) -> None:
    everything = (*PROJECTS, *published_projects())
    projects = [p for p in everything if not options.project or p.name in options.project]
    chosen = choose(projects, options.each, options.seed)
    chosen = {name: [m for m in made if m.operator.startswith(options.operator)] for name, made in chosen.items()}
    if options.list:
        for name, made in chosen.items():
            print(name, len(made), dict(collections.Counter(m.operator for m in made)))
        return
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        verdicts = judge_all(chosen, Path(folder), options.processes)
    if options.report:
        options.report.write_text(json.dumps([asdict(v) for v in verdicts], indent=1), encoding="utf-8")
    for verdict in verdicts:
        _tell(verdict)
    counted = figures(verdicts)
    share = 100 * counted.told / max(counted.fails, 1)
    print(
        f"{counted.judged} judged in {time.monotonic() - began:.0f} s: {counted.fails} fail, {counted.told} of them"
        f" told at the right line ({share:.1f} %); {counted.works} work, {counted.blamed} of them blamed;"
        f" {counted.differs} answer otherwise",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
