"""Tells which lines of `az ml` are carried out here, and why the others are not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import PurePosixPath
from typing import NamedTuple

from scoredock import l10n
from scoredock.contrib.az.checks.releases import (
    EARLY,
    EARLY_WITH_OPTION,
    EARLY_WORDS,
    early_command,
    early_line,
    early_sentence,
    line_of_another_release,
)
from scoredock.contrib.az.domain.v2_equivalents import advice, filled, of_scoredock, quoted, with_left_out
from scoredock.formats.az_lines import v1_commands
from scoredock.formats.az_lines.table import AzVerb, groups, v1_verbs

_MOST_SHOWN = 6
_WORDS = {
    "NAME": ("-n", "--name"),
    "PERCENT": ("--tp", "--traffic-percentile"),
    "RUN": ("-r", "--run"),
    "VERSION": ("--vn", "--version-name"),
    "WORKSPACE": ("-w", "--workspace-name", "-n", "--name"),
}
"""Word of a line here → options of v1 that say it."""
_PATH = re.compile(r"[\w.~ -]+\\[\w.]|[A-Za-z]:\\")
"""How a path of Windows begins."""
_MODEL = re.compile(r"[\w.-]+:\d+")
"""A registered model, which was a file in the first releases."""
_SERVICE = re.compile(r"[A-Za-z]\w*(?:[_-]\w+)*")
_OF_SUBMIT = (
    *("-c", "--run-configuration-name", "-e", "--experiment-name", "--ct", "--compute-target", "--target", "-t"),
    *("--output-metadata-file", "-d", "--conda-dependencies", "--hyperdrive-configuration-name", "--path", "-g"),
    *(
        "--resource-group",
        "-w",
        "--workspace-name",
        "--source-directory",
        "--sd",
        "--subscription-id",
        "-o",
        "--output",
    ),
)
"""Options of `run submit-…` with a value, which are not arguments of the script."""
_SUBMITS = "run submit-script"
_WITHOUT_USE = (
    *("--ct", "--compute-target", "--target", "-t", "--output-metadata-file", "-d", "--conda-dependencies", "--async"),
    "--hyperdrive-configuration-name",
)
"""Those of them that nothing here is for."""
_FIRST = 2
"""Place of a script that stands right behind the command."""
_FOLDERS_OF_SUBMIT = ("--source-directory", "--sd", "--path")
"""Those in which the script lies."""


class ReasonNotHere(NamedTuple):
    """Reason why a line is not carried out."""

    message: str
    fix: str = ""
    is_command: bool = True
    """Whether v1 or v2 has it."""


def verb_of(words: Sequence[str]) -> AzVerb | None:
    """The verb of v1 that a line begins with, of those whose options are known; `words` follow `az ml`."""
    verbs = {} if early_command(words) else v1_verbs()
    return next((verbs[name] for name in v1_commands.beginnings(words) if name in verbs), None)


def command_of(words: Sequence[str]) -> str:
    """The command of v1 that a line begins with; empty for another one."""
    return "" if early_command(words) else v1_commands.named_command(words)


def is_done_here(words: Sequence[str]) -> bool:
    """True if `contrib/az` carries the line out."""
    return v1_commands.COMMANDS.get(command_of(words)) == v1_commands.HERE


def refusal(words: Sequence[str]) -> str:
    """Reason why a line as it stands is not carried out; empty for one that is."""
    if not is_done_here(words):
        return reason_not_here(words).message
    other = line_of_another_release(words)
    return other.message if other is not None else ""


def reason_not_here(words: Sequence[str]) -> ReasonNotHere:
    """Reason why a line is not done here: what it is about, that it is of v2, or that there is no such command."""
    command = command_of(words)
    if command:
        reason = _REASONS[v1_commands.COMMANDS[command]](command)
        fix = _with_script(filled(reason.fix, words, _WORDS), words)
        more = [_submission(words)] if command == _SUBMITS else []
        more += [_unused_of_submit(words)] if v1_commands.COMMANDS[command] == v1_commands.RUNS else []
        return reason._replace(fix=" ".join(filter(None, [fix, *more])))
    named = _named(words)
    return (
        (_of_verb_behind(words, named) if len(named) == 1 else None)
        or _of_first_releases(words, named)
        or _of_v2(words, named)
        or _of_a_group(named)
        or _of_nothing(words, named)
    )


def _of_first_releases(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere | None:
    from scoredock.checks.programs_beside import SCHEMA_OF_FIRST_SERVICE

    if command := early_command(named):
        with_option = (EARLY_WITH_OPTION.get(f"{command} {word}") for word in words)
        form = next(filter(None, with_option), EARLY[command])
        if not form:
            return ReasonNotHere(early_sentence(command), _leave_out(command))
        plain = _of_windows(words)
        models = [word for option, word in pairwise(plain) if option == "-m" and _MODEL.fullmatch(word)]
        form = form.replace("MODEL:VERSION", " -m ".join(models)) if models else form
        instead = _with_script(filled(form, plain, EARLY_WORDS), words)
        runtime = frozenset(("-r",)) if "python" in words else frozenset[str]()  # the one there is here
        use = l10n.t("Use `{command}`.", command=instead)
        if command == "image create" and "-m" in plain and not models:
            register = filled("az ml model register -n NAME -p FILE", plain, {"FILE": EARLY_WORDS["FILE"]})
            use += " " + l10n.t("`{register}` registers the file before.", register=register)
        if "SCRIPT" in form:  # what is said beside the script is where it runs, and that is here
            return ReasonNotHere(early_sentence(command), use)
        schema = next((word for before, word in pairwise(plain) if before in ("-s", "--schema-file")), "")
        if posixpath.basename(schema) == SCHEMA_OF_FIRST_SERVICE:  # it goes along with the script it lies beside
            runtime |= {"-s", "--schema-file"}
        fix = with_left_out(use, form, plain, EARLY_WORDS, runtime)
        return ReasonNotHere(early_sentence(command), fix)
    line = early_line(words)
    return ReasonNotHere(line.message, "" if line.instead else _leave_out(" ".join(named))) if line else None


def _of_windows(words: Sequence[str]) -> list[str]:
    """Words of a line of Workbench, which was one of Windows: with the slashes that every system takes, and the id of a
    service, `name.cluster.region`, as its name, in the letters that one has here."""
    plain = [
        word.partition(".")[0] if before in ("-i", "--id") else word.replace("\\", "/") if _PATH.match(word) else word
        for before, word in pairwise(["", *words])
    ]
    if words[:1] != ["service"]:
        return plain
    return [
        word.lower().replace("_", "-") if before in EARLY_WORDS["NAME"] and _SERVICE.fullmatch(word) else word
        for before, word in pairwise(["", *plain])
    ]


def _leave_out(command: str) -> str:
    """Why a line of first releases has nothing to do here; empty where it would."""
    group = command.partition(" ")[0]
    if group == "computetarget":
        return l10n.t("Leave the line out: scripts run on this machine, and targets are only names.")
    if group == "module":
        return l10n.t(
            "Leave the line out: a job is no more than its scripts here; run each with `{run}`.",
            run="scoredock sdk run SCRIPT",
        )
    if command.startswith("experiment create"):
        return l10n.t("Leave the line out: an experiment is there from its first run on.")
    if group == "folder":
        return l10n.t("`{command}` gives the folder another workspace.", command="az ml folder attach -w WORKSPACE")
    if command.endswith(" batch"):
        return l10n.t(
            "Leave the line out: `{command}` needs no service, with a script that has init() and run(mini_batch).",
            command="scoredock batch run --es SCRIPT -i INPUT -o FOLDER",
        )
    if group in ("account", "computecontext", "env", "hostacct"):
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
    """Text with the script that a line names and its arguments, in place of SCRIPT or NOTEBOOK."""
    folder, script, *arguments = _submitted(words)
    if not script:
        return text
    if folder:
        script = (PurePosixPath(folder) / script).as_posix()
    script = " ".join(map(quoted, [script, *arguments]))
    return re.sub(r"\b(?:SCRIPT|NOTEBOOK)\b", lambda _: script, text)


def _submitted(words: Sequence[str]) -> list[str]:
    """The folder that a line names, the script and its arguments; both empty where it names none."""
    at = _place_of_script(words)
    if at == len(words):
        return ["", ""]
    values = dict(reversed([*pairwise(_of_line(words))]))
    folder = next((values[option] for option in _FOLDERS_OF_SUBMIT if option in values), "")
    begins = words[1] if len(words) > 1 else ""
    behind = words[at + 1 :] if at > _FIRST else _arguments(words[at + 1 :])
    arguments = behind if begins.startswith(("submit", "start")) else ()
    # A line of Workbench is one of Windows where it has its slashes; Python there takes the others as well.
    return [folder.replace("\\", "/"), words[at].replace("\\", "/"), *arguments]


def _place_of_script(words: Sequence[str]) -> int:
    """Place of the script in a line; behind its end without one."""
    places = (at for at, word in enumerate(words) if word.endswith((".py", ".ipynb")) and _is_free(words, at))
    return next(places, len(words))


def _of_line(words: Sequence[str]) -> Sequence[str]:
    """Words without those behind the script, which az hands to it; where the script comes first, they may be meant for
    the line."""
    at = _place_of_script(words)
    return words[:at] if at > _FIRST else words


def _submission(words: Sequence[str]) -> str:
    """The Python that submits the script of a line: with a run of its own, as in Azure, and its configuration."""
    folder, script, *arguments = _submitted(words)
    if not script:
        return ""
    values = dict(reversed([*pairwise(_of_line(words))]))
    experiment = values.get("-e") or values.get("--experiment-name") or "EXPERIMENT"
    name = values.get("-c") or values.get("--run-configuration-name") or ""
    configuration = f"RunConfiguration.load({values.get('--path', '.')!r}, {name!r})" if name else "RunConfiguration()"
    code = (
        "from azureml.core import Experiment, RunConfiguration, ScriptRunConfig, Workspace;"
        f" Experiment(Workspace.from_config(), {experiment!r}).submit(ScriptRunConfig({folder or '.'!r}, {script!r},"
        f" {arguments!r}, {configuration})).wait_for_completion(show_output=True)"
    )
    return l10n.t(
        "Where the script asks its run for more than to log, submit it: `{run}`, with this line in submit.py:"
        " `{code}`.",
        run="scoredock sdk run submit.py",
        code=code,
    )


def _unused_of_submit(words: Sequence[str]) -> str:
    """The options of a line that nothing here is for."""
    unused = [
        head for head in dict.fromkeys(word.partition("=")[0] for word in _of_line(words)) if head in _WITHOUT_USE
    ]
    return l10n.t("Not used here: {options}.", options=", ".join(unused)) if unused else ""


def _arguments(words: Sequence[str]) -> list[str]:
    """Those of the script, without options of the line."""
    return [
        word for at, word in enumerate(words) if word not in _OF_SUBMIT and (at == 0 or words[at - 1] not in _OF_SUBMIT)
    ]


def _is_free(words: Sequence[str], at: int) -> bool:
    """True if a word is not a value of an option but the one that names a configuration."""
    return at > 1 and (not words[at - 1].startswith("-") or words[at - 1] == "--async")


def _of_v2(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere | None:
    group, name = " ".join(named[:1]), " ".join(named[:2])
    verbs = groups().get(group)
    of_v1 = {each.split()[1] for each in v1_commands.COMMANDS if each.split()[0] == group}
    is_group_of_v2 = len(named) == 1 and not of_v1
    if verbs is None or (verbs and not is_group_of_v2 and (name not in {f"{group} {each}" for each in verbs - of_v1})):
        return None
    if is_group_of_v2:
        return ReasonNotHere(
            l10n.t(
                "“az ml {group}” is a group of commands of Azure ML CLI v2, and Scoredock runs those of v1.", group=name
            )
        )
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is a command of Azure ML CLI v2, and Scoredock runs those of v1.", verb=name),
        advice(name, words),
    )


def is_group(words: Sequence[str]) -> bool:
    """True if a line of v1 has no verb."""
    return _of_a_group(_named(words)) is not None


def reason_of_group(words: Sequence[str]) -> ReasonNotHere | None:
    """Reason for a group of v1 of which nothing is done here; None for another group."""
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
    from scoredock.analysis.rule import quoted_names

    message = l10n.t(
        "“az ml {group}” is not a command without a verb; add one such as {verbs}.",
        group=name,
        verbs=quoted_names(list(dict.fromkeys(following))[:_MOST_SHOWN], "or"),
    )
    return ReasonNotHere(message, is_command=False)


def _of_verb_behind(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere | None:
    """A group whose verb stands behind an option, where az does not look for it."""
    group = " ".join(named)
    verbs = groups().get(group, frozenset())
    verb = next((each for each in words if each in verbs or (group and f"{group} {each}" in EARLY)), "")
    if not verb:
        return None
    moved = [*named, verb, *(word for word in words[len(named) :] if word != verb)]
    message = l10n.t(
        "“{verb}” stands behind an option; az wants it first: “az ml {name}”.", verb=verb, name=f"{group} {verb}"
    )
    return ReasonNotHere(message, reason_not_here(moved).fix if not is_done_here(moved) else "", is_command=False)


def _of_nothing(words: Sequence[str], named: Sequence[str]) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is not a command of azure-cli-ml 1.41, nor one of CLI v2 that is known here.",
            verb=" ".join(named[:3] or words[:1]),
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
            run="scoredock sdk notebook NOTEBOOK" if verb.endswith("notebook") else "scoredock sdk run SCRIPT",
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
        l10n.t("“az ml {verb}” is for pipelines in Azure; here a script of the SDK makes and submits them.", verb=verb),
        l10n.t(
            "`{command}` runs the script that makes a pipeline, or that of a step by itself.",
            command="scoredock sdk run SCRIPT",
        ),
    )


def _machines(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for machines in Azure, and none stands behind a compute target here.", verb=verb),
        l10n.t("Leave the line out: scripts and services that name the target run on this machine."),
    )


def _compute(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is for a compute target elsewhere; one here is a cluster that is attached, or a name that"
            " this machine stands for.",
            verb=verb,
        ),
        l10n.t("`{command}` attaches a cluster.", command="scoredock compute attach NAME --context CONTEXT")
        if verb.endswith("credentials")
        else l10n.t("Leave the line out: scripts and services that name the target run on this machine."),
    )


def _storage(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t(
            "“az ml {verb}” is for storage in Azure; the datastores of a workspace here are folders.",
            verb=verb,
        ),
        l10n.t("Copy files there with `{command}`.", command="az ml datastore upload -n workspaceblobstore -p FOLDER"),
    )


def _data(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for data in Azure; datasets here are files of this machine.", verb=verb),
        _DATA[verb.rpartition(" ")[2]](),
    )


def _kept() -> str:
    return l10n.t("Leave the line out: a dataset here stays as it is until it is deleted.")


def _workspaces(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for a workspace in Azure, not for one on this machine.", verb=verb),
        l10n.t("`{command}` hides one of this machine.", command="scoredock workspace forget WORKSPACE")
        if verb == "workspace delete"
        else l10n.t(
            "Leave the line out: a workspace here is a folder of this machine, with nothing of Azure behind it."
        ),
    )


def _versions(verb: str) -> ReasonNotHere:
    return ReasonNotHere(
        l10n.t("“az ml {verb}” is for a version of an endpoint; here each version is a service of its own.", verb=verb),
        _VERSIONS[verb.rpartition(" ")[2]](),
    )


def _use(command: str) -> str:
    return l10n.t("Use `{command}`.", command=command)


_DATA: Mapping[str, Callable[[], str]] = {
    **dict.fromkeys(("archive", "deprecate", "reactivate"), _kept),
    "register": lambda: l10n.t(
        "`{command}` registers a file of sample requests, and a script of the SDK any other data.",
        command="scoredock dataset register FILE",
    ),
    "unregister": lambda: _use("scoredock dataset delete NAME"),
}
"""What to do with a dataset."""
_VERSIONS: Mapping[str, Callable[[], str]] = {
    "create-version": lambda: l10n.t(
        "Deploy it, then use `{first}` for the first version, and `{command}` for a further one.",
        first="scoredock endpoint create NAME --service SERVICE --version VERSION",
        command="scoredock endpoint set-version NAME VERSION --service SERVICE --traffic PERCENT",
    ),
    "delete-version": lambda: _use("scoredock endpoint delete-version NAME VERSION"),
    "update-version": lambda: _use("scoredock endpoint set-version NAME VERSION --traffic PERCENT"),
}
"""What to do with a version of an endpoint."""


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
