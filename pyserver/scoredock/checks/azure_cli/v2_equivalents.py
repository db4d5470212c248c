"""For a line of Azure ML CLI v2: the one that does nearly the same here, with what the line itself names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile

from scoredock import l10n
from scoredock.checks.azure_cli.releases import is_placeholder

_REGISTER = "az ml model register -n NAME -p PATH"
_BATCH = "scoredock batch run [-n JOB ]-f FILE -i INPUT -o FOLDER"
EQUIVALENTS: Mapping[str, str] = {
    "model create --file": "scoredock model register FILE",
    "model create": _REGISTER,
    "environment create --build-context": "",
    "environment create --conda-file": "scoredock environment register CONDA -n NAME",
    "environment create --image": "scoredock environment register --image IMAGE -n NAME",
    "environment create": "scoredock environment register FILE",
    "online-endpoint create": "scoredock service deploy [NAME ][--file FILE ]--file DEPLOYMENT",
    "online-endpoint update --mirror-traffic": "scoredock endpoint apply FILE",
    "online-endpoint update --file": "scoredock endpoint apply FILE",
    "online-endpoint update": "scoredock endpoint set-version NAME VERSION --traffic PERCENT",
    "online-endpoint list": "scoredock endpoint list",
    "online-endpoint show": "scoredock endpoint show NAME",
    "online-endpoint delete": "scoredock endpoint delete NAME",
    "online-endpoint invoke --deployment-name": "scoredock service call NAME-DEPLOYMENT -d @REQUEST",
    "online-endpoint invoke": "scoredock service call NAME -d @REQUEST",
    "online-endpoint get-credentials": "scoredock service keys NAME-DEPLOYMENT",
    "online-endpoint regenerate-keys": "scoredock service keys NAME-DEPLOYMENT --regenerate KEY",
    "online-deployment create": "scoredock service deploy [ENDPOINT ]--file FILE",
    "online-deployment update --file": "scoredock service deploy [ENDPOINT ]--file FILE --overwrite",
    "online-deployment list": "scoredock endpoint show ENDPOINT",
    "online-deployment show": "scoredock service show ENDPOINT-NAME",
    "online-deployment delete": "scoredock endpoint delete-version ENDPOINT NAME",
    "online-deployment get-logs": "scoredock service logs ENDPOINT-NAME",
    "batch-endpoint invoke": _BATCH,
    "batch-endpoint list-jobs": "scoredock batch list",
    "batch-deployment create": _BATCH,
    "batch-deployment list-jobs": "scoredock batch list",
    "compute attach kubernetes": "scoredock compute attach NAME --context CONTEXT",
    "compute create computeinstance": "az ml computetarget create computeinstance -n NAME -s SIZE",
    "compute create": "az ml computetarget create amlcompute -n NAME --max-nodes MOST -s SIZE",
    "compute delete": "az ml computetarget delete -n NAME",
    "compute list": "az ml computetarget list",
    "compute show": "az ml computetarget show -n NAME",
    "data list": "scoredock dataset list",
    "data show": "scoredock dataset show NAME",
    "endpoint get-logs": "scoredock service logs NAME-DEPLOYMENT",
    "job list": "az ml run list",
    "job show": "az ml run show -r NAME",
    "workspace create": "az ml workspace create -w NAME",
    "workspace show": "az ml workspace show -w NAME",
}
"""Command, with an option or a type that it has → what does nearly the same here; the longer name counts first, what is
in [brackets] counts where the line says it, and empty is for nothing. An endpoint of v2 that is deployed here is one of
ours, whose services are ENDPOINT-DEPLOYMENT."""
_WORDS = {
    "CONDA": ("--conda-file", "-c"),
    "DEPLOYMENT": ("--deployment-name", "--deployment"),
    "ENDPOINT": ("--endpoint-name", "--endpoint", "-e"),
    "FILE": ("--file", "-f"),
    "IMAGE": ("--image", "-i"),
    "INPUT": ("--input", "--input-path"),
    "JOB": ("--job-name",),
    "KEY": ("--key-type", "--key"),
    "MOST": ("--max-instances",),
    "NAME": ("--name", "-n"),
    "PATH": ("--path", "-p"),
    "REQUEST": ("--request-file", "-r"),
    "SIZE": ("--size", "-s"),
}
"""Word of a line here → options of v2 that say it."""
_WORD = re.compile(r"\b[A-Z]{2,}\b")
_WHERE_SAID = re.compile(r"\[([^\]]*\b([A-Z]+) )\]")
"""A part of a line here that stands for an option, and the word in it."""
_TYPE = ("--type", "-t")
_PREVIEW = {
    "get-logs": "endpoint get-logs",
    "list-keys": "online-endpoint get-credentials",
    "log": "endpoint get-logs",
    "log-deployment": "endpoint get-logs",
}
"""Verbs of `endpoint` in the previews of 2021 that are other commands since."""


def advice(name: str, words: Sequence[str]) -> str:
    """What to do in the place of a command of v2; empty where that is not certain. `words` are the whole line."""
    group, verb = name.split()[0], name.split()[-1]
    if group == "endpoint":
        group = "batch-endpoint" if _value(words, _TYPE).lower() == "batch" else "online-endpoint"
        name = _PREVIEW.get(verb, f"{group} {verb}")
    return use(name, words) or _in_words(group, verb, words)


def of_scoredock(words: Sequence[str], named: Sequence[str]) -> str:
    """Of a line that only `scoredock` has, with `az ml` before it: deployments are files there."""
    if list(named[:2]) != ["service", "deploy"] or not _value(words, _WORDS["FILE"]).endswith((".yml", ".yaml")):
        return ""
    own = ("--name", named[2]) if len(named) > 2 else ()
    return l10n.t("Use `{command}`.", command=filled("scoredock service deploy NAME --file FILE", (*words, *own)))


def use(name: str, words: Sequence[str]) -> str:
    """The line here that does nearly the same as a command of v2; empty without one."""
    line = next((EQUIVALENTS[each] for each in _names(name, words) if each in EQUIVALENTS), "")
    return l10n.t("Use `{command}`.", command=filled(line, words)) if line else ""


def _names(name: str, words: Sequence[str]) -> list[str]:
    """The command with each option and the type that it has, then without."""
    heads = {word.partition("=")[0] for word in words}
    meant: list[str] = [each for each in ("--mirror-traffic", "--build-context") if each in heads]
    meant += ["--build-context"] * ("-b" in heads)
    meant += [spellings[0] for spellings in _WORDS.values() if heads & set(spellings)]
    kind = _value(words, _TYPE).lower()
    return [f"{name} {kind}", *(f"{name} {each}" for each in meant), name]


def filled(line: str, words: Sequence[str], spellings: Mapping[str, Sequence[str]] = _WORDS) -> str:
    """A line here with what another one says."""
    values = {word: _value(words, options) for word, options in spellings.items()}
    line = _WHERE_SAID.sub(lambda match: match[1] if values.get(match[2]) else "", line)
    traffic = [*words[words.index("--traffic") + 1 :]] if "--traffic" in words else []
    shares = " ".join(takewhile(lambda word: not word.startswith("-"), traffic)).split()
    if len(shares) == 1 and "=" in shares[0]:
        values["VERSION"], _, values["PERCENT"] = shares[0].partition("=")
    return _WORD.sub(lambda match: _quoted(values.get(match.group(), "")) or match.group(), line)


def _quoted(value: str) -> str:
    return value if is_placeholder(value) else shlex.quote(value) if value else ""


def file_of(words: Sequence[str]) -> str:
    """The file that a line names; empty without one."""
    return _value(words, _WORDS["FILE"])


def _value(words: Sequence[str], spellings: Sequence[str]) -> str:
    """The value of an option of a line; empty without one."""
    given = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    values = (value for option, value in given if option in spellings)
    # What begins with azureml: lies in Azure.
    return next((each for each in values if each and not each.startswith(("-", "azureml:"))), "")


def _job_in_words(verb: str, words: Sequence[str]) -> str:
    if verb == "create":
        return l10n.t(
            "Run each script that {file} names with `{run}`, and register the model that it writes with `{register}`.",
            file=file_of(words) or l10n.t("the file"),
            run="scoredock sdk run SCRIPT",
            register=_REGISTER,
        )
    return l10n.t(
        "`{list}` lists the runs of scripts on this machine, and `{artifacts}` the files of one.",
        list="az ml run list",
        artifacts="scoredock run artifacts workspace RUN",
    )


def _in_words(group: str, verb: str, words: Sequence[str]) -> str:
    if group == "job":
        return _job_in_words(verb, words)
    if group == "component":
        return l10n.t(
            "Leave the line out: a job is no more than its scripts here; run each with `{run}`.",
            run="scoredock sdk run SCRIPT",
        )
    if group == "schedule":
        return l10n.t("Leave the line out, and have cron or the task scheduler of Windows start the script.")
    if group == "registry":
        return l10n.t("Leave the line out: models and environments are registered in a workspace of this machine.")
    if group.startswith("batch-"):
        return l10n.t("Leave the line out: `{command}` needs no endpoint.", command=filled(_BATCH, words))
    if group in ("data", "dataset"):
        return l10n.t(
            "Datasets here are sample requests: `{command}` registers them.",
            command="scoredock dataset register FILE",
        )
    if group == "datastore":
        return l10n.t(
            "The one datastore of a workspace here is a folder; copy files there with `{command}`.",
            command="az ml datastore upload -n workspaceblobstore -p FOLDER",
        )
    if group == "code":
        return l10n.t("Leave the line out: a deployment takes the code from its own folder.")
    if group == "compute" and verb not in ("attach", "create"):
        return l10n.t("Leave the line out: services run without it.")
    return ""
