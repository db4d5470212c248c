"""Finds names of a condition of GitHub Actions whose value here is not surely that of GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scoredock.contrib.pipelines.domain.keys.github_events import OF_A_BRANCH
from scoredock.contrib.pipelines.domain.keys.names import DEEPEST, Chain, NamesOfJob, chains
from scoredock.contrib.pipelines.domain.pipeline import Step

_BOT = re.compile(r"\bgithub\.(?:triggering_)?actor\s*[!=]=\s*'[^']*\[bot\]'", re.IGNORECASE)
"""Whoever starts a run here is not a bot."""
_SURE = re.compile(
    r"action|action_(?:path|ref|repository)|env|event_path|job|output|path|run_(?:attempt|id|number)|state|step_summary"
    r"|token|workflow|workspace"
)
_PAYLOADS: Mapping[str, re.Pattern[str]] = {
    "push": re.compile("after|base_ref|before|commits|compare|created|deleted|forced|head_commit|pusher|ref"),
    "workflow_dispatch": re.compile("ref|workflow"),
    "schedule": re.compile("schedule|workflow"),
}
"""What an event brings, besides what all of them do; anything else is empty there as well."""
_OF_ALL = re.compile(r"enterprise|installation|organization|repository|sender|\*")


def unknown_to_github(condition: str, of_job: NamesOfJob, step: Step | None) -> set[str]:
    """Names without a known value, as they stand in the condition."""
    text = _BOT.sub("true", condition)
    return {".".join(chain[:3]) for chain in chains(text) if _is_unknown(chain, of_job, step, 0)}


def _is_unknown(chain: Chain, of_job: NamesOfJob, step: Step | None, depth: int) -> bool:
    chain = tuple(map(str.lower, chain))
    context, name = chain[0], chain[1] if len(chain) > 1 else "*"
    if context == "github":
        return _of_github(name, chain[2] if len(chain) > 2 else "*", of_job)
    if context == "secrets" and not depth:
        return False  # a condition may not read them, and is refused where it is evaluated
    if context in ("vars", "secrets"):
        values = of_job.start.variables if context == "vars" else of_job.start.secrets
        return name not in {each.lower() for each in values}
    if context == "steps":
        return any(each.id.lower() == name and each.kind == "left-out" for each in of_job.job.steps)
    inner, texts = _stands_for(chain, of_job, step)
    return depth < DEEPEST and any(
        _is_unknown(each, inner, step, depth + 1) for text in texts for each in chains(_only_expressions(text))
    )


def _only_expressions(text: str) -> str:
    return " && ".join(re.findall(r"\$\{\{(.*?)\}\}", text, re.DOTALL))


def _stands_for(chain: Chain, of_job: NamesOfJob, step: Step | None) -> tuple[NamesOfJob, list[str]]:
    """The texts of the file that give a name its value, and the job that they are of."""
    context, name = chain[0], chain[1] if len(chain) > 1 else "*"
    if context == "env":
        sources = (of_job.pipeline.env, of_job.job.env, step.env if step is not None else {})
        return of_job, list(_values(sources, name))
    if context == "inputs" and step is not None and step.call is not None:
        return of_job, list(_values((step.call.defaults, step.call.step.inputs), name))
    job = next((each for each in of_job.pipeline.jobs if each.id.lower() == name), None) if context == "needs" else None
    if job is not None and chain[2:3] == ("outputs",):
        return of_job._replace(job=job), list(_values((job.outputs,), chain[3] if len(chain) > 3 else "*"))
    return of_job, []


def _values(sources: tuple[Mapping[str, str], ...], name: str) -> Iterator[str]:
    for source in sources:
        yield from (text for key, text in source.items() if name in ("*", key.lower()))


def _of_github(name: str, part: str, of_job: NamesOfJob) -> bool:
    start = of_job.start
    unsure, event = start.unsure, start.event
    if _SURE.fullmatch(name):
        return False
    if name == "event":
        of_event = _PAYLOADS.get(event, re.compile(".*"))
        brings = "event" in unsure or of_event.fullmatch(part) or _OF_ALL.fullmatch(part)
        return part != "inputs" and bool(brings)
    if name == "event_name":
        return "event" in unsure
    if name in ("head_ref", "base_ref"):
        return "event" in unsure or event not in OF_A_BRANCH
    if name in ("ref", "ref_name", "ref_type"):
        return "branch" in unsure or "event" in unsure or event not in OF_A_BRANCH
    fact = {"sha": "commit", "repository": "repository", "repository_owner": "repository"}.get(name)
    return fact is None or fact in unsure
