"""Parses the command line and runs one command; the only place that turns failures into exit codes."""

from __future__ import annotations

import argparse
import functools
import io
import itertools
import json
import logging
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from scoredock import __version__, l10n
from scoredock.cli import (
    all_services,
    asset_commands,
    check_commands,
    doctor_commands,
    endpoint_commands,
    environment_commands,
    image_commands,
    lsp_commands,
    metrics_commands,
    model_change_commands,
    model_commands,
    nearest_commands,
    no_code_commands,
    package_commands,
    project_commands,
    register_commands,
    reload_commands,
    revision_commands,
    run_commands,
    sdk_commands,
    service_commands,
    service_tools,
    test_commands,
    try_commands,
    upkeep_commands,
    workspace_commands,
)
from scoredock.cli.az import install as az_install
from scoredock.cli.command import CANCELLED, EXIT_CODES, FAILED, USAGE, Command, UsageError
from scoredock.cli.session import Session, print_error
from scoredock.cli.terminal_text import protect_terminal
from scoredock.data_folder import keep_others_from_writing
from scoredock.errors import Cancelled, ScoredockError

COMMANDS: tuple[Command, ...] = (
    *workspace_commands.COMMANDS,
    *upkeep_commands.COMMANDS,
    *register_commands.COMMANDS,
    *model_commands.COMMANDS,
    *no_code_commands.COMMANDS,
    *model_change_commands.COMMANDS,
    *run_commands.COMMANDS,
    *asset_commands.COMMANDS,
    *environment_commands.COMMANDS,
    *nearest_commands.COMMANDS,
    *image_commands.COMMANDS,
    *service_commands.COMMANDS,
    *all_services.COMMANDS,
    *reload_commands.COMMANDS,
    *revision_commands.COMMANDS,
    *metrics_commands.COMMANDS,
    *endpoint_commands.COMMANDS,
    *service_tools.COMMANDS,
    *package_commands.COMMANDS,
    *project_commands.COMMANDS,
    *check_commands.COMMANDS,
    *try_commands.COMMANDS,
    *test_commands.COMMANDS,
    *az_install.COMMANDS,
    *sdk_commands.COMMANDS,
    *doctor_commands.COMMANDS,
    *lsp_commands.COMMANDS,
)
NOUNS = {
    "workspace": "Workspaces, which contain models and services.",
    "model": "Models: register, list, change, download.",
    "run": "MLflow runs: browse tracking stores and register the model of a run.",
    "dataset": "Datasets of sample requests, one request body per row.",
    "environment": "Environments: the packages that services run with, registered by name.",
    "image": "Images: Docker images of models and entry scripts.",
    "docker": "Docker: show which one is used.",
    "service": "Services: deploy, watch, call, stop.",
    "endpoint": "Endpoints: several services as the versions of one, behind one port.",
    "package": "Packages: a service as a folder or an image that runs without Scoredock.",
    "az": "Command lines of the Azure CLI for Azure ML v1.",
    "sdk": "Azure ML SDK v1: run scripts and notebooks that use azureml.core.",
    "project": "Projects: create the files of a new project.",
}


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process, so that `--json` gets its errors as JSON too."""

    def error(self, message: str) -> NoReturn:
        more = l10n.t("For help, run: {command}", command=f"{self.prog} --help")
        raise UsageError(f"{message}\n\n{self.format_usage().strip()}\n{more}")


_OF_AZURE = frozenset(
    ("-g", "--resource-group", "--workspace-name", "--subscription-id", "--subscription", "-o", "--output", "--query")
)
"""Options that lines of the Azure CLI have and ours have not."""


def _about_azure(unknown: Sequence[str]) -> str:
    """Where such a line runs as it is; empty for what is no option of the Azure CLI."""
    if not any(word.partition("=")[0] in _OF_AZURE for word in unknown):
        return ""
    line = "scoredock az ml …"
    return "\n" + l10n.t("A command line of the Azure CLI runs as it is after `{command}`.", command=line)


class _LateParser(_Parser):
    """Of a noun or a command, declared when it is asked: declaring all takes longer than most commands do."""

    declare: Callable[[_LateParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.declare is not None:
            declare, self.declare = self.declare, None
            declare(self)
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            # Told by the command itself, which has the usage that helps; the top of the command line has another.
            self.error(f"unrecognized arguments: {' '.join(unknown)}{_about_azure(unknown)}")
        return found, unknown


def parser() -> _Parser:
    """The whole command line, as declared."""
    codes = "\n".join(f"  {code:<4} {l10n.t(meaning)}" for code, meaning in EXIT_CODES.items())
    top = _Parser(
        prog="scoredock",
        description=l10n.t("Register models, check entry scripts, and deploy services on this machine."),
        epilog=l10n.t("exit codes:") + f"\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"scoredock {__version__}")
    _add_globals(top, default=True)
    nouns = top.add_subparsers(metavar="COMMAND", dest="noun", required=True, parser_class=_LateParser)
    for noun, help_text in NOUNS.items():
        text = l10n.t(help_text)
        made = nouns.add_parser(noun, help=text, description=text, allow_abbrev=False)
        made.declare = functools.partial(_declare_verbs, noun)
    for command in COMMANDS:
        if " " not in command.name:
            _add(nouns, command.name, command)
    return top


def _declare_verbs(noun: str, group: _LateParser) -> None:
    verbs = group.add_subparsers(metavar="VERB", dest="verb", required=True, parser_class=_LateParser)
    for command in COMMANDS:
        if command.name.startswith(f"{noun} "):
            _add(verbs, command.name.removeprefix(f"{noun} "), command)


def _add(where: argparse._SubParsersAction[_LateParser], name: str, command: Command) -> None:
    examples = "\n".join(f"  {example}" for example in command.examples)
    added = where.add_parser(
        name,
        help=l10n.t(command.help).replace("%", "%%"),
        description=l10n.t(command.help),
        epilog=l10n.t("examples:") + f"\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    added.declare = functools.partial(_declare_arguments, command)
    added.set_defaults(command=command)


def _declare_arguments(command: Command, where: _LateParser) -> None:
    for item in command.arguments:
        where.add_argument(*item.flags, help=l10n.t(item.help).replace("%", "%%"), **item.options)
    _add_globals(where, default=False)


def _add_globals(where: argparse.ArgumentParser, *, default: bool) -> None:
    """Accepted before and after the command; the later one must not undo the earlier by its default."""
    unset = None if default else argparse.SUPPRESS
    group = where.add_argument_group(l10n.t("everywhere"))
    group.add_argument(
        "--json",
        action="store_true",
        default=False if default else unset,
        help=l10n.t("print one JSON document; errors as JSON on standard error"),
    )
    group.add_argument(
        "--home", metavar="FOLDER", default="" if default else unset, help=l10n.t("data folder (SCOREDOCK_HOME)")
    )
    group.add_argument(
        "-w",
        "--workspace",
        metavar="NAME",
        default="" if default else unset,
        help=l10n.t("id or name of the workspace; the one of the working directory by default"),
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        default="" if default else unset,
        help=l10n.t("workspace configuration (config.json) that names the workspace"),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs it and gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["az"] and words[1:2] not in (["install"], ["uninstall"], [], ["-h"], ["--help"]):
        return az_install.run(words[1:])
    as_json = "--json" in words
    # What programs read stays as it is, whatever the language of the terminal.
    l10n.use(l10n.ENGLISH if _for_programs(words) else l10n.language_of_terminal())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without some letter shows its number instead of nothing
            stream.reconfigure(errors="backslashreplace")
    protect_terminal()
    keep_others_from_writing()
    logging.basicConfig(stream=sys.stderr, level="ERROR", format="%(name)s: %(message)s")
    try:
        options = parser().parse_args(words)
        session = Session(home=options.home, workspace=options.workspace, config=options.config, as_json=options.json)
        with session.interruptible():
            return int(options.command.run(options, session))
    except UsageError as error:
        return _usage(str(error), as_json=as_json)
    except ScoredockError as error:
        print_error(error, as_json=as_json)
        return CANCELLED if isinstance(error, Cancelled) else FAILED
    except KeyboardInterrupt:
        print_error(Cancelled(l10n.t("The operation was stopped immediately.")), as_json=as_json)
        return CANCELLED
    except BrokenPipeError:
        # The reader of our output, `head` say, has seen enough.
        sys.stderr.close()
        return FAILED
    except Exception as error:
        traceback.print_exc(file=sys.stderr) if not as_json else None
        told = ScoredockError(
            "internal-error",
            l10n.t("An internal error occurred in Scoredock: {type}: {error}.", type=type(error).__name__, error=error),
        )
        print_error(told, as_json=as_json)
        return FAILED


def _for_programs(words: Sequence[str]) -> bool:
    """Whether a program reads what is printed: `--json`, `check --format json` and `check --format sarif`."""
    formats = {"json", "sarif"}
    given = {word.removeprefix("--format=") for word in words if word.startswith("--format=")}
    given |= {value for flag, value in itertools.pairwise(words) if flag == "--format"}
    return "--json" in words or bool(given & formats)


def _usage(message: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": {"code": "usage", "message": message}}, indent=2), file=sys.stderr)
    else:
        print(f"scoredock: {message}", file=sys.stderr)
    return USAGE
