"""Pipelines of GitLab CI, with the files of the repository that they include. They are shown and not run here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step
from scoredock.contrib.pipelines.domain.platforms.gitlab_documents import GitlabSurroundings, whole_document
from scoredock.contrib.pipelines.domain.platforms.gitlab_rules import Membership, by_lists, by_rules, variables_of
from scoredock.contrib.pipelines.domain.unfolding import copies, require_few
from scoredock.contrib.pipelines.domain.values import Fields, PipelineFault, Text, Value, YamlPlace, items_of, texts_of

_WORDS = frozenset(("default", "image", "include", "services", "spec", "stages", "types", "variables", "workflow"))
_WORDS_OF_JOBS = frozenset(("after_script", "before_script", "cache"))
"""Of the whole file as well, where they stand for what `default` says."""
_STAGES = ("build", "test", "deploy")


def read_gitlab(file: str, surroundings: GitlabSurroundings) -> Pipeline:
    """Raises PipelineFault."""
    root = whole_document(file, surroundings)
    stages = _stages(root)
    workflow = root.fields("workflow").get("rules")
    variables = _variables(root.get("variables"))
    membership = Membership(True)
    if workflow is not None:
        membership = by_rules(workflow, {**surroundings.facts, **variables}, surroundings.matching)
        variables |= _variables(membership.rule.get("variables") if membership.rule else None)
    reader = _GitlabJobs(root, variables, surroundings, membership)
    values = {
        key.text: value
        for key, value in root.entries
        if isinstance(value, Fields) and key.text not in _WORDS | _WORDS_OF_JOBS and not key.text.startswith(".")
    }
    jobs = [surroundings.unfolding.job(reader.job(name, value)) for name, value in values.items()]
    if not jobs and not surroundings.unread:
        raise PipelineFault(l10n.t("The pipeline has no jobs and no steps."), root.source)
    _require_stages(jobs, stages)
    jobs.sort(key=lambda job: stages.index(job.stage))
    return Pipeline(
        "gitlab",
        file.rpartition("/")[2],
        file,
        tuple(jobs),
        variables,
        unread=tuple(dict.fromkeys(surroundings.unread)),
        document=root,
        parts=tuple(values.values()),
    )


def _stages(root: Fields) -> tuple[str, ...]:
    names = texts_of(root.get("stages") or root.get("types")) or _STAGES
    return (".pre", *(each for each in names if each not in (".pre", ".post")), ".post")


def _require_stages(jobs: list[Job], stages: tuple[str, ...]) -> None:
    """Raises PipelineFault."""
    for job in jobs:
        if job.stage not in stages:
            message = l10n.t(
                "The job “{job}” is of the stage “{stage}”, which is not listed.", job=job.id, stage=job.stage
            )
            raise PipelineFault(message, job.source)


def _variables(value: Value | None) -> dict[str, str]:
    """Each may stand with its description and its other values."""
    entries = value.entries if isinstance(value, Fields) else ()
    return {
        key.text: each.text if isinstance(each, Text) else each.text("value")
        for key, each in entries
        if isinstance(each, Text | Fields)
    }


class _GitlabJobs:
    """Jobs of one pipeline."""

    def __init__(
        self, root: Fields, variables: Mapping[str, str], surroundings: GitlabSurroundings, workflow: Membership
    ) -> None:
        self._root, self._variables, self._surroundings = root, variables, surroundings
        self._workflow = workflow

    def job(self, name: str, value: Fields) -> Job:
        """Raises PipelineFault."""
        whole = self._with_defaults(value)
        own = {**self._inherited_variables(whole), **_variables(whole.get("variables"))}
        self._tell_variables(whole, own)
        membership = self._membership(whole, own)
        rule = membership.rule or Fields((), value.source)
        when = rule.text("when") or whole.text("when") or "on_success"
        needs = rule.get("needs") or whole.get("needs")
        may_fail = rule.get("allow_failure") or whole.get("allow_failure")
        if may_fail is None and whole.text("when") == "manual":
            may_fail = Text("true", value.source)
        if whole.get("script") is None and whole.get("trigger") is None and whole.get("run") is None:
            raise PipelineFault(l10n.t("The job “{job}” has no script.", job=name), value.source)
        return Job(
            name,
            name,
            value.source,
            tuple(_steps(whole)),
            needs=tuple(dict.fromkeys(_needs(needs, self._root))),
            condition=when if membership.is_in else "never",
            env={**own, **_variables(rule.get("variables"))},
            matrix=_runs(whole.get("parallel"), value.source),
            stage=whole.text("stage") or "test",
            continues=_exit_codes(may_fail),
            left_out=self._left_out(whole, membership),
            notes=tuple(_notes(when, membership)) if membership.is_in else (),
        )

    def _with_defaults(self, value: Fields) -> Fields:
        """Job with the keys of `default` that it does not have, and those that the file has in the older way."""
        inherit = value.fields("inherit").get("default")
        words = texts_of(inherit)
        defaults = {key.text: (key, each) for key, each in self._root.fields("default").entries}
        for key, each in self._root.entries:
            if key.text in _WORDS_OF_JOBS | {"image", "services"}:
                defaults.setdefault(key.text, (key, each))
        own = set(value.names())
        more = [
            entry
            for name, entry in defaults.items()
            if name not in own and words != ("false",) and (inherit is None or words == ("true",) or name in words)
        ]
        return Fields((*value.entries, *more), value.source)

    def _inherited_variables(self, value: Fields) -> Mapping[str, str]:
        inherit = texts_of(value.fields("inherit").get("variables"))
        if not inherit or inherit == ("true",):
            return self._variables
        return {name: text for name, text in self._variables.items() if name in inherit}

    def _membership(self, value: Fields, own: Mapping[str, str]) -> Membership:
        variables = {**self._surroundings.facts, **own}
        if value.get("rules") is not None:
            return by_rules(value.get("rules"), variables, self._surroundings.matching)
        return by_lists(value, variables)

    def _tell_variables(self, value: Fields, own: Mapping[str, str]) -> None:
        """Rules see variables of the project at GitLab, which are in none of the files."""
        for rule in items_of(value.get("rules")):
            condition = rule.get("if") if isinstance(rule, Fields) else None
            for name in variables_of(condition.text) if isinstance(condition, Text) else ():
                if name not in own and not name.startswith(("CI", "GITLAB_")):
                    sentence = l10n.t("The variable “{name}”, which rules read, has no value here.", name=name)
                    self._surroundings.unread.append((sentence, condition.source if condition else value.source))

    def _left_out(self, value: Fields, membership: Membership) -> str:
        if not self._workflow.is_in:
            return l10n.t("The rules of the workflow start no pipeline.")
        if not membership.is_in:
            return l10n.t("No rule of it makes it a part of the pipeline.")
        return l10n.t("It starts another pipeline, which is not here.") if value.get("trigger") is not None else ""


def _notes(when: str, membership: Membership) -> Iterator[str]:
    if membership.by_changes:
        yield l10n.t("Whether it runs depends on the files that changed, which are not looked at here.")
    sentences = {
        "manual": l10n.t("It waits for a person, and runs only where it is named."),
        "delayed": l10n.t("It starts after a delay."),
        "on_failure": l10n.t("It runs where a job before it failed."),
        "always": l10n.t("It runs also where a job before it failed."),
    }
    yield from [sentences[when]] if when in sentences else []


def _exit_codes(value: Value | None) -> str:
    """`true`, the exit codes that are none, or empty."""
    if isinstance(value, Fields):
        return ", ".join(texts_of(value.get("exit_codes")))
    return "true" if isinstance(value, Text) and value.text.lower() == "true" else ""


def _needs(value: Value | None, root: Fields) -> Iterator[str]:
    """Jobs of this pipeline that it waits for; one that is optional, only where it is there."""
    for each in items_of(value):
        if isinstance(each, Text):
            yield each.text
        elif isinstance(each, Fields) and not {"pipeline", "project"} & set(each.names()):
            job = each.text("job")
            if job and (each.text("optional") != "true" or root.get(job) is not None):
                yield job


def _runs(value: Value | None, where: YamlPlace) -> tuple[Mapping[str, str], ...]:
    """One for each of its matrix, or as many as it says. Raises PipelineTooLarge."""
    if isinstance(value, Fields):
        rows = [
            {key.text: texts_of(each) for key, each in row.entries}
            for row in items_of(value.get("matrix"))
            if isinstance(row, Fields)
        ]
        require_few(sum(math.prod(map(len, row.values())) for row in rows), where)
        return tuple(dict(zip(row, run, strict=True)) for row in rows for run in itertools.product(*row.values())) or (
            {},
        )
    number = copies(value)
    require_few(number, where)
    return tuple({"": f"{each}/{number}"} for each in range(1, number + 1)) if value is not None else ({},)


def _steps(value: Fields) -> Iterator[Step]:
    lines = (*texts_of(value.get("before_script")), *texts_of(value.get("script")))
    if lines:
        yield Step("script", "script", _place(value, "script"), script="\n".join(lines))
    after = texts_of(value.get("after_script"))
    if after:
        yield Step("after_script", "script", _place(value, "after_script"), script="\n".join(after))
    artifacts = value.fields("artifacts")
    if artifacts.get("paths") is not None:
        reason = l10n.t("The files are kept for the jobs behind it.")
        yield Step("artifacts", "stand-in", artifacts.source, uses="artifacts", reason=reason)
    if artifacts.get("reports") is not None:
        reason = l10n.t("Reports are for GitLab; the files stay in the folder.")
        yield Step("reports", "stand-in", artifacts.source, uses="artifacts:reports", reason=reason)


def _place(value: Fields, key: str) -> YamlPlace:
    inner = value.get(key)
    return inner.source if inner is not None else value.source
