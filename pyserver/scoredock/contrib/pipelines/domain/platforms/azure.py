"""Files of Azure Pipelines as jobs and steps, with their templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, PipelineParameter, Step, asks_by_environment
from scoredock.contrib.pipelines.domain.platforms.azure_templates import Compiler, as_items
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files, of_other_shell, stand_in
from scoredock.contrib.pipelines.domain.running.azure_variables import PlatformFacts
from scoredock.contrib.pipelines.domain.unfolding import copies, require_few
from scoredock.contrib.pipelines.domain.values import (
    Fields,
    PipelineFault,
    Text,
    Value,
    YamlPlace,
    items_of,
    json_of,
    pairs_of,
    texts_of,
)

_PHASES = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
_SHELLS = {"script": "bash", "bash": "bash", "pwsh": "PowerShell", "powershell": "PowerShell"}
_SHORT = ("checkout", "publish", "download")
_BOOLEANS = {**dict.fromkeys(("true", "y", "yes", "on"), "true"), **dict.fromkeys(("false", "n", "no", "off", ""), "")}
_RUN_NAME = "$(Date:yyyyMMdd).$(Rev:r)"
JobKind = Literal["", "job", "deployment"]
"""Empty where a file or a stage has steps and no jobs."""


def read_azure(
    document: Fields, file: str, files: Files, start_values: Mapping[str, str], facts: PlatformFacts
) -> Pipeline:
    """Raises PipelineFault."""
    facts = facts._replace(values={"Build.Reason": "Manual", **facts.values})
    return _AzureFile(files, facts).pipeline(document, file, start_values)


class _AzureFile:
    def __init__(self, files: Files, facts: PlatformFacts) -> None:
        self._files = files
        self._facts = facts
        self._compiler = Compiler(files, facts)
        self._groups: list[str] = []

    def pipeline(self, document: Fields, file: str, start_values: Mapping[str, str]) -> Pipeline:
        root = self._compiler.pipeline(document, start_values)
        variables = self._variables(root.get("variables"))
        jobs = tuple(self._stages(root))
        if not jobs:
            raise PipelineFault(l10n.t("The pipeline has no jobs and no steps."), document.source)
        return Pipeline(
            "azure",
            file.rpartition("/")[2],
            file,
            jobs,
            variables,
            tuple(_parameters(document)),
            tuple(dict.fromkeys(self._groups)),
            tuple(self._compiler.unread),
            document,
            run_name=root.text("name") or _RUN_NAME,
            facts=self._facts.values,
            parts=(root, *self._compiler.declared),
        )

    def _variables(self, value: Value | None) -> dict[str, str]:
        variables: dict[str, str] = {}
        for item in as_items(value):
            if isinstance(item, Fields) and item.text("group"):
                self._groups.append(item.text("group"))
            elif isinstance(item, Fields) and item.text("name"):
                variables[item.text("name")] = item.text("value")
        return variables

    # ---------------------------------------------------------------------------------------------- stages and jobs

    def _stages(self, root: Fields) -> Iterator[Job]:
        if root.get("stages") is None:
            yield from self._jobs(root, Job("", "", root.source, (), runner=_image(root), locked=_locked(root)))
            return
        before: tuple[str, ...] = ()
        for number, stage in enumerate(_mappings(root.get("stages"))):
            name = stage.text("stage") or f"stage{number + 1}"
            needs = texts_of(stage.get("dependsOn")) if stage.get("dependsOn") is not None else before
            own = self._variables(stage.get("variables"))
            pattern = Job(
                "",
                "",
                stage.source,
                (),
                stage=name,
                stage_needs=tuple(filter(None, needs)),
                stage_condition=stage.text("condition"),
                env=own,
                stage_env=own,
                locked=(_locked(root) - {name.lower() for name in own}) | _locked(stage),
                runner=_image(stage) or _image(root),
                asks=l10n.t("The stage waits for a person.") if stage.text("trigger").lower() == "manual" else "",
            )
            yield from self._jobs(stage, pattern)
            before = (name,)

    def _jobs(self, parent: Fields, pattern: Job) -> Iterator[Job]:
        elsewhere = parent.text("template")
        if elsewhere:
            yield replace(pattern, id=pattern.stage, name=elsewhere, left_out=_elsewhere(elsewhere))
        elif parent.get("jobs") is None:
            if parent.get("steps") is not None:
                pattern = replace(pattern, id=pattern.stage or "job", source=parent.source)
                yield self._compiler.unfolding.job(self._job(parent, pattern, ""))
        else:
            for number, value in enumerate(_mappings(parent.get("jobs"))):
                name = value.text("job") or value.text("deployment") or f"job{number + 1}"
                matrix = value.fields("strategy").get("matrix")
                own = replace(pattern, id=name, source=value.source, strategy=matrix if _is_late(matrix) else None)
                if elsewhere := value.text("template"):
                    yield replace(own, name=elsewhere, left_out=_elsewhere(elsewhere))
                    continue
                kind: JobKind = "deployment" if "deployment" in value.names() else "job"
                yield self._compiler.unfolding.job(self._job(value, own, kind))

    def _job(self, value: Fields, pattern: Job, kind: JobKind) -> Job:
        own = self._variables(value.get("variables"))
        self._compiler.unfolding.count("values", len(pattern.env) + len(own), value.source)
        strategy = value.fields("strategy")
        for key, each in strategy.entries:
            if (key.text in ("matrix", "parallel")) == (kind == "deployment") and key.text != "maxParallel":
                self._compiler.unread.append((l10n.t("“{key}” is not a key here.", key=key.text), each.source))
        if kind == "deployment":
            steps = tuple(self._deployed(value, strategy))
        else:
            steps = tuple(self._step(step) for step in _mappings(value.get("steps")))
        return replace(
            pattern,
            name=value.text("displayName") or pattern.id,
            steps=steps,
            needs=() if not kind else tuple(filter(None, texts_of(value.get("dependsOn")))),
            condition=value.text("condition") if kind else "",
            env={**pattern.env, **own},
            matrix=_runs(strategy, value.source) if kind == "job" else ({},),
            minutes=value.text("timeoutInMinutes"),
            cleanup=value.text("cancelTimeoutInMinutes"),
            locked=(pattern.locked - {name.lower() for name in own}) | _locked(value),
            continues=_or_late(value, "continueOnError"),
            runner=_image(value) or pattern.runner,
            asks=pattern.asks or asks_by_environment(value.get("environment") if kind == "deployment" else None),
        )

    def _deployed(self, job: Fields, strategy: Fields) -> Iterator[Step]:
        """The steps of a deployment job in their order, each with the phase that it belongs to."""
        for kind in ("runOnce", "rolling", "canary"):
            phases = strategy.get(kind)
            if not isinstance(phases, Fields):
                continue
            for phase in _PHASES:
                steps = self._phase(phases.fields(phase), phase)
                if phase == "deploy" and not any(step.uses == "download" for step in steps):
                    yield _own_download(job)
                yield from steps
            for end in ("failure", "success"):
                yield from self._phase(phases.fields("on").fields(end), f"on.{end}")

    def _phase(self, phase: Fields, name: str) -> list[Step]:
        return [replace(self._step(step), phase=name) for step in _mappings(phase.get("steps"))]

    # ------------------------------------------------------------------------------------------------------- steps

    def _tell_checkout(self, value: Fields, repository: str) -> None:
        """Files of another repository, or in another folder."""
        if repository.lower() not in ("self", "none"):
            reason = l10n.t("There the files of another repository come into the folder.")
        elif value.text("path"):
            reason = l10n.t("There the files come into another folder.")
        else:
            return
        reason = l10n.t("“{key}” is not carried out here. {text}", key="checkout", text=reason)
        self._compiler.unread.append((reason, value.source))

    def _step(self, value: Fields) -> Step:
        names = value.names()
        is_off = "enabled" in names and not _boolean(value, "enabled")
        common = Step(
            value.text("displayName"),
            "script",
            value.source,
            id=value.text("name"),
            env=pairs_of(value.get("env")),
            folder=value.text("workingDirectory"),
            condition="false" if is_off else value.text("condition"),
            continues=_boolean(value, "continueOnError"),
            minutes=value.text("timeoutInMinutes"),
        )
        key = next((each for each in (*_SHELLS, *_SHORT) if each in names), "")
        first = value.text(key)
        if key == "checkout":
            self._tell_checkout(value, first)
        if key in _SHELLS:
            return _with_script(common, first, _SHELLS[key])
        if key:
            task, inputs = _task_of(key, first, value)
            common = replace(common, name=common.name or f"{key}: {first}", uses=key, inputs=inputs)
            return stand_in(task, common, self._files)
        if task := value.text("task"):
            inputs = {key.lower(): each for key, each in pairs_of(value.get("inputs")).items()}
            common = replace(common, name=common.name or task, uses=task, inputs=inputs)
            return stand_in(task, common, self._files)
        other = names[0] if names else ""
        reason = l10n.t("“{name}” belongs to its platform, and nothing here stands for it.", name=other)
        reason = _elsewhere(value.text("template")) if other == "template" else reason
        return replace(common, name=common.name or value.text(other) or other, kind="left-out", reason=reason)


def _with_script(step: Step, script: str, shell: str) -> Step:
    if shell != "bash":
        return of_other_shell(replace(step, name=step.name or shell), shell)
    first = next((line.strip()[:80] for line in script.splitlines() if line.strip()), "script")
    return replace(step, name=step.name or first, script=script, program=("bash",))


def _task_of(key: str, first: str, value: Fields) -> tuple[str, dict[str, str]]:
    """The task that a short form stands for, with its inputs."""
    artifact = value.text("artifact")
    if key == "checkout" or first.lower() == "none":
        return "checkout", {}
    if key == "publish":
        return "PublishPipelineArtifact@1", {"targetpath": first, "artifact": artifact}
    source = "" if first == "current" else first  # a pipeline of `resources`, whose files lie in its folder
    path = value.text("path") or f"{source}/{artifact}".strip("/")
    return "DownloadPipelineArtifact@2", {"artifact": artifact, "path": path}


def _image(value: Fields) -> str:
    """The machine that a pool is of."""
    pool = value.fields("pool")
    return ", ".join(filter(None, (pool.text("vmImage"), *texts_of(pool.get("demands")))))


def _mappings(value: Value | None) -> Iterator[Fields]:
    return (item for item in items_of(value) if isinstance(item, Fields))


def _elsewhere(name: str) -> str:
    return l10n.t("The template “{name}” is in another repository.", name=name)


def _boolean(value: Fields, key: str) -> str:
    """`true` or empty. Raises PipelineFault for what is neither true nor false."""
    text = value.text(key).strip()
    if text.lower() not in _BOOLEANS:
        source = next((each.source for name, each in value.entries if name.text == key), value.source)
        raise PipelineFault(l10n.t("“{key}” is “{value}”, and not true or false.", key=key, value=text), source)
    return _BOOLEANS[text.lower()]


def _or_late(value: Fields, key: str) -> str:
    """The same of a job, or an expression of the run."""
    return value.text(key) if _is_late(value.get(key)) else _boolean(value, key)


def _locked(value: Fields) -> frozenset[str]:
    """The variables of a file, stage or job that no script may set, in lower case."""
    items = (item for item in as_items(value.get("variables")) if isinstance(item, Fields))
    return frozenset(item.text("name").lower() for item in items if _boolean(item, "readonly"))


def _own_download(job: Fields) -> Step:
    """Step that a deployment job begins with, unless its steps say what they download."""
    reason = l10n.t("Files that jobs before it have kept: a deployment job gets them by itself.")
    name = l10n.t("Download the artifacts")
    return Step(
        name,
        "stand-in",
        job.source,
        uses="download",
        action="download",
        inputs={"agent": ""},
        reason=reason,
        phase="deploy",
    )


def _is_late(value: Value | None) -> bool:
    """True if a value comes from the run."""
    return isinstance(value, Text) and value.text.strip().startswith("$[")


def _runs(strategy: Fields, where: YamlPlace) -> tuple[Mapping[str, str], ...]:
    """Those of a matrix, with the name of each, or as many as `parallel` says, with the number of each."""
    matrix = strategy.get("matrix")
    if isinstance(matrix, Fields):
        runs = [{"System.JobName": key.text, **pairs_of(each)} for key, each in matrix.entries]
    else:
        parallel = strategy.text("parallel", "1").strip()
        if not _is_late(matrix) and (matrix is not None or not parallel.isdecimal()):
            message = l10n.t("“{key}” is “{value}”, and neither rows nor a number.", key="strategy", value=parallel)
            raise PipelineFault(message, strategy.source)
        number = copies(strategy.get("parallel"))
        require_few(number, where)
        total = str(number)
        slices = range(1, number + 1 if number > 1 else 1)
        runs = [{"System.JobPositionInPhase": str(each), "System.TotalJobsInPhase": total} for each in slices]
    require_few(len(runs), where)
    return tuple(runs) or ({},)


def _parameters(document: Fields) -> Iterator[PipelineParameter]:
    for item in _mappings(document.get("parameters")):
        yield PipelineParameter(item.text("name"), json_of(item.get("default")), texts_of(item.get("values")))
