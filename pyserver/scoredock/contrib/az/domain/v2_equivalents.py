"""Gives the line here that does nearly the same as a line of Azure ML CLI v2, with what the line itself names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import PurePath

from scoredock import l10n
from scoredock.contrib.az.checks.releases import shell_word
from scoredock.formats.az_lines.table import OTHER_GROUPS
from scoredock.formats.v2.service_name import service_name

_REGISTER = "az ml model register -n NAME -p PATH"
_DESCRIBED = "[--tag TAG ][--property PROPERTY ][-d WORDS ]"
_DESCRIBES = "az ml service update -n SERVICE [--add-tag TAG ][-d WORDS ]"
_BATCH = (
    "scoredock batch run [-n JOB ]-f DEPLOYMENT_FILE -i INPUT -o FOLDER [--mini-batch-size ROWS ]"
    "[--output-file-name GATHERED ]"
)
_DEPLOY = "az ml model deploy -n NAME -m MODEL:VERSION --ic INFERENCE_CONFIG --dc DEPLOYMENT_CONFIG"
_OF_OPTIONS = "scoredock service deploy ENDPOINT [-m MODEL ][-e ENVIRONMENT ]--es SCRIPT [--sd CODE ]"
_CHANGES = "scoredock {} update NAME:VERSION [--tag TAG ][-d WORDS ]"
_STOP = "scoredock endpoint stop NAME"
EQUIVALENTS: Mapping[str, str] = {
    "model create --asset-path": f"az ml model register -n NAME --asset-path ASSET --run-id RUN {_DESCRIBED}",
    "model create --file": f"scoredock model register FILE [-n NAME ]{_DESCRIBED}",
    "model create": f"{_REGISTER} {_DESCRIBED}",
    "model archive": "scoredock model delete NAME:VERSION",
    "model delete": "az ml model delete -i NAME:VERSION",
    "model download": "az ml model download -i NAME:VERSION -t FOLDER",
    "model list": "az ml model list [-n NAME ][--tag TAG ][--query QUERY ]",
    "model package": "az ml model package -m NAME:VERSION --ic INFERENCE_CONFIG",
    "model restore": "scoredock model restore NAME:VERSION",
    "model show": "az ml model show -n NAME [--version VERSION ][--query QUERY ]",
    "model update": (
        "az ml model update -i NAME:VERSION [--add-tag TAG ][--add-property PROPERTY ][--description WORDS ]"
    ),
    "environment create --build-context": "",
    "environment create --conda-file": "scoredock environment register CONDA -n NAME [-d WORDS ]",
    "environment create --image": "scoredock environment register --image IMAGE -n NAME [-d WORDS ]",
    **dict.fromkeys(
        ("environment create --file", "environment create"),
        "scoredock environment register FILE [-n NAME ][-d WORDS ]",
    ),
    "environment archive": "scoredock environment delete NAME[:VERSION ]",
    "environment list --name": "scoredock environment list -n NAME",
    "environment list": "az ml environment list",
    "environment restore": "scoredock environment restore NAME:VERSION",
    **{f"environment update {option}": _CHANGES.format("environment") for option in ("--tag", "--description")},
    **dict.fromkeys(
        ("environment show --query name", "environment show --query version"),
        "az ml environment show -n NAME [-v VERSION ]--query QUERY",
    ),
    "environment show": "az ml environment show -n NAME [-v VERSION ]",
    "online-endpoint create": "scoredock service deploy [NAME ][--file FILE ]--file DEPLOYMENT_FILE [--auth AUTH ]",
    "online-endpoint update --mirror-traffic": "scoredock service traffic NAME --mirror MIRROR",
    "online-endpoint update --deployment-file": (
        "scoredock service deploy [NAME ]--file OTHER [--deployment DEPLOYMENT ]"
    ),
    "online-endpoint update --instance-count": "az ml service update -n NAME-DEPLOYMENT --nr COUNT",
    "online-endpoint update --app-insights": "az ml service update -n NAME-DEPLOYMENT --ai true",
    "online-endpoint update --traffic": "scoredock service traffic NAME SHARES",
    "online-endpoint update --auth-mode": "scoredock service update NAME-DEPLOYMENT [--auth AUTH ]",
    "online-endpoint update --file": "scoredock endpoint apply FILE [--name NAME ]",
    "online-endpoint update": "",
    "online-endpoint list": "scoredock endpoint list",
    "online-endpoint show --query identity": "",
    "online-endpoint show": "scoredock endpoint show NAME",
    "online-endpoint delete --deployment-name": "scoredock endpoint delete-version NAME DEPLOYMENT",
    "online-endpoint delete": "scoredock endpoint delete NAME",
    "online-endpoint invoke --deployment-name": "scoredock service call NAME-DEPLOYMENT -d @REQUEST",
    "online-endpoint invoke": "scoredock service call NAME -d @REQUEST",
    **dict.fromkeys(("online-endpoint get-keys", "online-endpoint list-keys"), "scoredock service keys NAME"),
    "online-endpoint get-logs": "scoredock service logs NAME-DEPLOYMENT [-l LINES ]",
    "online-endpoint get-credentials --query accessToken": "scoredock service token NAME",
    "online-endpoint get-credentials": "scoredock service keys NAME",
    "online-endpoint regenerate-keys": "scoredock service keys NAME --regenerate KEY",
    "online-deployment create": "scoredock service deploy [ENDPOINT ]--file FILE [--deployment NAME ]",
    "online-deployment update --file": (
        "scoredock service deploy [ENDPOINT ]--file FILE [--deployment NAME ]--overwrite"
    ),
    "online-deployment update --instance-count": "az ml service update -n ENDPOINT-NAME --nr COUNT",
    "online-deployment update --traffic": "scoredock service traffic ENDPOINT SHARES",
    "online-deployment list": "scoredock endpoint show ENDPOINT",
    "online-deployment show": "scoredock service show ENDPOINT-NAME",
    "online-deployment delete": "scoredock endpoint delete-version ENDPOINT NAME",
    "online-deployment get-logs": "scoredock service logs ENDPOINT-NAME [-l LINES ]",
    "batch-endpoint invoke": _BATCH,
    "batch-endpoint list-jobs": "scoredock batch list",
    "batch-deployment create": _BATCH.replace("DEPLOYMENT_FILE", "FILE"),
    "batch-deployment update --file": _BATCH.replace("DEPLOYMENT_FILE", "FILE"),
    "batch-deployment list-jobs": "scoredock batch list",
    "compute attach kubernetes": "scoredock compute attach NAME --context CONTEXT [--namespace NAMESPACE ]",
    "compute create computeinstance": "az ml computetarget create computeinstance -n NAME -s SIZE",
    "compute create": (
        "az ml computetarget create amlcompute -n NAME --max-nodes MOST -s SIZE [--min-nodes FEWEST ]"
        "[--idle-seconds-before-scaledown SECONDS ][-p TIER ]"
    ),
    "compute delete": "az ml computetarget delete -n NAME",
    "compute detach": "az ml computetarget detach -n NAME",
    "compute list --query name": "az ml computetarget list --query QUERY",
    "compute list": "az ml computetarget list",
    "compute show --query identity": "",
    "compute show --query name": "az ml computetarget show -n NAME --query QUERY",
    "compute show": "az ml computetarget show -n NAME",
    "data archive": "scoredock dataset delete NAME[:VERSION ]",
    "data restore": "scoredock dataset restore NAME:VERSION",
    **{f"data update {option}": _CHANGES.format("dataset") for option in ("--tag", "--description")},
    "data list": "scoredock dataset list [-n NAME ]",
    "data show": "scoredock dataset show NAME[:VERSION ]",
    "datastore list": "az ml datastore list [--query QUERY ]",
    "endpoint get-logs": "scoredock service logs NAME-DEPLOYMENT [-l LINES ]",
    "job list": "az ml run list [--parent-run-id PARENT ][--last COUNTED ]",
    "job show --query status": "az ml run show -r RUN --query status",
    "job show": "az ml run show -r RUN",
    "job update --tag": "az ml run update -r RUN [--add-tag TAG ]",
    "service create": _DEPLOY,
    "service deploy": _DEPLOY,
    "service status": "az ml service show -n NAME",
    "workspace create": "az ml workspace create -w NAME [-l LOCATION ]",
    "workspace list": "az ml workspace list [--query QUERY ]",
    "workspace show": "az ml workspace show -w NAME",
}
"""Command of v2, or one that v1 never had, with an option, a query or a type that it has → what does nearly the same
here; the longer name counts first, what is in [brackets] counts where the line says it, and empty is for nothing. An
endpoint of v2 that is deployed here is one of ours, whose services are ENDPOINT-DEPLOYMENT."""
_WORDS = {
    "ASSET": ("--asset-path",),
    "AUTH": ("--auth-mode",),
    "CONDA": ("--conda-file", "-c"),
    "COUNTED": ("--max-results", "-r"),
    "COUNT": ("--instance-count",),
    "DEPLOYMENT": ("--deployment-name", "--deployment", "-d"),
    "ENDPOINT": ("--endpoint-name", "--endpoint", "-e"),
    "FEWEST": ("--min-instances", "--min-nodes"),
    "FILE": ("--file", "-f"),
    "FOLDER": ("--download-path", "--output-path"),
    "GATHERED": ("--output-file-name",),
    "IMAGE": ("--image", "-i"),
    "INPUT": ("--input", "--input-path", "--input-local-path", "--input-data"),
    "JOB": ("--job-name",),
    "KEY": ("--key-type", "--key"),
    "LINES": ("--lines", "-l", "--tail"),
    "LOCATION": ("--location", "-l"),
    "MIRROR": ("--mirror-traffic",),
    "MOST": ("--max-instances", "--max-nodes"),
    "NAMESPACE": ("--namespace",),
    "NAME": ("--name", "-n"),
    "OTHER": ("--deployment-file",),
    "PARENT": ("--parent-job-name", "-p"),
    "PATH": ("--path", "-p", "--local-path"),
    "PROPERTY": ("--property", "--add-property"),
    "QUERY": ("--query",),
    "REQUEST": ("--request-file", "-r"),
    "ROWS": ("--mini-batch-size", "-m"),
    "RUN": ("--run-id",),
    "SECONDS": ("--idle-time-before-scale-down",),
    "SHARES": ("--traffic", "-r"),
    "SIZE": ("--size", "--vm-size", "-s"),
    "TAG": ("--tag", "--tags", "--add-tag"),
    "TIER": ("--tier",),
    "VERSION": ("--version", "-v"),
    "WORDS": ("--description",),
}
"""Word of a line here → options of v2 that say it."""
_ASKED = {
    "ENDPOINT": _WORDS["ENDPOINT"],
    "CODE": ("--code-path", "--code"),
    "ENVIRONMENT": ("--environment", "--environment-name"),
    "MODEL": ("--model", "--model-name", "-m"),
    "SCRIPT": ("--scoring-script", "--entry-script"),
}
"""Options that a deployment has in its file in v2, for lines that give them without one."""
_WORD = re.compile(r"\b[A-Z]{2,}\b")
_SERVICE = re.compile(r"\b(NAME|ENDPOINT)-(NAME|DEPLOYMENT)\b")
_NAME = re.compile(r"[A-Za-z][\w-]*")
_OPTION = re.compile(r"--?[A-Za-z]")
_HERE: Mapping[str, Mapping[str, str]] = {
    "AUTH": {"key": "keys", "aml_token": "tokens", "aad_token": "tokens"},
    "TIER": {"dedicated": "dedicated", "low_priority": "lowpriority"},
}
"""Word of a line here → each value of v2, and how it is called in that line."""
_IN_FILE = {"conda_file": "CONDA", "image": "IMAGE"}
"""Key of the file of an environment → word of what a line says in its place."""
_SHARES = ("--traffic", "--mirror-traffic")
"""Options of VERSION=PERCENT, of which there may be several, apart by blanks or commas."""
_REPEATED = {"PROPERTY", "TAG"}
"""Words of which a line may say several."""
_WHERE_SAID = re.compile(r"\[([^\]]*\b([A-Z]+) )\]")
"""A part of a line here that stands for an option, and the word in it."""
_ELSEWHERE = ("-", "azureml:", "http://", "https://", "runs:/")
"""Beginnings of what is not a value for a line here: another option, what lies in Azure, and a run of MLflow."""
_CONTEXT = ("--build-context", "-b")
_OUTPUT = ("--output", "-o")
_OF_FIRST = re.compile(r"\[0\]\.(name|version)")
"""A query of the newest one."""
_TYPE = ("--type", "-t")
_OF_AZ = frozenset(
    (
        *("-g", "--resource-group", "-w", "--workspace-name", "--subscription", "--subscription-id"),
        *("-o", "--output", "--debug", "--verbose", "--only-show-errors", "-h", "--help", "-y", "--yes"),
        *("--local", "--set", "--no-color"),
    )
)
"""Options that say where and how it is printed: nothing is lost without them, or `in_place` says it; and `--set`, whose
keys are named by themselves."""
_CHANGES_OF_FILE = frozenset(("--set", "--add", "--remove", "--force-string"))
"""Options that change what a file says."""
_AZURE_ALONE = ("egress_public_network_access", "private_network_connection", "public_network_access")
"""Keys of files that have no meaning here."""
_OF_BATCH = frozenset(
    (
        *("-n", "--name", "-e", "--endpoint", "--endpoint-name", "-d", "--deployment", "--deployment-name"),
        *("--input-type", "--set-default"),
    )
)
_OTHERWISE_SAID: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("batch-deployment create", "batch-deployment update", "batch-endpoint invoke"), _OF_BATCH),
    "compute attach": frozenset(_TYPE),
    "compute create": frozenset(("--file", "-f", *_TYPE)),
    "environment create": frozenset(("--version", "-v")),
    **dict.fromkeys(("job show", "job update"), frozenset(("--name", "-n"))),
    "model create": frozenset(("--path", "-p", "--version", "-v")),
    **dict.fromkeys(("online-deployment create", "online-deployment update"), frozenset(("--all-traffic",))),
    "online-deployment get-logs": frozenset(("--container", "-c")),
    "endpoint get-logs": frozenset(("--container", "-c")),
    "online-endpoint update": frozenset(("--traffic", "-r")),
}
"""Options of which nothing is lost, as a sentence of their own is about them, or the command needs none."""
_PLACE = {
    "-g": ("-g", "--resource-group"),
    "-w": ("-w", "--workspace-name"),
    "--subscription": ("--subscription", "--subscription-id"),
}
_REGISTERS = re.compile(r"\w+(?: ml)? (?:model|environment) register ")
_OF_WORKSPACE = re.compile(r"`scoredock(?! (?:check|sdk|compute|workspace)\b)|\bscoredock(?= sdk run\b)")
"""How a command begins that works in a workspace."""
_OF_RUN = re.compile(
    r"azureml://jobs/(?P<job>[^/]+)/outputs/(?P<output>[^/]+)(?:/paths)?(?P<inner>/.*)?"
    r"|runs:/(?P<run>[^/]+)(?P<logged>/.*)?"
)
"""Where a run has left a model: under a named output, among its artifacts, and as MLflow writes it."""
_OUTPUTS = "outputs"
"""The folder whose files Azure keeps as artifacts of a run."""
_ONE_DOCUMENT = (
    "scoredock endpoint show",
    "scoredock endpoint list",
    "scoredock service show",
    "scoredock service keys",
    "scoredock dataset list",
    "scoredock environment list",
    "scoredock dataset show",
    "scoredock batch list",
)
"""Lines whose values a program reads with --json."""
_KEYS_HERE = {"provisioning_state": "state", "scoring_uri": "scoringUri"}
"""Names that a query of v2 asks for → keys of these documents."""
_TABLES = (".csv", ".tsv", ".jsonl")
_FLOW = re.compile(r"(?:^|[/\\])flow\.(?:dag|flex)\.ya?ml$")
"""The file of a prompt flow."""
_PREVIEW = {
    "get-logs": "endpoint get-logs",
    "list-keys": "online-endpoint get-credentials",
    "log": "endpoint get-logs",
    "log-deployment": "endpoint get-logs",
}
"""Verbs of `endpoint` in the previews of 2021 that are other commands since."""


def advice(name: str, words: Sequence[str]) -> str:
    """Advice in place of a command of v2; empty if that is not certain. `words` are the whole line."""
    group, verb = name.split()[0], name.split()[-1]
    if group == "endpoint":
        group = "batch-endpoint" if _value(words, _TYPE).lower() == "batch" else "online-endpoint"
        name = _PREVIEW.get(verb, f"{group} {verb}")
    return _of_options(name, words) or use(name, words) or in_words(group, verb, words)


def of_scoredock(words: Sequence[str], named: Sequence[str]) -> str:
    """Advice for a line that only `scoredock` has, with `az ml` before it: deployments are files there."""
    if list(named[:2]) != ["service", "deploy"] or not _value(words, _WORDS["FILE"]).endswith((".yml", ".yaml")):
        return ""
    own = ("--name", named[2]) if len(named) > 2 else ()
    return l10n.t("Use `{command}`.", command=filled("scoredock service deploy NAME --file FILE", (*words, *own)))


def use(name: str, words: Sequence[str]) -> str:
    """The line here that does nearly the same as a command of v2, with where it does less; empty without one."""
    as_written = words
    if name == "environment list" and (query := _OF_FIRST.fullmatch(_value(words, _WORDS["QUERY"]))):
        name, words = "environment show", [query[1] if word == query[0] else word for word in words]
    words = [*words, *_of_set(words), *_of_run(name, words)]
    if name == "online-endpoint regenerate-keys" and not _value(words, _WORDS["KEY"]):
        words += ["--key-type", "primary"]
    if name == "model download":
        words = ["--download-path" if word == "-p" else word for word in words]
    if name.startswith(("online-", "endpoint ")):
        words = _with_names_here(words)
    form = next((each for each in _names(name, words) if each in EQUIVALENTS), "")
    line = _line(form, words)
    if not line:
        return ""
    if _is_of_every_version(name, words):
        line = line.replace("[:VERSION ]", ":VERSION")
    has_query = any(word.startswith("--query") for word in words)
    if line.startswith(_ONE_DOCUMENT) and (has_query or _value(words, _OUTPUT).startswith("json")):
        line += " --json"
    command = filled(line, words).replace("  --json", " --json")
    sentences = [
        l10n.t("Use `{command}`.", command=command),
        *_lost(name, words, command),
        _besides(name, words, command),
        *(_keys_here(words) if has_query and " --json" in line else ()),
    ]
    text = " ".join(filter(None, sentences))
    aside = _OTHERWISE_SAID.get(name, frozenset()) | set(form.split())
    aside |= {"--auth-mode"} if " --auth " in command else set()
    aside |= set(_TYPE) if name.startswith(("online-", "batch-", "endpoint ")) else set()
    if form == "environment create --file":
        aside |= {option for word in _IN_FILE.values() for option in _WORDS[word]}
    return with_left_out(text, line, as_written, aside=aside)


def _line(form: str, words: Sequence[str]) -> str:
    has_none = form == "online-endpoint update --traffic" and _value(words, _WORDS["SHARES"]).strip("\"'") == "{}"
    return _STOP if has_none else EQUIVALENTS.get(form, "")


def _of_options(name: str, words: Sequence[str]) -> str:
    """A deployment whose model, environment and code are given by options; empty for another line."""
    if name != "online-deployment create" or not _value(words, _ASKED["SCRIPT"]) or file_of(words):
        return ""
    said = [re.sub(r"^azureml:|@latest$", "", word) for word in _with_names_here(words)]
    sentences = (
        l10n.t("Use `{command}`.", command=filled(_OF_OPTIONS, said, _ASKED)),
        l10n.t("CLI v2 takes no such line without `-f`, which names the file of the deployment."),
    )
    aside = frozenset(("--name", "-n"))
    return with_left_out(" ".join(sentences), _OF_OPTIONS, words, _ASKED, aside=aside)


def _is_of_every_version(name: str, words: Sequence[str]) -> bool:
    """True if a line archives or restores all versions of something."""
    label = _value(words, ("--label", "-l"))
    return name.endswith((" archive", " restore")) and not _value(words, _WORDS["VERSION"]) and not label


def _keys_here(words: Sequence[str]) -> Iterator[str]:
    """Yields sentences on names in a query that differ in a document here."""
    query = _value(words, _WORDS["QUERY"])
    for theirs, ours in _KEYS_HERE.items():
        if theirs not in query:
            continue
        if ours == "state":
            yield l10n.t("“{theirs}” is “{ours}” there, with values such as “Healthy”.", theirs=theirs, ours=ours)
        else:
            yield l10n.t("“{theirs}” is “{ours}” there.", theirs=theirs, ours=ours)
    yield l10n.t("It prints the whole document, of which `{option}` takes a part.", option="--query")


def with_left_out(
    text: str,
    line: str,
    words: Sequence[str],
    spellings: Mapping[str, Sequence[str]] = _WORDS,
    aside: frozenset[str] = frozenset(),
) -> str:
    """An advice with the options that the line gives and `line`, which stands in its place, has nothing for."""
    kept = (
        word for word in _WORD.findall(line) if word not in _HERE or _value(words, _WORDS[word]).lower() in _HERE[word]
    )
    options_aside = {each for word in kept for each in spellings.get(word, ())} | _OF_AZ | aside
    if " --json" in line:
        options_aside |= {"--query"}
    left_out = [
        head
        for at, head, tail in ((at, *word.partition("=")[::2]) for at, word in enumerate(words))
        if _OPTION.match(head)
        and head not in options_aside
        and not _is_in(text, [tail] if tail else _following(words, at))
    ]
    left_out += [
        f"--set {key}"
        for key, value in set_values(words)
        if f"--{key.replace('_', '-')}" not in options_aside and not _is_in(text, (key, value))
    ]
    if not left_out:
        return text
    return f"{text} {l10n.t('Not used here: {options}.', options=', '.join(dict.fromkeys(left_out)))}"


def _is_in(text: str, values: Sequence[str]) -> bool:
    """True if a text has one of the values; the latest is what a command without a version means."""
    return any(re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text) for value in values if value) or list(
        values
    ) == ["latest"]


def in_place(text: str, words: Sequence[str], workspace: str) -> str:
    """The commands of an advice in the workspace that the line names, the first one with its `-o`, which also lines of
    v1 have; `workspace` is that one where this machine has it beside the folder's own."""
    said = {option: _value(words, spellings) for option, spellings in _PLACE.items()}
    form = _value(words, ("-o", "--output"))
    first = text.find("`az ml ")

    def with_options(match: re.Match[str]) -> str:
        pairs = (*said.items(), *((("-o", form),) if match.start() == first else ()))
        more = [f"{option} {quoted(value)}" for option, value in pairs if value and f" {option} " not in match[1]]
        return f"`{' '.join([match[1], *more])}`"

    text = re.sub(r"`(az ml [^`]*)`", with_options, text)
    return _OF_WORKSPACE.sub(lambda match: f"{match[0]} -w {quoted(workspace)}", text) if workspace else text


