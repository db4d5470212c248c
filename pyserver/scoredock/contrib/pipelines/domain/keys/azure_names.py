"""Finds names of a condition of Azure Pipelines whose value here is not surely that of the platform."""

from __future__ import annotations

import re

from scoredock.contrib.pipelines.domain.keys.names import DEEPEST, Chain, NamesOfJob, chains
from scoredock.contrib.pipelines.domain.pipeline import Job, Step
from scoredock.contrib.pipelines.domain.running.azure import AzureRun
from scoredock.contrib.pipelines.domain.running.azure_variables import UNSURE

_SET = re.compile(r"variable=([\w.-]+)", re.IGNORECASE)
_RUNTIME = re.compile(r"\$\[(.*)\]$", re.DOTALL)
_MACRO = re.compile(r"\$\(([\w.-]+)\)")


def unknown_to_azure(condition: str, of_job: NamesOfJob, _step: Step | None) -> set[str]:
    """Names without a known value, as they stand in the condition."""
    return {
        chain[1] if chain[0] == "variables" and len(chain) > 1 else ".".join(chain)
        for chain in chains(condition)
        if _is_unknown(chain, of_job, 0)
    }


def _is_unknown(chain: Chain, of_job: NamesOfJob, depth: int) -> bool:
    chain = tuple(map(str.lower, chain))
    if chain[0] == "variables" and len(chain) > 1:
        return _of_variable(".".join(chain[1:]), of_job, depth)
    if chain[0] in ("dependencies", "stagedependencies") and "outputs" in chain:
        place = chain.index("outputs")
        steps = {part for name in chain[place + 1 :] for part in name.split(".")}
        return any(_leaves_out(each, steps) for each in of_job.pipeline.jobs)
    return False


def _leaves_out(job: Job, names: set[str]) -> bool:
    return any(step.kind == "left-out" and step.id.lower() in names for step in job.steps)


def _of_variable(name: str, of_job: NamesOfJob, depth: int) -> bool:
    if name in UNSURE:
        return UNSURE[name] in of_job.start.unsure
    if name.startswith("system.pullrequest."):
        return of_job.start.event == "pull_request"  # nothing has them otherwise
    sources = (AzureRun(of_job.pipeline, of_job.start).shared, of_job.pipeline.env, of_job.job.env)
    values = {key.lower(): text for source in sources for key, text in source.items()}
    if name not in values:
        return not _is_set(name, of_job) and not any(name in map(str.lower, run) for run in of_job.job.matrix)
    text = values[name]
    runtime = _RUNTIME.match(text.strip())
    inner = [*chains(runtime.group(1) if runtime else "")]
    inner += [("variables", each.lower()) for each in _MACRO.findall(text)]
    return depth < DEEPEST and any(_is_unknown(each, of_job, depth + 1) for each in inner)


def _is_set(name: str, of_job: NamesOfJob) -> bool:
    """True if a script sets the variable, by `##vso[task.setvariable]`."""
    scripts = (step.script for job in of_job.pipeline.jobs for step in job.steps)
    return any(each.lower() == name for script in scripts for each in _SET.findall(script))
