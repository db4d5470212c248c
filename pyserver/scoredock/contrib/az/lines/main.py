"""Runs one line of `az ml` or `az extension`: who carries it out, corrections, exit codes of az."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.command import CANCELLED, FAILED, OK, USAGE
from scoredock.cli.session import Session
from scoredock.cli.terminal.failures import print_error, print_failure
from scoredock.cli.terminal.text import protect_terminal
from scoredock.contrib.az.domain.here import is_done_here, is_group, reason_not_here, reason_of_group, verb_of
from scoredock.contrib.az.lines.command_line import (
    LineError,
    LineOptionsError,
    read,
    refuse_variable_command,
    require_line_ends,
    with_whole_variables,
)
from scoredock.contrib.az.lines.desk import Desk, other_workspace
from scoredock.contrib.az.lines.output import ResultQuery, printed, require_format
from scoredock.data_folder import keep_others_from_writing
from scoredock.errors import Cancelled, ModelNotFound, ScoredockError
from scoredock.features.contribution import AzHandler, absent, contributions
from scoredock.formats.az_lines.v1_commands import VERBS_HERE

MISSING = 3
"""What az ends with when `show` is asked for what is not there."""
EXTENSION = "azure-cli-ml"
_WHEEL = re.compile(r"(?:^|[/\\=])azure_cli_ml-[^/\\]*\.whl(?:[?#]|$)")
"""The extension by the name of its file, or of its address."""
_VERSION = "1.41.0"
"""The last release of azure-cli-ml, whose commands these are."""
_HIDDEN = "…"
_SECRET = (
    *("--kp", "--primary-key", "--ks", "--secondary-key", "--set-key", "--password", "--access-token"),
    *("--admin-user-password", "--private-key-passphrase", "--client-secret", "--account-key", "--sas-token"),
)
_SECRET_THERE = {
    "service": ("-s",),
    "endpoint": ("-s",),
    "computetarget": ("-p", "-a"),
    "datastore": ("-k", "-p", "-t"),
}
_MODELS = ("-m", "--model")
_SKIP_CHECKS = "--skip-checks"
_Handler = Callable[[Desk], Any]


_OF_SERVICES = {
    "delete": "services.delete",
    "get-access-token": "services.get_access_token",
    "get-keys": "services.get_keys",
    "get-logs": "services.get_logs",
    "list": "services.list_services",
    "regen-key": "services.regen_key",
    "run": "services.run",
    "show": "services.show",
}
HANDLERS = {
    "model register": "models.register",
    "model list": "models.list_models",
    "model show": "models.show",
    "model update": "models.update",
    "model delete": "models.delete",
    "model download": "models.download",
    "model deploy": "deploying.deploy",
    "model package": "deploying.package",
    "service update": "deploying.update",
    "workspace list": "places.workspace_list",
    "workspace show": "places.workspace_show",
    "workspace create": "places.workspace_create",
    "folder attach": "places.folder_attach",
    **{f"computetarget attach {kind}": "compute_targets.attach" for kind in ("aks", "kubernetes")},
    **{f"computetarget create {kind}": "compute_targets.create" for kind in ("aks", "amlcompute", "computeinstance")},
    "computetarget list": "compute_targets.list_targets",
    "computetarget show": "compute_targets.show",
    "computetarget delete": "compute_targets.detach",
    "computetarget detach": "compute_targets.detach",
    "environment list": "places.environment_list",
    "environment show": "places.environment_show",
    "environment register": "places.environment_register",
    "environment download": "places.environment_download",
    "environment scaffold": "places.environment_scaffold",
    "dataset list": "places.dataset_list",
    "dataset show": "places.dataset_show",
    "datastore list": "datastores.list_datastores",
    "datastore show": "datastores.show",
    "datastore show-default": "datastores.show",
    "datastore set-default": "datastores.set_default",
    "datastore upload": "datastores.upload",
    "datastore download": "datastores.download",
    "endpoint realtime update": "deploying.update",
    **{f"service {verb}": handler for verb, handler in _OF_SERVICES.items()},
    **{f"endpoint realtime {verb}": handler for verb, handler in _OF_SERVICES.items()},
}
"""What the core does: verb → module beside this one and its function."""
_A_SERVICE = {"--name": "service"}
_A_MODEL = {"--model-id": "model"}
NAMES: Mapping[str, Mapping[str, str]] = {
    **{f"{noun} {verb}": _A_SERVICE for noun in ("service", "endpoint realtime") for verb in _OF_SERVICES},
    "service list": {},
    "endpoint realtime list": {},
    "service update": {**_A_SERVICE, "--model": "model", "--id": ""},
    "endpoint realtime update": _A_SERVICE,
    "model show": {**_A_MODEL, "--model-name": "model"},
    "model update": _A_MODEL,
    "model delete": _A_MODEL,
    "model download": _A_MODEL,
    "model package": {"--model": "model"},
    "environment show": {"--name": "environment"},
    "environment download": {"--name": "environment"},
    "dataset show": {"--name": "dataset", "--id": "dataset"},
    **{f"datastore {verb}": {"--name": ""} for verb in ("show", "set-default", "upload", "download")},
}
"""Options whose value names something that is in a workspace, and the kind of it, empty where it looks like that; of
verbs that make something new, which goes into the workspace of the folder, there are none."""


@cache
def handlers() -> Mapping[str, str]:
    """Verbs that are carried out here: verb → `module:function`; of the core, then of contributions."""
    own = {verb: f"scoredock.contrib.az.lines.{place.replace('.', ':')}" for verb, place in HANDLERS.items()}
    return {**own, **{verb: line.place for verb, line in _contributed().items()}}


def _contributed() -> Mapping[str, AzHandler]:
    return {verb: line for each in contributions() for verb, line in each.az_lines.items()}


@cache
def names() -> Mapping[str, Mapping[str, str]]:
    """Verb → options that name something; of the core, then of contributions."""
    return {**NAMES, **{verb: line.names for verb, line in _contributed().items() if line.names}}


def main(words: Sequence[str]) -> int:
    """`words` follow `az`. Gives the exit code."""
    words = list(words)
    while words[:1] in (["--"], ["az"]):  # a line may be given as it stands, with its az
        del words[0]
    l10n.use(l10n.language_of_terminal())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    protect_terminal()
    keep_others_from_writing()
    try:
        return _run(words)
    except LineError as error:
        print_error(_with_correction(error, words[1:]) if words[:1] == ["ml"] else error, as_json=False)
        return USAGE
    except ScoredockError as error:
        print_error(error, as_json=False)
        if isinstance(error, Cancelled):
            return CANCELLED
        return MISSING if "show" in words and error.code.endswith("-not-found") else FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        return print_failure(error, as_json=False)


def _run(words: list[str]) -> int:
    if words[:1] == ["extension"]:
        return _extension(words[1:])
    if words[:1] != ["ml"]:
        from scoredock.contrib.az.lines.without_azure import no_azure_cli

        raise no_azure_cli(words)
    return _ml(words[1:])


def _listed(words: Sequence[str]) -> list[str]:
    """The commands that run here, of the group that the words name where there is one. Raises ScoredockError for what
    does not."""
    group = " ".join(takewhile(lambda word: not word.startswith("-"), words))
    names = [name for name in handlers() if not group or name.startswith(f"{group} ")]
    if not names:
        raise _not_here(words)
    return names


def _ml(words: list[str]) -> int:
    require_line_ends(words)
    words = with_whole_variables(words)
    verb = verb_of(words)
    if not words or (verb is None and {"-h", "--help"} & set(words)):
        print("\n".join(f"az ml {name}" for name in _listed(words)))
        return OK
    if verb is None or verb.name not in handlers():
        refuse_variable_command(list(takewhile(lambda word: not word.startswith("-"), words)))
        raise absent(verb.name) if verb is not None and verb.name in VERBS_HERE else _not_here(words)
    rest = words[len(verb.name.split()) :]
    if {"-h", "--help"} & set(rest):
        print("\n".join([f"az ml {verb.name}", *(f"    {' '.join(each.names)}" for each in verb.options)]))
        return OK
    options = read(verb, rest)
    form = require_format(options.text("--output") or os.environ.get("AZURE_CORE_OUTPUT", "") or "json")
    query = ResultQuery(options.text("--query"), is_given=options.has("--query"))
    session = Session(home="", workspace="", config="", as_json=False)
    with session.interruptible():
        desk = Desk(options, session, names().get(verb.name, {}))
        try:
            result = handler_of(verb.name)(desk)
            value = query.of(result)
        except ScoredockError as error:
            if isinstance(error, ModelNotFound) and (first := _register_first(words)):
                raise ModelNotFound(error.message, first) from error
            if _SKIP_CHECKS in error.fix:
                error.fix = _again(verb.name)
            raise desk.with_other_workspace(error) from error
        finally:
            desk.end()
        if unused := options.unused():
            desk.note(l10n.t("Not used here: {options}.", options=", ".join(unused)))
    if value is None and query.is_given:
        desk.note(query.nothing_note(result))
    sys.stdout.write(printed(value, form, is_query=query.is_given))
    sys.stdout.flush()
    return OK


def _again(name: str) -> str:
    """Next step after a script that the checks refuse: lines of `az` have no option that passes over it."""
    if name != "model deploy":
        return l10n.t("Fix it and give the line again.")
    return l10n.t("Fix it and give the line again, or deploy anyway with `scoredock service deploy --skip-checks`.")


def handler_of(name: str) -> _Handler:
    """Function that carries out a verb; its module is loaded only then. Raises KeyError."""
    module, _, function = handlers()[name].partition(":")
    handler: _Handler = getattr(import_module(module), function)
    return handler


def _not_here(words: Sequence[str]) -> ScoredockError:
    """Why a line is not done."""
    from scoredock.contrib.az.domain.v2_equivalents import file_of, in_place, of_job, set_values, workspace_of
    from scoredock.contrib.az.lines.submitted_scripts import outputs_note, with_script
    from scoredock.contrib.az.lines.v2_files import (
        is_pipeline,
        missing_file,
        options_of_file,
        with_file_of_model,
        with_names_of_file,
    )
    from scoredock.contrib.az.lines.v2_job import job_advice

    command, file = " ".join(words[:2]), file_of(words)
    if file and command == "model create":
        words = with_file_of_model(words, file, set_values(words))
    reason = reason_of_group(words) or reason_not_here(with_script(words))
    if file and (command == "job create" or (command == "batch-deployment create" and is_pipeline(file))):
        fix = job_advice(file, set_values(words))
        reason = reason._replace(fix=of_job(fix, words) if fix else reason.fix)
    if file and command == "online-deployment create":
        reason = reason._replace(fix=with_names_of_file(reason.fix, file))
    if file and command == "compute create":
        reason = reason_not_here([*words, *options_of_file(file, set_values(words))])
    if reason.is_command:
        fix = in_place(reason.fix, words, other_workspace(*workspace_of(words)))
        absent = missing_file(file) if file and (file in fix or command == "compute create") else ""
        fix = " ".join(filter(None, [absent, fix, outputs_note(reason.fix)]))
        return ScoredockError("az-not-here", reason.message, fix)
    return LineError(reason.message, reason.fix)


def _with_correction(error: LineError, words: Sequence[str]) -> ScoredockError:
    """The error with what the checks say of the line, and the line as it was meant."""
    from scoredock.contrib.az.checks.commands import sister_command
    from scoredock.contrib.az.checks.releases import line_of_another_release
    from scoredock.contrib.az.domain.corrections import corrected, sentences
    from scoredock.contrib.az.domain.v2_equivalents import in_place, of_endpoint_of, use, workspace_of

    if error.fix != l10n.t(error.declaration.next_step):
        return error  # it says by itself what to do
    safe_words = _without_secrets(words)
    other = line_of_another_release(safe_words)
    there = other_workspace(*workspace_of(safe_words))
    sister = sister_command(safe_words)
    advice = of_endpoint_of(safe_words, sister) if "-endpoint " in sister else use(" ".join(safe_words[:2]), safe_words)
    similar = in_place(advice, safe_words, there)
    if other is not None:
        fix = l10n.t("Did you mean: {line}", line=other.instead) if other.instead else similar
        return ScoredockError(error.code, other.message, fix)
    problems = [] if is_group(words) else sentences(safe_words)
    line = corrected([name for name, _ in _with_names_of_models(safe_words)])
    is_of_v2 = verb_of(words) is None or (isinstance(error, LineOptionsError) and not _is_whole(words))
    instead = similar if is_of_v2 else ""
    is_done = not instead or is_done_here(shlex.split(line)[2:])
    meant = shlex.split(line)[2:]
    fix = l10n.t("Did you mean: {line}", line=line) if line and is_done else instead or error.fix
    if line and is_done and verb_of(words) is None and not is_done_here(meant):
        fix = in_place(reason_not_here(meant).fix, meant, there) or fix
    fix = " ".join(filter(None, [_register_first(safe_words), fix]))
    return ScoredockError(error.code, " ".join(dict.fromkeys(problems[:4])) if problems else error.message, fix)


def _is_whole(words: Sequence[str]) -> bool:
    """True if a line of v1 has options of its verb alone, and all that it needs, so that a value is what is wrong."""
    verb = verb_of(words)
    heads = {word.partition("=")[0] for word in words if word.startswith("-")}
    options = verb.options if verb is not None else ()
    return heads <= {name for option in options for name in option.names} and all(
        heads & set(option.names) for option in options if option.required
    )


def _with_names_of_models(words: Sequence[str]) -> list[tuple[str, str]]:
    """The words, and where one is a file or folder in the place of a registered model, a name for it and its path."""
    pairs = [(word, "") for word in words]
    if list(words[:2]) == ["model", "register"]:
        return pairs  # there it is no model that is registered
    for at, (before, after) in enumerate(pairwise(words), 1):
        if before in _MODELS and ("/" in after or Path(after).suffix) and Path(after).exists():
            stem = Path(after).absolute().name.partition(".")[0]
            pairs[at] = (stem if re.fullmatch(r"\w[\w-]*", stem) else "NAME", after)
    return pairs


def _register_first(words: Sequence[str]) -> str:
    """How the files and folders in the place of registered models get registered; empty where there are none."""
    from scoredock.contrib.az.checks.releases import shell_word

    return " ".join(
        l10n.t(
            "`{register}` registers the file before.", register=f"az ml model register -n {name} -p {shell_word(path)}"
        )
        for name, path in _with_names_of_models(words)
        if path
    )


def _without_secrets(words: Sequence[str]) -> list[str]:
    """The words as they may stand in the log of a pipeline."""
    secret = {*_SECRET, *(_SECRET_THERE.get(words[0], ()) if words else ())}
    safe_words: list[str] = []
    for word in words:
        name, equals, _ = word.partition("=")
        if safe_words and safe_words[-1] in secret:
            safe_words.append(_HIDDEN)
        else:
            safe_words.append(f"{name}={_HIDDEN}" if equals and name in secret else word)
    return safe_words


def _extension(words: Sequence[str]) -> int:
    """`az extension …` of azure-cli-ml: it is part of Scoredock."""
    verb = words[0] if words else ""
    own = {"name": EXTENSION, "version": _VERSION, "extensionType": "whl"}
    if verb == "list":
        return _print_extensions([own], words)
    if EXTENSION not in words and not any(map(_WHEEL.search, words)):
        from scoredock.contrib.az.lines.without_azure import no_azure_cli

        raise no_azure_cli(["extension", *words])
    if verb == "show":
        return _print_extensions(own, words)
    if verb not in ("add", "update", "remove"):
        raise LineError(l10n.t("“az {words}” is not a command here.", words=f"extension {verb}".strip()))
    print(l10n.t("note: {note}", note=l10n.t("The commands of azure-cli-ml are part of Scoredock.")), file=sys.stderr)
    return OK


def _print_extensions(value: object, words: Sequence[str]) -> int:
    expression = dict(pairwise(words)).get("--query")
    query = ResultQuery(expression or "", is_given=expression is not None)
    sys.stdout.write(printed(query.of(value), _format_of(words), is_query=query.is_given))
    return OK


def _format_of(words: Sequence[str]) -> str:
    """The `-o` of a line of `az extension`."""
    following = dict(pairwise(words))
    joined = next((word[2:] for word in words if re.match(r"-o\w", word)), "")
    return require_format(following.get("-o") or following.get("--output") or joined or "json")
