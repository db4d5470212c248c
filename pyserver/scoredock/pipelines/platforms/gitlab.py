"""Pipelines of GitLab CI, with the files of the repository that they include."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.platforms.stand_ins import Files
from scoredock.pipelines.unfolding import Unfolding, copies
from scoredock.pipelines.values import (
    Fields,
    Items,
    PipelineFault,
    Text,
    Value,
    YamlPlace,
    items_of,
    pairs_of,
    read_value,
    texts_of,
)

_WORDS = frozenset(
    [
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "pages",
        "services",
        "spec",
        "stages",
        "types",
        "variables",
        "workflow",
    ]
)
_STAGES = (".pre", "build", "test", "deploy", ".post")
_PROGRAM = ("bash", "-eo", "pipefail")
_DEEPEST = 10


def read_gitlab(document: Fields, file: str, files: Files) -> Pipeline:
    """Raises PipelineFault."""
    unread: list[tuple[str, YamlPlace]] = []
    unfolding = Unfolding()
    root = _Includes(files, unread, unfolding).of(document, 0)
    stages = texts_of(root.get("stages")) or _STAGES
    defaults = root.fields("default")
    extension = _Extends(root, unfolding)
    jobs = {
        key.text: extension.of(key.text, value, 0)
        for key, value in root.entries
        if isinstance(value, Fields) and key.text not in _WORDS and not key.text.startswith(".")
    }
    read = [
        unfolding.job(_job(name, value, defaults, root), copies(value.get("parallel"))) for name, value in jobs.items()
    ]
    if not read:
        raise PipelineFault(l10n.t("The pipeline has no jobs and no steps."), document.source)
    unknown = next((job for job in read if job.stage not in stages), None)
    if unknown is not None:
        message = l10n.t(
            "The job “{job}” is of the stage “{stage}”, which is not listed.", job=unknown.id, stage=unknown.stage
        )
        raise PipelineFault(message, unknown.source)
    read.sort(key=lambda job: stages.index(job.stage))
    variables = {
        key.text: value.text if isinstance(value, Text) else value.text("value") if isinstance(value, Fields) else ""
        for key, value in root.fields("variables").entries
    }
    return Pipeline(
        "gitlab",
        file.rpartition("/")[2],
        file,
        tuple(_after(read, stages)),
        variables,
        unread=tuple(unread),
        document=root,
        parts=tuple(jobs.values()),
    )


def _after(jobs: list[Job], stages: tuple[str, ...]) -> Iterator[Job]:
    """A job without `needs` begins when all jobs of the stages before its own have ended."""
    for job in jobs:
        if job.needs == ("*",):
            before = tuple(each.id for each in jobs if stages.index(each.stage) < stages.index(job.stage))
            yield replace(job, needs=before)
        else:
            yield job


class _Includes:
    """A file with the files of the repository that it includes."""

    def __init__(self, files: Files, unread: list[tuple[str, YamlPlace]], unfolding: Unfolding) -> None:
        self._files, self._unread, self._unfolding = files, unread, unfolding

    def of(self, document: Fields, depth: int) -> Fields:
        """With the entries of the others before its own. Raises PipelineFault."""
        if depth > _DEEPEST:
            raise PipelineFault(l10n.t("Templates include one another too deeply."), document.source)
        entries: list[tuple[Text, Value]] = []
        for item in items_of(document.get("include")):
            if isinstance(item, Items):
                continue
            local = item.text if isinstance(item, Text) else item.text("local")
            path = posixpath.normpath(local.lstrip("/"))
            text = self._files(path) if local and "://" not in local else None
            if text is None:
                sentence = l10n.t("The included file “{name}” is not in this repository.", name=local or "include")
                self._unread.append((sentence, item.source))
                continue
            self._unfolding.count("files", 1, item.source)
            inner = read_value(text, path)
            if isinstance(inner, Fields):
                entries += self.of(inner, depth + 1).entries
        own = set(document.names())
        kept = [entry for entry in entries if entry[0].text not in own]
        return Fields((*kept, *document.entries), document.source)


class _Extends:
    """Jobs with the keys of those that they extend, each made once."""

    def __init__(self, root: Fields, unfolding: Unfolding) -> None:
        self._root, self._unfolding = root, unfolding
        self._whole: dict[str, Fields] = {}

    def of(self, name: str, value: Fields, depth: int) -> Fields:
        """Mappings are merged, everything else is replaced. Raises PipelineFault."""
        if depth > _DEEPEST:
            raise PipelineFault(l10n.t("The job “{job}” extends itself.", job=name), value.source)
        if name in self._whole:
            return self._whole[name]
        merged: Fields | None = None
        for base in texts_of(value.get("extends")):
            other = self._root.get(base)
            if not isinstance(other, Fields):
                raise PipelineFault(
                    l10n.t("The job “{job}” extends “{base}”, which is not there.", job=name, base=base), value.source
                )
            expanded = self.of(base, other, depth + 1)
            merged = expanded if merged is None else self._both(merged, expanded)
        self._whole[name] = self._both(merged, value) if merged is not None else value
        return self._whole[name]

    def _both(self, base: Fields, over: Fields) -> Fields:
        self._unfolding.count("values", len(base.entries) + len(over.entries), over.source)
        entries = {key.text: (key, value) for key, value in base.entries}
        for key, value in over.entries:
            before = entries.get(key.text)
            inner = before[1] if before else None
            both = self._both(inner, value) if isinstance(inner, Fields) and isinstance(value, Fields) else value
            entries[key.text] = (key, both)
        return Fields(tuple(entries.values()), over.source)


def _job(name: str, value: Fields, defaults: Fields, root: Fields) -> Job:
    def inherited(key: str) -> Value | None:
        return next((each_value for each in (value, defaults, root) if (each_value := each.get(key)) is not None), None)

    needs = value.get("needs")
    if needs is None:
        waits_for: tuple[str, ...] = ("*",)
    else:
        waits_for = tuple(
            each.text if isinstance(each, Text) else each.text("job")
            for each in items_of(needs)
            if not isinstance(each, Items)
        )
    job = Job(
        name,
        name,
        value.source,
        (),
        needs=waits_for,
        stage=value.text("stage") or "test",
        env=pairs_of(value.get("variables")),
        condition=_condition(value),
        continues="true" if value.text("allow_failure").lower() == "true" else "",
    )
    if value.get("trigger") is not None:
        return replace(job, left_out=l10n.t("It starts another pipeline, which is not here."))
    parts = ("before_script", inherited("before_script")), ("script", value.get("script"))
    lines = [line for _, part in parts for line in texts_of(part)]
    artifacts = value.fields("artifacts")
    steps = [Step("script", "script", _place(value), script="\n".join(lines), program=_PROGRAM)] if lines else []
    after = texts_of(inherited("after_script"))
    if after:
        script = "\n".join(after)
        steps.append(
            Step(
                "after_script",
                "script",
                _place(value, "after_script"),
                script=script,
                program=_PROGRAM,
                condition="always",
                continues="true",
            )
        )
    if artifacts.get("paths") is not None:
        paths = "\n".join(texts_of(artifacts.get("paths")))
        reason = l10n.t("The files are kept for the jobs behind it.")
        steps.append(
            Step(
                "artifacts",
                "stand-in",
                artifacts.source,
                uses="artifacts",
                action="upload",
                inputs={"path": paths, "name": name},
                condition="always",
                reason=reason,
            )
        )
    if artifacts.get("reports") is not None:
        reason = l10n.t("Reports are for GitLab; the files stay in the folder.")
        steps.append(
            Step(
                "reports",
                "stand-in",
                artifacts.source,
                uses="artifacts:reports",
                action="nothing",
                condition="always",
                reason=reason,
            )
        )
    notes = (
        (l10n.t("The job asks for a container; its steps run on this machine itself."),) if inherited("image") else ()
    )
    return replace(job, steps=tuple(steps), notes=notes)


def _place(value: Fields, key: str = "script") -> YamlPlace:
    inner = value.get(key)
    return inner.source if inner is not None else value.source


def _condition(value: Fields) -> str:
    """`manual`, `always`, `on_failure` or `never`; conditions of rules are those of GitLab's triggers."""
    when = value.text("when")
    for rule in items_of(value.get("rules")):
        if isinstance(rule, Fields) and rule.get("if") is None:
            when = rule.text("when") or when
    return when if when in ("manual", "always", "on_failure", "never") else _rules(value)


def _rules(value: Fields) -> str:
    conditions = [
        rule.text("if") for rule in items_of(value.get("rules")) if isinstance(rule, Fields) and rule.text("if")
    ]
    return f"rules:{conditions[0]}" if conditions else ""
