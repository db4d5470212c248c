"""`scoredock test`."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError, pairs
from scoredock.cli.scripts.check_output import short_path
from scoredock.cli.session import Session
from scoredock.context import absolute
from scoredock.contrib.request_tests import messages
from scoredock.contrib.request_tests.terminal.test_output import github_lines, junit, result_lines, summary
from scoredock.contrib.request_tests.verbs import tests as service_tests
from scoredock.errors import Place, ScoredockError
from scoredock.protocol.messages import RequestFile
from scoredock.scripts.request_files import SUFFIXES
from scoredock.verb import CliCommand, argument
from scoredock.visible import in_row, visible


def _test(options: Namespace, session: Session) -> int:
    if options.timeout <= 0:
        raise UsageError(l10n.t("--timeout must be more than 0 seconds."))
    operation = session.exact()
    paths = [str(absolute(path)) for path in options.path or ["."]]
    test_files = service_tests.list_tests(messages.TestListParams(paths), session.context, operation)
    selections = [each for each in (_selection(file, options.name) for file in test_files.files) if each.names]
    if not selections:
        raise ScoredockError("tests-not-found", _nothing(test_files, options))
    if options.list:
        session.result(
            test_files,
            "\n".join(in_row(f"{short_path(each.path)}#{name}") for each in selections for name in each.names),
        )
        return OK
    variables = pairs(options.variable)
    params = messages.TestRunParams(
        [replace(each, allowed_variables=options.allow_env) for each in selections],
        options.service,
        variables,
        options.environment,
        options.timeout,
        options.port,
        project_variables=True,
    )
    quiet = session.as_json or options.format == "github"

    def show(result: messages.TestResult) -> None:
        if not quiet:
            print(result_lines(visible(result)), flush=True)

    test_run = service_tests.run(params, session.context, operation, show)
    if options.junit:
        _write(Path(options.junit), junit(test_run))
    session.result(test_run, "\n".join(github_lines(visible(test_run))) if options.format == "github" else "")
    if not session.as_json:
        print(summary(visible(test_run)), file=sys.stderr)
    return OK if test_run.passed == len(test_run.results) else FAILED


def _selection(file: RequestFile, words: list[str] | None) -> messages.TestSelection:
    """The tests of a file whose names have one of the words."""
    names = [each.name for each in file.requests if each.is_test]
    if words:
        names = [name for name in names if any(word.lower() in name.lower() for word in words)]
    return messages.TestSelection(file.path, names)


def _nothing(test_files: messages.TestFiles, options: Namespace) -> str:
    if test_files.files:
        return l10n.t("No test has a name with “{words}”.", words="”, “".join(options.name or ()))
    where = ", ".join(options.path or ["."])
    if options.path and not any(Path(path).is_dir() for path in options.path):
        others = [path for path in options.path if not path.lower().endswith(SUFFIXES)]
        if others:
            return l10n.t("{path} is not a file of requests: its name does not end in .http.", path=", ".join(others))
        return l10n.t("{path} has no request that says what it expects.", path=where)
    return l10n.t("No .http file in {where} has a request that says what it expects.", where=where)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed",
            l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror),
            place=Place(str(path)),
        ) from error


COMMANDS = (
    Command(
        CliCommand(
            "test",
            "Run the tests of .http files: deploy the script into a temporary service, send the requests, and compare"
            " the responses with what the files expect.",
            (
                argument("path", help=".http files and folders; by default the current folder", nargs="*", default=[]),
                argument(
                    "--service",
                    help="run the tests against this service, which is running, instead of a temporary one",
                    names="service",
                    default="",
                    metavar="NAME",
                ),
                argument(
                    "--port",
                    help="run the tests against what listens on this port of this computer, such as a container of the"
                    " packaged service; a key that it asks for is given by --variable",
                    type=int,
                    default=0,
                    metavar="PORT",
                ),
                argument(
                    "--name",
                    help="only tests with this text in their name; may be repeated",
                    names="",
                    action="append",
                    metavar="TEXT",
                ),
                argument(
                    "--variable",
                    help="value for a variable of the files; may be repeated",
                    action="append",
                    metavar="NAME=VALUE",
                ),
                argument(
                    "--environment",
                    help="take variables from this environment of http-client.env.json or of the setting"
                    " rest-client.environmentVariables",
                    names="",
                    default="",
                    metavar="NAME",
                ),
                argument(
                    "--allow-env",
                    help="let requests send this variable of the shell or of the file .env; those of allow-env under"
                    " [tool.scoredock] of pyproject.toml are allowed as well; may be repeated",
                    names="",
                    action="append",
                    default=[],
                    metavar="NAME",
                ),
                argument("--list", help="print the tests without running them", action="store_true"),
                argument("--junit", help="write the results to this file as JUnit XML", default="", metavar="FILE"),
                argument(
                    "--format",
                    help="of the results: text, or annotations for GitHub Actions",
                    choices=("text", "github"),
                    default="text",
                ),
                argument(
                    "--timeout", help="seconds to wait for each response", type=float, default=60.0, metavar="SECONDS"
                ),
            ),
            (
                "scoredock test",
                "scoredock test tests/loans.http --junit results.xml",
                "scoredock test --service diabetes",
                "scoredock test --port 6789",
                "scoredock test --environment dev",
                "scoredock test --allow-env TENANT_TOKEN",
                "scoredock test --format github",
            ),
        ),
        _test,
    ),
)