def of_endpoint_of(words: Sequence[str], command: str) -> str:
    """Advice for a verb that only the endpoints of v2 have, as `online-deployment invoke`, by the options that it has
    there.
    """
    names = {
        **dict.fromkeys(("-n", "--name"), "--deployment-name"),
        **dict.fromkeys(_WORDS["ENDPOINT"], "--name"),
    }
    heads = [word.partition("=") for word in words[2:]]
    return use(command, [*command.split(), *(f"{names.get(head, head)}{equals}{tail}" for head, equals, tail in heads)])


def workspace_of(words: Sequence[str]) -> tuple[str, str]:
    """The workspace that a line names, and its resource group; empty without."""
    return _value(words, _PLACE["-w"]), _value(words, _PLACE["-g"])


def _lost(name: str, words: Sequence[str], command: str) -> Iterator[str]:
    """Yields what the line says and the command does not."""
    from scoredock.analysis.rule import quoted_names

    aside = (
        ("endpoint_name", "name") if name.startswith("batch-") else ("version",) if _REGISTERS.match(command) else ()
    )
    aside = (*aside, *_AZURE_ALONE, *(("auth_mode",) if " --auth " in command else ()))
    unsaid = [key for key, value in set_values(words) if value.lower() not in command.lower() and key not in aside]
    path = _following_text(words, _WORDS["PATH"]) if name.endswith(" create") else ""
    unsaid += ["path"] if path and path not in command else []
    unsaid += _in_file(name, words)
    if unsaid and file_of(words) and quoted(file_of(words)) in command:
        keys = quoted_names(list(dict.fromkeys(unsaid)))
        yield l10n.t("Write into the file before what the line says of {keys}.", keys=keys)
    if name.endswith(" create") and _REGISTERS.match(command) and _value(words, _WORDS["VERSION"]):
        yield l10n.t("What is registered here gets the next version.")
    if name.endswith("get-logs") and _value(words, ("--container", "-c")) not in ("", "inference-server"):
        yield l10n.t("Services here have no init container; this is the log of the service.")


