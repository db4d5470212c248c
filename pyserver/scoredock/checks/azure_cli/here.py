"""What becomes of a line of `az ml` here, and why the others are not carried out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from scoredock import l10n
from scoredock.analysis.rule import quoted_names
from scoredock.checks.azure_cli import v1_commands
from scoredock.checks.azure_cli.releases import (
    EARLY,
    EARLY_WORDS,
    beginnings,
    early_command,
    early_line,
    early_sentence,
    is_placeholder,
)
from scoredock.checks.azure_cli.table import AzVerb, groups, v1_verbs
from scoredock.checks.azure_cli.v2_equivalents import advice, filled, of_scoredock

_MOST_SHOWN = 6


class ReasonNotHere(NamedTuple):
    """Why a line is not carried out."""

    message: str
    fix: str = ""
    is_command: bool = True
    """Whether v1 or v2 has it."""


def verb_of(words: Sequence[str]) -> AzVerb | None:
    """The verb of v1 that a line begins with, of those whose options are known; `words` follow `az ml`."""
    verbs = {} if early_command(words) else v1_verbs()
    return next((verbs[name] for name in beginnings(words) if name in verbs), None)


def command_of(words: Sequence[str]) -> str:
    """The command of v1 that a line begins with; empty for another one."""
    commands = () if early_command(words) else v1_commands.COMMANDS
    return next((name for name in beginnings(words) if name in commands), "")


def is_done_here(words: Sequence[str]) -> bool:
    """Whether `cli/az` carries the line out."""
    return v1_commands.COMMANDS.get(command_of(words)) == v1_commands.HERE


def reason_not_here(words: Sequence[str]) -> ReasonNotHere:
    """Of a line that is not done: what it is about, that it is of v2, or that there is no such command."""
    command = command_of(words)
    if command:
        reason = _REASONS[v1_commands.COMMANDS[command]](command)
        return reason._replace(fix=_with_script(reason.fix, words))
    named = _named(words)
    return _of_first_releases(words, named) or _of_v2(words, named) or _of_a_group(named) or _of_nothing(words, named)


def _of_first_releases(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere | None:
    if command := early_command(named):
        instead = _with_script(filled(EARLY[command], words, EARLY_WORDS), words)
        fix = l10n.t("Use `{command}`.", command=instead) if instead else _leave_out(command)
        return ReasonNotHere(early_sentence(command), fix)
    line = early_line(words)
    return ReasonNotHere(line.message, "" if line.instead else _leave_out(" ".join(named))) if line else None


def _leave_out(command: str) -> str:
    """Why a line of first releases has nothing to do here; empty where it would."""
    group = command.partition(" ")[0]
    if group == "computetarget":
        return l10n.t("Leave the line out: scripts run on this machine, and targets are only names.")
    if group in ("account", "computecontext", "env"):
        return l10n.t("Leave the line out: services run on this machine, and nothing of Azure is set up for them.")
    if group in ("image", "manifest"):
        return l10n.t(
            "Leave the line out: `{command}` takes the script, its packages and its models together.",
            command="az ml model deploy -n NAME -m MODEL:VERSION --ic FILE --dc FILE",
        )
    if group in ("experiment", "project", "runconfiguration"):
        return l10n.t(
            "Leave the line out: `{command}` runs a script in any folder, and nothing is prepared for it.",
            command="scoredock sdk run SCRIPT",
        )
    return ""


def _with_script(text: str, words: Sequence[str]) -> str:
    """With the script that a line names and what stands behind it, in the place of SCRIPT."""
    at = next((at for at, word in enumerate(words) if word.endswith((".py", ".ipynb")) and _is_free(words, at)), None)
    if at is None:
        return text
    arguments = words[at:] if {"submit", "start"} & set(words[:2]) else words[at : at + 1]
    script = " ".join(each if is_placeholder(each) else shlex.quote(each) for each in arguments)
    return re.sub(r"\bSCRIPT\b", lambda _: script, text)


def _is_free(words: Sequence[str], at: int) -> bool:
    """Whether a word is no value of an option but the one that names a configuration."""
    return at > 1 and not words[at - 1].startswith("-")


def _of_v2(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere | None:
    group, name = " ".join(named[:1]), " ".join(named[:2])
    verbs = groups().get(group)
    of_v1 = {each.split()[1] for each in v1_commands.COMMANDS if each.split()[0] == group}
    is_group_of_v2 = len(named) == 1 and not of_v1
    if verbs is None or (verbs and not is_group_of_v2 and (name not in {f"{group} {each}" for each in verbs - of_v1})):
        return None
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is a command of Azure ML CLI v2, and Scoredock runs those of v1.", verb=name),
        "" if is_group_of_v2 else advice(name, words),
    )


def is_group(words: Sequence[str]) -> bool:
    """Whether a line of v1 has no verb."""
    return _of_a_group(_named(words)) is not None


def reason_of_group(words: Sequence[str]) -> ReasonNotHere | None:
    """Of a group of v1 of which nothing is done here; None for another one."""
    group = " ".join(_named(words))
    places = {place for name, place in v1_commands.COMMANDS.items() if name.startswith(f"{group} ")}
    return _REASONS[places.pop()](group) if group and len(places) == 1 and v1_commands.HERE not in places else None


def _named(words: Sequence[str]) -> list[str]:
    return list(takewhile(lambda word: not word.startswith("-"), words))


def _of_a_group(named: Sequence[str]) -> ReasonNotHere | None:
    """A group without its verb."""
    name = " ".join(named)
    following = [each[len(name) + 1 :].split()[0] for each in v1_commands.COMMANDS if each.startswith(f"{name} ")]
    if not name or not following:
        return None
    message = l10n.t(
        "“az ml {group}” is not a command without a verb; add one such as {verbs}.",
        group=name,
        verbs=quoted_names(list(dict.fromkeys(following))[:_MOST_SHOWN], "or"),
    )
    return ReasonNotHere(message, is_command=False)


def _of_nothing(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is not a command of azure-cli-ml 1.41, nor one of CLI v2 that is known here.",
            verb=" ".join(named[:3]),
        ),
        of_scoredock(words, named),
        is_command=False,
    )


def _runs(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” submits a run as a run configuration says; no command here does that.",
            verb=verb,
        ),
        l10n.t(
            "Run the file here with `{run}`, and register the model that it writes with `{register}`.",
            run="scoredock sdk notebook FILE" if verb.endswith("notebook") else "scoredock sdk run SCRIPT",
            register="az ml model register -n NAME -p PATH",
        ),
    )


def _of_runs(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is for a run in Azure; the runs here are those that scripts log on this machine.", verb=verb
        ),
        l10n.t("`{list}` lists them, and `{artifacts}` their files.", list="az ml run list", artifacts=_ARTIFACTS),
    )


def _pipelines(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for pipelines in Azure, and a workspace on this machine has none.", verb=verb),
        l10n.t(
            "Run the scripts of the steps with Python; a script of the SDK that scores batches runs with `{command}`.",
            command="scoredock sdk run SCRIPT",
        ),
    )


def _machines(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for machines in Azure, and none stands behind a compute target here.", verb=verb),
        l10n.t("Leave the line out: services run without it."),
    )


def _compute(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is for a compute target in Azure; one here is a cluster that is attached, or a name that"
            " this machine stands for.",
            verb=verb,
        ),
        l10n.t("`{command}` attaches a cluster.", command="scoredock compute attach NAME --context CONTEXT"),
    )


def _storage(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is for storage in Azure; the one datastore of a workspace here is a folder.",
            verb=verb,
        ),
        l10n.t("Copy files there with `{command}`.", command="az ml datastore upload -n workspaceblobstore -p FOLDER"),
    )


def _data(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for data in Azure; datasets here are sample requests.", verb=verb),
        l10n.t("`{command}` registers them.", command="scoredock dataset register FILE"),
    )


def _workspaces(verb: str) -> ReasonNotHere:
    fix = l10n.t("`{command}` hides one of this machine.", command="scoredock workspace forget NAME")
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for a workspace in Azure, not for one on this machine.", verb=verb),
        fix if verb == "workspace delete" else "",
    )


def _versions(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for a version of an endpoint; here each version is a service of its own.", verb=verb),
        l10n.t("Deploy it, then use `{command}`.", command="scoredock endpoint set-version"),
    )


_ARTIFACTS = "scoredock run artifacts workspace RUN"
_REASONS: Mapping[str, Callable[[str], ReasonNotHere]] = {
    v1_commands.RUNS: _runs,
    v1_commands.OF_RUNS: _of_runs,
    v1_commands.PIPELINES: _pipelines,
    v1_commands.COMPUTE: _compute,
    v1_commands.MACHINES: _machines,
    v1_commands.STORAGE: _storage,
    v1_commands.DATA: _data,
    v1_commands.WORKSPACES: _workspaces,
    v1_commands.VERSIONS: _versions,
}
