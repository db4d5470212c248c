"""Lines of the Azure CLI in scripts of pipelines that are not carried out here, which is said before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.checks.azure_cli.corrections import line_of_v2
from scoredock.checks.azure_cli.here import is_done_here, reason_not_here
from scoredock.checks.azure_cli.lines import command_lines
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.platforms.stand_ins import Files
from scoredock.pipelines.values import YamlPlace

_OTHER = re.compile(
    r"(?:^|[;&|(`!]|\b(?:then|do|else|if|elif|while)\b)[ \t]*az[ \t]+(?!ml\b)"
    r"([a-z][\w-]*)(?:[ \t]+([a-z][\w-]*))?(.*)$",
    re.MULTILINE,
)
_SIGNS_IN = re.compile(r"login|logout|configure|config set|account (?:set|clear|show)")
"""Does nothing here, or gives a subscription without a number."""
_SCRIPT = re.compile(r"(?:^|[\s\"'])\.?/?((?:[\w.-]+/)*[\w.-]+\.(?:sh|bash))(?=$|[\s\"';&|)])")


def marked(pipeline: Pipeline, files: Files, *, has_azure_cli: bool) -> Pipeline:
    """With steps that say which of their lines are not carried out."""

    def step_of(step: Step) -> Step:
        is_shell = (step.kind == "script" or step.action == "script") and step.program[0] in ("bash", "sh")
        if not is_shell or step.condition.strip().lower() == "false":
            return step
        return replace(step, unread=tuple(_unread(step, files, has_azure_cli=has_azure_cli)))

    def job_of(job: Job) -> Job:
        return replace(job, steps=tuple(map(step_of, job.steps)))

    return replace(pipeline, jobs=tuple(map(job_of, pipeline.jobs)))


def _unread(step: Step, files: Files, *, has_azure_cli: bool) -> Iterator[tuple[str, YamlPlace]]:
    text = files(step.source.file) or ""
    for words, sentence in _sentences(step.script, has_azure_cli=has_azure_cli):
        yield sentence, _place(words, text, step.source)
    for path in dict.fromkeys(_SCRIPT.findall(step.script)):
        script = files(path)
        for words, sentence in _sentences(script or "", has_azure_cli=has_azure_cli):
            yield sentence, _place(words, script or "", YamlPlace(path, 1, 1_000_000))


def _sentences(script: str, *, has_azure_cli: bool) -> Iterator[tuple[str, str]]:
    """The words of each line that is not carried out, with the reason."""
    if "az" not in script:
        return
    for line in command_lines(script):
        words = [word.text for word in line.words]
        if not words or any(word.variable for word in line.words[:2]) or {"-h", "--help"} & set(words):
            continue
        if not is_done_here(words):
            yield f"ml {words[0]}", reason_not_here(words).message
        elif (of_v2 := line_of_v2(words)) is not None:
            yield f"ml {words[0]}", of_v2.message
    for match in () if has_azure_cli else _OTHER.finditer(script):
        name = f"{match.group(1)} {match.group(2) or ''}".strip()
        if not _SIGNS_IN.match(name) and not ("azure-cli-ml" in match.group(3) or "azure_cli_ml" in match.group(3)):
            yield name, l10n.t("“az {words}” needs the Azure CLI, which is not installed here.", words=name)


def _place(words: str, text: str, source: YamlPlace) -> YamlPlace:
    """The line of a file that has the words, between two lines."""
    pattern = re.compile(r"\baz\s+" + r"\s+".join(map(re.escape, words.split())))
    for number, line in enumerate(text.splitlines()[source.line - 1 : source.end], source.line):
        if pattern.search(line):
            return YamlPlace(source.file, number, number)
    return YamlPlace(source.file, source.line, source.line)