def _in_file(name: str, words: Sequence[str]) -> list[str]:
    """Keys of the file of an environment that the line has options for."""
    return [key for key, word in _IN_FILE.items() if name == "environment create" and _value(words, _WORDS[word])]


def set_values(words: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of key and value in `--set`."""
    pairs = [each for at, option in enumerate(words) if option == "--set" for each in _following(words, at)]
    pairs += [word.partition("=")[2] for word in words if word.startswith("--set=")]
    return [(key, value) for key, equals, value in (each.partition("=") for each in pairs) if equals]


def _with_names_here(words: Sequence[str]) -> list[str]:
    """Endpoints and their versions have small letters here."""
    naming = {option for word in ("NAME", "ENDPOINT", "DEPLOYMENT") for option in _WORDS[word]}
    return [
        word.lower() if _NAME.fullmatch(word) and before in naming else word for before, word in pairwise(["", *words])
    ]


def _of_set(words: Sequence[str]) -> list[str]:
    """Options that say what `--set key=value` says; `traffic.blue=10` is a share, `tags.a=b` a tag."""
    options: list[str] = []
    for key, value in set_values(words):
        first, _, inner = key.partition(".")
        if first in ("traffic", "mirror_traffic") and inner:
            options += [f"--{first.replace('_', '-')}", f"{inner}={value}"]
        elif first == "tags" and inner:
            options += ["--tag", f"{inner}={value}"]
        elif not inner and re.fullmatch(r"[a-z_]+", key):
            options += [f"--{key.replace('_', '-')}", value]
    return options


def _of_run(name: str, words: Sequence[str]) -> list[str]:
    """Options of v1 for a model path that names what a run has logged or left."""
    match = _OF_RUN.fullmatch(_following_text(words, _WORDS["PATH"])) if name == "model create" else None
    if match is None:
        return []
    run, output, inner = (
        match["run"] or match["job"],
        match["output"],
        (match["inner"] or match["logged"] or "").strip("/"),
    )
    if output not in (None, "artifacts"):  # a folder that the command of the job gets, under this name in our line
        return ["--path", "/".join(filter(None, [output.upper(), inner]))]
    if output and inner.split("/")[0] == _OUTPUTS:
        return ["--path", inner]
    return ["--run-id", run, "--asset-path", inner or "PATH"]


def _following_text(words: Sequence[str], spellings: Sequence[str]) -> str:
    return next((each for option, each in pairwise(words) if option in spellings), "")


def _names(name: str, words: Sequence[str]) -> list[str]:
    """The command with each option, query and type that it has, then without."""
    heads = {word.partition("=")[0] for word in words}
    forms: list[str] = [each for each in ("--mirror-traffic", "--app-insights", "--build-context") if each in heads]
    forms += ["--build-context"] * ("-b" in heads)
    forms += [spellings[0] for spellings in _WORDS.values() if heads & set(spellings)]
    if name == "online-deployment update" or (name == "environment create" and "--build-context" not in forms):
        forms.sort(key="--file".__ne__)  # what else the line says is in the place of a key there
    query = _value(words, ("--query",))
    asked = re.match(r"\w+", query)
    only = set(re.findall(r"[A-Za-z_]\w*", re.sub("'[^']*'|`[^`]*`", "", query))) - {"length", "sort", "contains"}
    forms += [f"--query {asked[0]}"] if asked else [f"--query {each}" for each in only if len(only) == 1]
    kind = _value(words, _TYPE).lower()
    return [f"{name} {kind}", *(f"{name} {each}" for each in forms), name]


def filled(line: str, words: Sequence[str], spellings: Mapping[str, Sequence[str]] = _WORDS) -> str:
    """A line here with what another one says."""
    values = {word: quoted(_value(words, options)) for word, options in spellings.items()}
    values.update({word: here.get(values.get(word, "").lower(), "") for word, here in _HERE.items()})
    values.update({word: _shares(words, options) for word, options in spellings.items() if set(options) & set(_SHARES)})
    line = _WHERE_SAID.sub(lambda match: _said(match, words, spellings) if values.get(match[2]) else "", line).strip()
    line = _SERVICE.sub(lambda match: _service(match, values), line)
    return _WORD.sub(lambda match: values.get(match.group()) or match.group(), line)


def _said(match: re.Match[str], words: Sequence[str], spellings: Mapping[str, Sequence[str]]) -> str:
    """A part of a line that stands for an option, as often as the option has values."""
    if match[2] not in _REPEATED and "--register-model" not in match[1]:
        return match[1]
    each = [value for at, word in enumerate(words) if word in spellings[match[2]] for value in _following(words, at)]
    each += [word.partition("=")[2] for word in words if "=" in word and word.partition("=")[0] in spellings[match[2]]]
    if match[2] in _REPEATED:  # v2 takes tags without a value
        each = [value if "=" in value or "$" in value else f"{value}=" for value in each]
    else:
        each = _named_apart(each)
    return "".join(match[1].replace(match[2], quoted(value)) for value in each)


def _named_apart(files: Sequence[str]) -> list[str]:
    """Model files as `NAME=PATH` where two would be registered under one name, which their stem gives."""
    stems = Counter(PurePath(file).stem.lower() for file in files)
    names = Counter[str]()
    apart = []
    for file in files:
        path = PurePath(file)
        name = re.sub(r"[^\w.-]+", "-", path.name)
        names[name.lower()] += 1
        again = names[name.lower()]
        apart.append(file if stems[path.stem.lower()] < 2 else f"{name if again < 2 else f'{name}-{again}'}={file}")
    return apart


def _service(match: re.Match[str], values: Mapping[str, str]) -> str:
    """The service of a deployment, where the line says which."""
    endpoint, deployment = values.get(match[1]), values.get(match[2])
    is_said = re.compile(r"[\w-]+").fullmatch
    if endpoint and deployment and is_said(endpoint) and is_said(deployment):
        return service_name(endpoint, deployment)
    return match.group()


def _shares(words: Sequence[str], spellings: Sequence[str]) -> str:
    """`blue=90 green=10`, as v2 has them in one word or in several, and `blue:90` of its previews."""
    given = [each for at, word in enumerate(words) if word in spellings for each in _following(words, at)]
    given += [word.partition("=")[2] for word in words if word.partition("=")[0] in spellings and "=" in word]
    text = " ".join(given)
    if "$" not in text:  # JSON, and quotes of another shell
        text = re.sub(r"[\"'{}]", "", text)
    text = re.sub(r"\s*[:=]\s*", "=", text)
    shares = [each for each in re.split(r"[\s,]+", text) if each]
    return " ".join(quoted(each) for each in shares)


def _following_all(words: Sequence[str], spellings: Sequence[str]) -> list[str]:
    """Every value of an option, also of those in the word of the option itself."""
    given = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    return [value for option, value in given if option in spellings and value]


def _following(words: Sequence[str], at: int) -> list[str]:
    """The values of the option that stands there."""
    return list(takewhile(lambda word: not word.startswith("-"), words[at + 1 :]))


def quoted(value: str) -> str:
    """A value as a shell reads it; what something is still to be filled in for stays as it stands."""
    return shell_word(value) if value else ""


def file_of(words: Sequence[str]) -> str:
    """The file that a line names; empty without one."""
    return _value(words, _WORDS["FILE"])


def _value(words: Sequence[str], spellings: Sequence[str]) -> str:
    """The value of an option of a line; empty without one."""
    given = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    values = (value for option, value in given if option in spellings)
    return next((each for each in values if each and not each.startswith(_ELSEWHERE)), "")


def _besides(name: str, words: Sequence[str], command: str) -> str:
    """Note on what the line here does less than that of v2; empty if nothing."""
    if command.startswith("scoredock endpoint delete-version "):
        return _of_deletion(words)
    if name == "online-endpoint delete":
        return l10n.t(
            "The services of its deployments stay: `{list}` lists them, and `{delete}` deletes each.",
            list="scoredock service list",
            delete="scoredock service delete SERVICE",
        )
    if name == "online-endpoint update":
        return " ".join(_of_update(words, command))
    if name.startswith("batch-") and " run " in command:
        return " ".join(filter(None, [_of_batch_run(words, command), _of_creation(name, words)]))
    if _is_of_every_version(name, words):
        kind = "dataset" if name.startswith("data ") else name.partition(" ")[0]
        return l10n.t(
            "Each version has a line of its own here; `{list}` lists them.",
            list=filled(f"scoredock {kind} list -n NAME", words) + (" --deleted" if name.endswith("restore") else ""),
        )
    if name.startswith("model ") and ":VERSION" in command and _value(words, ("--label", "-l")) == "latest":
        return l10n.t(
            "`{show}` prints the latest version.", show=filled("az ml model show -n NAME --query version", words)
        )
    if name in ("job show", "job update") or (name == "model create" and "--run-id" in words):
        return l10n.t(
            "Runs here have ids of their own, which `{list}` lists in the folder where the script ran; a script without"
            " a run of the SDK has none.",
            list="az ml run list",
        )
    path = _following_text(words, _WORDS["PATH"])
    if name == "model create" and path.startswith(_ELSEWHERE[1:]) and f" -p {_OUTPUTS}" in command:
        return l10n.t(
            "“outputs” is in the folder where the script ran; of a run that was submitted `{line}` registers it.",
            line=f"{command.partition(' -p ')[0]} --asset-path {_value(words, _WORDS['PATH'])} --run-id RUN",
        )
    if name == "model create" and " -p PATH" in command and path.startswith(_ELSEWHERE[1:]):
        return _lies(path, "PATH")
    return _of_creation(name, words)


def _of_batch_run(words: Sequence[str], command: str) -> str:
    """Note on the input and the folder that a job here takes in place of what lies in Azure."""
    place = next((each for each in _following_all(words, _WORDS["INPUT"]) if each.startswith(_ELSEWHERE[1:])), "")
    files = _lies(place, "INPUT") if place and " -i INPUT" in command else ""
    there = next((each for each in _following_all(words, _WORDS["FOLDER"]) if each.startswith(_ELSEWHERE[1:])), "")
    written = (
        l10n.t("{word} is a folder of this machine, in place of {place}.", word="FOLDER", place=there)
        if there and " -o FOLDER" in command
        else ""
    )
    return " ".join(filter(None, [l10n.t("It needs no endpoint."), files, written]))


def _lies(place: str, word: str) -> str:
    """Sentence on what a word in capitals stands for."""
    return l10n.t(
        "{word} is where the files of {place} lie on this machine once you have fetched them.", word=word, place=place
    )


def _of_creation(name: str, words: Sequence[str]) -> str:
    """How the lines that create an endpoint and a deployment are one here."""
    if name == "online-endpoint create":
        return l10n.t(
            "That deploys DEPLOYMENT_FILE, too: leave out the line that creates its deployment, and where that has"
            " `--name X`, add `--deployment X`."
        )
    if name in ("batch-deployment create", "online-deployment create") and not file_of(words):
        return l10n.t("CLI v2 takes no such line without `-f`, which names the file of the deployment.")
    all_traffic = _all_traffic(name, words) if _is_on(words, "--all-traffic") else ""
    if name != "online-deployment create":
        return all_traffic
    aside = l10n.t("Leave it out where the line for the endpoint has deployed the file.")
    return f"{aside} {all_traffic}".rstrip()


def _all_traffic(name: str, words: Sequence[str]) -> str:
    command = filled("scoredock service traffic ENDPOINT NAME=100", words)
    if name == "online-deployment create":
        return l10n.t("Where the endpoint is there already, `{command}` then gives it all requests.", command=command)
    return l10n.t(
        "CLI v2 takes `{option}` with `create` alone; `{command}` gives the deployment all requests here.",
        option="--all-traffic",
        command=command,
    )


def _of_deletion(words: Sequence[str]) -> str:
    """Note on what the line here leaves of a version of an endpoint. The previews named the version by
    `--deployment`.
    """
    endpoint = "ENDPOINT" if _value(words, _WORDS["ENDPOINT"]) else "NAME"
    version = "NAME" if endpoint == "ENDPOINT" else "DEPLOYMENT"
    return l10n.t(
        "Its service stays, until `{delete}` deletes it. The only version of an endpoint goes with the endpoint:"
        " `{endpoint}`.",
        delete=filled(f"scoredock service delete {endpoint}-{version}", words),
        endpoint=filled(f"scoredock endpoint delete {endpoint}", words),
    )


def _of_update(words: Sequence[str], command: str) -> Iterator[str]:
    """Yields other changes of an endpoint that the line makes, which are several commands here."""
    shares = _shares(words, _WORDS["SHARES"])
    if shares and shares not in command:
        traffic = filled(EQUIVALENTS["online-endpoint update --traffic"], words)
        yield l10n.t("`{traffic}` then divides the requests.", traffic=traffic)
    stop = filled(_STOP, words)
    if command == stop:
        yield l10n.t(
            "Nothing responds there until `{start}`; its services run on, until `{stop}` stops each.",
            start=stop.replace(" stop ", " start "),
            stop="scoredock service stop SERVICE",
        )
    if shares and all(each.endswith("=0") for each in shares.split()):
        yield l10n.t(
            "Here the default version gets what is left of 100, all of it where it is the only one; `{endpoint}` ends"
            " the responses, and `{service}` stops a service.",
            endpoint=stop,
            service="scoredock service stop SERVICE",
        )
    if " --auth " in command:
        yield l10n.t("Change each service of the endpoint alike.")
    if " --ai " in command:
        yield l10n.t(
            "CLI v2 has no “--app-insights”: “app_insights_enabled” in the file of a deployment turns it on there."
        )
    described = filled(_DESCRIBES, words)
    if described != "az ml service update -n SERVICE":
        yield l10n.t("Tags and descriptions are of each service here: `{update}`.", update=described)


def _is_on(words: Sequence[str], option: str) -> bool:
    """True if an option without a value is given; it may have one, such as false."""
    values = {
        word.partition("=")[2] or following
        for word, following in pairwise([*words, ""])
        if word.partition("=")[0] == option
    }
    return bool(values) and "false" not in {value.lower() for value in values}


def of_job(text: str, words: Sequence[str]) -> str:
    """Advice `text` for a line that submits a job, with the options that have no counterpart here."""
    return with_left_out(text, "", words, aside=frozenset((*_WORDS["FILE"], "-s", "--stream")))


def _job_in_words(verb: str, words: Sequence[str]) -> str:
    if verb == "validate":
        return of_job(l10n.t("`{command}` checks the file.", command=filled("scoredock check FILE", words)), words)
    if verb == "create":
        advice_of_file = l10n.t(
            "Run each script that {file} names with `{run}`, and register the model that it writes with `{register}`.",
            file=file_of(words) or l10n.t("the file"),
            run="scoredock sdk run SCRIPT",
            register=_REGISTER,
        )
        return of_job(advice_of_file, words)
    lists, artifacts = "scoredock run list", "scoredock run artifacts STORE RUN"
    if verb == "download":
        return l10n.t(
            "Leave the line out: what a script writes is on this machine, where its arguments say or in “outputs”."
            " `{list}` lists the runs, and `{artifacts}` what one has logged.",
            list=lists,
            artifacts=artifacts,
        )
    return l10n.t(
        "Leave the line out: a script runs until it is done here, and prints its log. `{list}` lists the runs, and"
        " `{artifacts}` the files of one.",
        list=lists,
        artifacts=artifacts,
    )


def in_words(group: str, verb: str, words: Sequence[str]) -> str:
    """Advice in words, for lines of v2 that no line here nearly matches."""
    if group == "job":
        return _job_in_words(verb, words)
    if group == "component":
        return _component_in_words(words)
    if (group, verb) == ("batch-deployment", "update") and (keys := _changed_keys(words)):
        return _with_changed_file(keys, filled(_BATCH, [*words, *_of_set(words)]))
    if group.startswith("batch-"):
        return l10n.t("Leave the line out: `{command}` needs no endpoint.", command=filled(_BATCH, words))
    if group in ("data", "dataset"):
        return _data_in_words(verb, words)
    if group == "datastore":
        return l10n.t(
            "The datastores of a workspace here are folders; copy files there with `{command}`.",
            command="az ml datastore upload -n workspaceblobstore -p FOLDER",
        )
    if group == "schedule":
        return _schedule_in_words(verb)
    return _of_verb(group, verb, words) or _of_group(group)


def _schedule_in_words(verb: str) -> str:
    if verb != "create":
        return l10n.t(
            "Leave the line out: there are no schedules of Azure here. What cron or the task scheduler of Windows"
            " starts is listed and changed there."
        )
    return l10n.t(
        "Leave the line out, and have cron or the task scheduler of Windows start the script; `{command}` compares data"
        " as a monitor does.",
        command="scoredock drift schedule NAME -t SOURCE --every PERIOD",
    )


def _of_group(group: str) -> str:
    """Advice for every line of a group that has nothing to do here."""
    match group:
        case "registry" | "model" | "environment":
            return l10n.t("Leave the line out: models and environments are registered in a workspace of this machine.")
        case "connection":
            return l10n.t(
                "Leave the line out: a script gets a secret as a variable of its environment here, a service by"
                " `{option}`.",
                option="scoredock service deploy --env KEY=VALUE",
            )
        case "feature-set" | "feature-store" | "feature-store-entity":
            return l10n.t("Leave the line out: a script here reads its features from files.")
        case "code":
            return l10n.t("Leave the line out: a deployment takes the code from its own folder.")
        case "workspace":
            return l10n.t(
                "Leave the line out: a workspace here is a folder of this machine, with nothing of Azure behind it."
            )
        case "compute":
            return l10n.t("Leave the line out: scripts and services that name the target run on this machine.")
        case _ if group in OTHER_GROUPS:
            return l10n.t("Leave the line out: nothing here does what it does in Azure.")
        case _:
            return ""


def _of_verb(group: str, verb: str, words: Sequence[str]) -> str:
    """Advice in place of one line; empty for the others of its group."""
    if (group, verb) == ("environment", "create"):
        return _of_build(words)
    if (group, verb) == ("online-endpoint", "show"):
        return l10n.t("Leave the line out, and what gives roles to its result: an endpoint here has no identity.")
    if (group, verb) == ("online-endpoint", "update"):
        return with_left_out(_of_endpoint(words), "", words, aside=frozenset(("-n", "--name")))
    if (group, verb) == ("online-deployment", "update"):
        command = filled(EQUIVALENTS["online-deployment update --file"], words)
        traffic = _all_traffic("online-deployment update", words) if _is_on(words, "--all-traffic") else ""
        keys = _changed_keys(words)
        change = (
            _with_changed_file(keys, command)
            if keys
            else l10n.t("Change the file of the deployment, then use `{command}`.", command=command)
        )
        aside = _CHANGES_OF_FILE | {"--all-traffic"}
        return with_left_out(f"{change} {traffic}".rstrip(), "", words, aside=aside)
    return ""


def _of_build(words: Sequence[str]) -> str:
    """An environment that a Dockerfile makes."""
    text = l10n.t(
        "Build it with `{build}`, and register it with `{register}`.",
        build=filled(
            "docker build -t NAME [-f DOCKERFILE ]CONTEXT",
            [*words, *_dockerfile(words)],
            {"NAME": _WORDS["NAME"], "CONTEXT": _CONTEXT, "DOCKERFILE": ("--dockerfile",)},
        ),
        register=filled("scoredock environment register --image NAME -n NAME [--tag TAG ][-d WORDS ]", words),
    )
    version = l10n.t("What is registered here gets the next version.") if _value(words, _WORDS["VERSION"]) else ""
    aside = frozenset((*_CONTEXT, "--dockerfile-path", "-d", *_WORDS["VERSION"], *_WORDS["TAG"]))
    return with_left_out(f"{text} {version}".rstrip(), "", words, aside=aside)


def _of_endpoint(words: Sequence[str]) -> str:
    """Advice on changing an endpoint, for which no line here is the same."""
    traffic = filled("scoredock service traffic NAME VERSION=PERCENT", words, {"NAME": _WORDS["NAME"]})
    described = filled(_DESCRIBES, [*words, *_of_set(words)])
    if described != "az ml service update -n SERVICE":
        return l10n.t("Tags and descriptions are of each service here: `{update}`.", update=described)
    keys = [key for key, _ in set_values(words)]
    if keys:
        return l10n.t(
            "An endpoint here has no {keys}, which --set changes; `{traffic}` changes who gets which requests.",
            keys=", ".join(f"“{key}”" for key in keys),
            traffic=traffic,
        )
    return l10n.t(
        "`{traffic}` changes who gets which requests; keys, tags and the like are of each service: `{update}`.",
        traffic=traffic,
        update="az ml service update -n SERVICE",
    )


def _changed_keys(words: Sequence[str]) -> list[str]:
    """Keys of a file that a line changes."""
    others = [value for option in ("--add", "--remove") for value in _following_all(words, (option,))]
    return list(dict.fromkeys([*(key for key, _ in set_values(words)), *(each.partition("=")[0] for each in others)]))


def _with_changed_file(keys: Sequence[str], command: str) -> str:
    from scoredock.analysis.rule import quoted_names

    return l10n.t(
        "Write into the file of the deployment what the line says of {keys}, then use `{command}`.",
        keys=quoted_names(list(keys)),
        command=command,
    )


def _dockerfile(words: Sequence[str]) -> list[str]:
    """The option of `docker build` for a Dockerfile that has another name, which v2 looks for in the context."""
    context, path = _value(words, _CONTEXT), _value(words, ("--dockerfile-path", "-d"))
    return ["--dockerfile", (PurePath(context) / path).as_posix()] if path not in ("", "Dockerfile") else []


def _component_in_words(words: Sequence[str]) -> str:
    if _FLOW.search(file_of(words)):
        return l10n.t(
            "Scoredock runs no prompt flows; the package promptflow does, with `{command}`.",
            command=f"pf flow test --flow {quoted(PurePath(file_of(words)).parent.as_posix())}",
        )
    return l10n.t(
        "Leave the line out: a job is no more than its scripts here; run each with `{run}`.",
        run="scoredock sdk run SCRIPT",
    )


def _data_in_words(verb: str, words: Sequence[str]) -> str:
    path = _value(words, _WORDS["PATH"])
    if verb == "create" and path.lower().endswith(_TABLES) and "://" not in path:
        line = "scoredock dataset register PATH -n NAME [--tag TAG ][-d WORDS ]"
        text = l10n.t(
            "`{command}` registers it; scripts may as well read the file by its path.", command=filled(line, words)
        )
        if _value(words, _WORDS["VERSION"]):
            text += " " + l10n.t("What is registered here gets the next version.")
        return with_left_out(text, line, words, aside=frozenset(_WORDS["VERSION"]))
    return l10n.t(
        "Leave the line out: scripts here read files by their paths. `{command}` registers a file of sample requests.",
        command="scoredock dataset register FILE",
    )
