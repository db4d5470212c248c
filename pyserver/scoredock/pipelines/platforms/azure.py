"""Pipelines of Azure Pipelines, with their templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.pipelines.pipeline import Job, Pipeline, PipelineParameter, Step
from scoredock.pipelines.platforms.azure_templates import Compiler, plain
from scoredock.pipelines.platforms.stand_ins import Files, StandIn, stand_in
from scoredock.pipelines.unfolding import copies, require_few
from scoredock.pipelines.values import Fields, Items, PipelineFault, Text, Value, items_of, pairs_of, texts_of

_PHASES = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
_SHELLS = {"script": ("bash",), "bash": ("bash",)}
_OTHER_SHELLS = {"pwsh": "PowerShell", "powershell": "PowerShell"}
_SHORT = {"checkout": "checkout", "publish": "publish", "download": "download"}


def read_azure(document: Fields, file: str, files: Files, start_values: Mapping[str, str]) -> Pipeline:
    """Raises PipelineFault."""
    return _AzureFile(files).pipeline(document, file, start_values)


class _AzureFile:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._compiler = Compiler(files)
        self._groups: list[str] = []

    def pipeline(self, document: Fields, file: str, start_values: Mapping[str, str]) -> Pipeline:
        parameters = self._compiler.parameters(document, dict(start_values), document.source)
        entries = tuple(entry for entry in document.entries if entry[0].text != "parameters")
        statics = {
            item.text("name"): item.text("value")
            for item in items_of(document.get("variables"))
            if isinstance(item, Fields) and item.text("name")
        } | pairs_of(document.get("variables"))
        scope = {"parameters": parameters, "variables": statics}
        expanded = self._compiler.expand(Fields(entries, document.source), scope)
        if not isinstance(expanded, Fields):
            raise PipelineFault(l10n.t("{file} is not a pipeline.", file=file), document.source)
        variables = self._variables(expanded.get("variables"), 0)
        root = self._extended(expanded, variables)
        jobs = tuple(self._stages(root, variables))
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
        )

    def _extended(self, root: Fields, variables: Mapping[str, str]) -> Fields:
        extends = root.get("extends")
        if not isinstance(extends, Fields):
            return root
        template = self._compiler.template(
            extends.text("template"), extends.get("parameters"), "stages", variables, extends.source, 1
        )
        return template[0] if template else root

    # --------------------------------------------------------------------------------------------------- variables

    def _variables(self, value: Value | None, depth: int) -> dict[str, str]:
        variables: dict[str, str] = pairs_of(value)
        for item in items_of(value) if isinstance(value, Items) else ():
            if not isinstance(item, Fields):
                continue
            if item.text("group"):
                self._groups.append(item.text("group"))
            elif item.text("template"):
                where = item.source
                template = self._compiler.template(
                    item.text("template"), item.get("parameters"), "variables", variables, where, depth + 1
                )
                variables |= self._variables(template[0].get("variables"), depth + 1) if template else {}
            elif item.text("name"):
                variables[item.text("name")] = item.text("value")
        return variables

    # ------------------------------------------------------------------------------------------------------- lists

    def _listed(self, value: Value | None, kind: str, variables: Mapping[str, str], depth: int = 0) -> Iterator[Fields]:
        """The stages, jobs or steps of a list, with those of its templates."""
        for item in items_of(value):
            if not isinstance(item, Fields):
                continue
            if "template" not in item.names():
                yield item
                continue
            template = self._compiler.template(
                item.text("template"), item.get("parameters"), kind, variables, item.source, depth + 1
            )
            if template is None:
                continue
            inner = template[0].get(kind)
            if inner is None:
                message = l10n.t("The template “{name}” has no {kind}.", name=item.text("template"), kind=kind)
                raise PipelineFault(message, item.source)
            yield from self._listed(inner, kind, variables, depth + 1)

    def _stages(self, root: Fields, variables: Mapping[str, str]) -> Iterator[Job]:
        if root.get("stages") is None:
            yield from self._jobs(root, variables, Job("", "", root.source, ()))
            return
        before: tuple[str, ...] = ()
        for number, stage in enumerate(self._listed(root.get("stages"), "stages", variables)):
            name = stage.text("stage") or f"stage{number + 1}"
            needs = texts_of(stage.get("dependsOn")) if stage.get("dependsOn") is not None else before
            own = self._variables(stage.get("variables"), 0)
            pattern = Job(
                "",
                "",
                stage.source,
                (),
                stage=name,
                stage_needs=tuple(filter(None, needs)),
                stage_condition=stage.text("condition"),
                env=own,
            )
            yield from self._jobs(stage, {**variables, **own}, pattern)
            before = (name,)

    def _jobs(self, parent: Fields, variables: Mapping[str, str], pattern: Job) -> Iterator[Job]:
        if parent.get("jobs") is None:
            if parent.get("steps") is not None:
                pattern = replace(pattern, id=pattern.stage or "job", source=parent.source)
                yield self._compiler.unfolding.job(self._job(parent, variables, pattern, ""))
            return
        for number, value in enumerate(self._listed(parent.get("jobs"), "jobs", variables)):
            name = value.text("job") or value.text("deployment") or f"job{number + 1}"
            kind = "deployment" if "deployment" in value.names() else "job"
            pattern = replace(pattern, id=name, source=value.source)
            job = self._job(value, variables, pattern, kind)
            yield self._compiler.unfolding.job(job, copies(value.fields("strategy").get("parallel")))

    def _job(self, value: Fields, variables: Mapping[str, str], pattern: Job, kind: str) -> Job:
        own = self._variables(value.get("variables"), 0)
        self._compiler.unfolding.count("values", len(variables), value.source)
        inner = {**variables, **own}
        notes: list[str] = []
        container = value.get("container")
        if container is not None:
            notes.append(l10n.t("The job asks for a container; its steps run on this machine itself."))
        is_deployment = kind == "deployment"
        lists = list(_deployed(value.fields("strategy"), notes)) if is_deployment else [value.get("steps")]
        steps = [self._step(step) for each in lists for step in self._listed(each, "steps", inner)]
        if is_deployment and not any(step.uses == "download" for step in steps):
            steps.insert(0, _own_download(value))
        runs = _matrix(value.fields("strategy").get("matrix")) if kind == "job" else ({},)
        require_few(len(runs), value.source)
        return replace(
            pattern,
            name=value.text("displayName") or pattern.id,
            steps=tuple(steps),
            needs=() if not kind else tuple(filter(None, texts_of(value.get("dependsOn")))),
            condition=value.text("condition") if kind else "",
            env={**pattern.env, **own},
            matrix=runs,
            continues=value.text("continueOnError"),
            notes=tuple(notes),
        )

    # ------------------------------------------------------------------------------------------------------- steps

    def _step(self, value: Fields) -> Step:
        names = value.names()
        common = Step(
            value.text("displayName"),
            "script",
            value.source,
            id=value.text("name"),
            env=pairs_of(value.get("env")),
            folder=value.text("workingDirectory"),
            condition="false" if value.text("enabled").lower() == "false" else value.text("condition"),
            continues=value.text("continueOnError"),
            minutes=value.text("timeoutInMinutes"),
        )
        for key, program in _SHELLS.items():
            if key in names:
                script = value.text(key)
                return replace(common, name=common.name or _first_line(script), script=script, program=program)
        for key, name in _OTHER_SHELLS.items():
            if key in names:
                reason = l10n.t("Its script is not of bash but of “{name}”.", name=name)
                return replace(common, name=common.name or name, kind="left-out", reason=reason)
        short = next((key for key in _SHORT if key in names), "")
        if short:
            return self._short(short, value, common)
        task = value.text("task")
        if not task:
            other = names[0] if names else ""
            reason = l10n.t("“{name}” belongs to its platform, and nothing here stands for it.", name=other)
            return replace(common, name=common.name or other, kind="left-out", reason=reason)
        inputs = {key.lower(): each for key, each in pairs_of(value.get("inputs")).items()}
        stands = stand_in(task, inputs, self._files)
        return _of_task(replace(common, name=common.name or task, uses=task, inputs=inputs), stands)

    def _short(self, short: str, value: Fields, common: Step) -> Step:
        first = value.text(short)
        if short == "checkout" or first.lower() == "none":
            stands = stand_in("checkout", {}, self._files)
            return _of_task(replace(common, name=common.name or f"{short}: {first}", uses=short), stands)
        if short == "publish":
            inputs = {"targetpath": first, "artifact": value.text("artifact")}
            stands = stand_in("PublishPipelineArtifact@1", inputs, self._files)
        else:
            path = value.text("path") or value.text("artifact")  # a task puts the files beside those of others
            inputs = {"artifact": value.text("artifact"), "path": path}
            stands = stand_in("DownloadPipelineArtifact@2", inputs, self._files)
        return _of_task(replace(common, name=common.name or f"{short}: {first}", uses=short, inputs=inputs), stands)


def _own_download(job: Fields) -> Step:
    """What a deployment job begins with, unless its steps say what they download."""
    reason = l10n.t("Files that jobs before it have kept: a deployment job gets them by itself.")
    name = l10n.t("Download the artifacts")
    return Step(name, "stand-in", job.source, uses="download", action="download", inputs={"agent": ""}, reason=reason)


def _of_task(step: Step, stands: StandIn) -> Step:
    return replace(
        step,
        kind=stands.kind,
        reason=stands.reason,
        action=stands.action,
        script=stands.script,
        program=stands.program,
        folder=stands.folder or step.folder,
    )


def _deployed(strategy: Fields, notes: list[str]) -> Iterator[Value | None]:
    """The lists of steps of a deployment job, in their order."""
    for kind in ("runOnce", "rolling", "canary"):
        phases = strategy.get(kind)
        if not isinstance(phases, Fields):
            continue
        if kind != "runOnce":
            notes.append(l10n.t("The strategy “{name}” is carried out in one go.", name=kind))
        for phase in _PHASES:
            yield phases.fields(phase).get("steps")
        if phases.get("on") is not None:
            yield phases.fields("on").fields("success").get("steps")
            notes.append(l10n.t("The steps of on.failure are not run here."))


def _matrix(value: Value | None) -> tuple[Mapping[str, str], ...]:
    if not isinstance(value, Fields):
        return ({},)
    return tuple(pairs_of(each) for _, each in value.entries) or ({},)


def _parameters(document: Fields) -> Iterator[PipelineParameter]:
    for item in items_of(document.get("parameters")):
        if isinstance(item, Fields):
            default = item.get("default")
            text: Any = plain(default) if isinstance(default, Text) else ""
            yield PipelineParameter(item.text("name"), text, texts_of(item.get("values")))


def _first_line(script: str) -> str:
    return next((line.strip()[:80] for line in script.splitlines() if line.strip()), "script")
