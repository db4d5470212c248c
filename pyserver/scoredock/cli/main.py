"""Parses the command line and runs one command; the only place that turns failures into exit codes."""

from __future__ import annotations

import io
import itertools
import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from scoredock import l10n
from scoredock.cli.command import FAILED, USAGE, UsageError
from scoredock.cli.declarations import Declaration
from scoredock.cli.parser import parser
from scoredock.cli.terminal.text import protect_terminal
from scoredock.contrib.table import program_of
from scoredock.data_folder import keep_others_from_writing

ASKED_BY_A_SHELL = "__complete"
"""The first word of what the completion of a shell asks."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs it and gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if program := program_of(words):
        return program(words[1:])
    if words[:1] == [ASKED_BY_A_SHELL]:
        from scoredock.cli.completion.answer import main as complete

        return complete(words[1:])
    as_json = "--json" in words
    # What programs read stays as it is, whatever the language of the terminal.
    l10n.use(l10n.ENGLISH if _for_programs(words) else l10n.language_of_terminal())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without some letter shows its number instead of nothing
            stream.reconfigure(errors="backslashreplace")
    protect_terminal()
    keep_others_from_writing()
    try:
        return _run(parser().parse_args(words))
    except UsageError as error:
        return _usage(str(error), as_json=as_json)
    except BrokenPipeError:
        # The reader of our output, `head` say, has seen enough.
        sys.stderr.close()
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        from scoredock.cli.terminal.failures import print_failure

        return print_failure(error, as_json=as_json)


def _run(options: Namespace) -> int:
    """Imports the command, and whatever it works with, only here."""
    import logging

    from scoredock.cli.session import Session
    from scoredock.errors import ScoredockError

    logging.basicConfig(stream=sys.stderr, level="ERROR", format="%(name)s: %(message)s")
    session = Session(home=options.home, workspace=options.workspace, config=options.config, as_json=options.json)
    with session.interruptible():
        command: Declaration = options.command
        run = command.load()
        try:
            # What was made here before the folder named a workspace of its own is found where it still is; what is new
            # goes into the folder's own.
            used = session if command.makes else session.where(options, command.arguments)
            code = run(options, used)
            session.say_home()
            return code
        except ScoredockError as error:
            raise session.with_other_workspace(error, options, command.arguments) from error
        finally:
            session.end()


def _for_programs(words: Sequence[str]) -> bool:
    """True if a program reads what is printed: `--json`, `check --format json` and `check --format sarif`."""
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
