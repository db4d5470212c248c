"""Lines of the Azure CLI in scripts of pipelines, and commands to Azure Pipelines that they print: those that are not
carried out here are said before anything runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from scoredock import l10n
from scoredock.contrib.pipelines.domain.keys.unread import refused_command
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files
from scoredock.contrib.pipelines.domain.values import YamlPlace
from scoredock.formats.az_lines.lines import command_lines

Refusal = Callable[[Sequence[str]], str]
"""Words behind `az ml` → why the line is not carried out; empty for one that is."""
_OTHER = re.compile(
    r"(?:^|[;&|(`!]|\b(?:then|do|else|if|elif|while)\b)[ \t]*az[ \t]+(?!ml\b)"
    r"([a-z][\w-]*)(?:[ \t]+([a-z][\w-]*))?(.*)$",
    re.MULTILINE,
)
_SIGNS_IN = re.compile(r"login|logout|configure|config set|account (?:set|clear|show)|extension list$")
"""Does nothing here, or gives a subscription without a number, or the extensions, which Scoredock lists."""
_NEVER = re.compile(r"\s*(?:\$\{\{\s*false\s*\}\}|false)\s*", re.IGNORECASE)
"""A condition that holds on no platform."""
_COMMAND = re.compile(r"^[^#\n]*(##vso\[[\w.]+)", re.MULTILINE)
_SCRIPT = re.compile(r"(?:^|[\s\"'])\.?/?((?:[\w.-]+/)*[\w.-]+\.(?:sh|bash))(?=$|[\s\"';&|)])")


class _Script(NamedTuple):
    """Script of a step: its own lines, or a file of the repository that they name."""

    text: str
    file_text: str
    """In which its lines stand, between those of `source`."""
    source: YamlPlace

    def place(self, pattern: str, words: str = "", start: int = 0) -> YamlPlace:
        """The first line that fits; with `words`, which begin at an offset of `text`, the one that has them as often
        before as it."""
        lines = self.file_text.splitlines()[self.source.line - 1 : self.source.end]
        exact = [number for number, line in enumerate(lines, self.source.line) if words and words in line]
        before = sum(words in line for line in self.text[:start].split("\n")[:-1])
        numbers = (number for number, line in enumerate(lines, self.source.line) if re.search(pattern, line))
        line = next(iter(exact[before:]), 0) or next(numbers, self.source.line)
        return YamlPlace(self.source.file, line, line)


def is_never(condition: str) -> bool:
    """True if no run of a step or job with this condition begins."""
    return _NEVER.fullmatch(condition) is not None


def marked(pipeline: Pipeline, files: Files, refusal: Refusal, *, has_azure_cli: bool) -> Pipeline:
    """The pipeline with steps that say which of their lines are not carried out."""

    def lines_of(step: Step) -> Iterator[tuple[str, YamlPlace]]:
        own = _Script(step.script, files(step.source.file) or "", step.source)
        named = ((path, files(path) or "") for path in dict.fromkeys(_SCRIPT.findall(step.script)))
        for script in (own, *(_Script(text, text, YamlPlace(path, 1, 1_000_000)) for path, text in named)):
            is_shell = script is not own or step.program[0] in ("bash", "sh")
            for words, sentence, at in (
                _sentences(script.text, refusal, has_azure_cli=has_azure_cli) if is_shell else ()
            ):
                line = script.text[at:].partition("\n")[0].rstrip()
                yield sentence, script.place(r"\baz\s+" + r"\s+".join(map(re.escape, words.split())), line, at)
            for command in dict.fromkeys(_COMMAND.findall(script.text)):
                if sentence := refused_command(command, pipeline.platform):
                    yield sentence, script.place(re.escape(command))

    def step_of(step: Step) -> Step:
        is_script = step.kind == "script" or step.action == "script"
        if not is_script or is_never(step.condition):
            return step
        return replace(step, unread=tuple(lines_of(step)))

    def job_of(job: Job) -> Job:
        return job if is_never(job.condition) else replace(job, steps=tuple(map(step_of, job.steps)))

    return replace(pipeline, jobs=tuple(map(job_of, pipeline.jobs)))


def _sentences(script: str, refusal: Refusal, *, has_azure_cli: bool) -> Iterator[tuple[str, str, int]]:
    """The words of each line that is not carried out, with the reason and the offset of its `az`."""
    if "az" not in script:
        return
    for line in command_lines(script):
        words = [word.text for word in line.words]
        if not words or any(word.variable for word in line.words[:2]) or {"-h", "--help"} & set(words):
            continue
        if sentence := refusal(words):
            yield f"ml {words[0]}", sentence, line.start
    for match in () if has_azure_cli else _OTHER.finditer(script):
        name = f"{match.group(1)} {match.group(2) or ''}".strip()
        if not _SIGNS_IN.match(name) and not ("azure-cli-ml" in match.group(3) or "azure_cli_ml" in match.group(3)):
            sentence = l10n.t("“az {words}” needs the Azure CLI, which is not installed here.", words=name)
            yield name, sentence, script.index("az", match.start())
