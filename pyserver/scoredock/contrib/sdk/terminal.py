"""`scoredock sdk run|notebook`: scripts and notebooks of the Azure ML SDK v1, answered by Scoredock."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from pathlib import Path

import scoredock_azureml
from scoredock import l10n
from scoredock.cli.command import Command, UsageError
from scoredock.cli.session import Session
from scoredock.contrib.sdk.domain import processes
from scoredock.engine_table import LOCAL_ENGINES
from scoredock.run import become
from scoredock.temporary.folders import TemporaryFolder
from scoredock.verb import Argument, CliCommand, argument
from scoredock.visible import in_row


def _run(options: Namespace, session: Session) -> int:
    words = list(options.words)
    if not words:
        raise UsageError(l10n.t("Name a script, or -m and a module."))
    if options.module:
        return _become(["-m", *words], options, session)
    processes.require_script(words[0])
    for flag in _ours_behind(words):
        line = l10n.t(
            "{flag} behind the script is an argument of the script. For Scoredock write it before:"
            " `scoredock sdk run {flag} … {script}`",
            flag=flag,
            script=words[0],
        )
        print(in_row(line), file=sys.stderr)
    return _become(processes.script_words(words), options, session, Path(words[0]))


def _ours_behind(words: list[str]) -> list[str]:
    """Options of ours among the arguments of a script that does not know them itself, as far as its text tells."""
    named = [word.partition("=")[0] for word in words[1:]]
    ours = [flag for each in _WITH for flag in each.flags if flag in named]
    if not ours:
        return []
    try:
        text = Path(words[0]).read_text("utf-8", "replace")
    except OSError:
        return []
    return [flag for flag in ours if flag not in text]


def _notebook(options: Namespace, session: Session) -> int:
    cells = processes.notebook_cells(Path(options.notebook).absolute(), options.to)
    runner = Path(scoredock_azureml.__file__).with_name("run_cells.py")
    with TemporaryFolder("notebook") as folder:  # which the program that this process becomes removes
        path = folder / "cells.json"
        path.write_text(cells, "utf-8")
        return _become([str(runner), str(path)], options, session, Path(options.notebook))


def _become(words: list[str], options: Namespace, session: Session, reported: Path | None = None) -> int:
    server = [
        word
        for flag, value in (("--home", options.home), ("-w", options.workspace), ("--config", options.config))
        if value
        for word in (flag, str(Path(value).absolute()) if flag != "-w" else value)
    ]
    process = processes.script_process(
        words,
        session.context,
        python=options.python,
        server=server,
        choices={
            processes.COMPUTE: options.compute,
            processes.ENGINE: options.engine,
            processes.MODERNIZE: "1" if options.modernize else "",
        },
    )
    if process.is_own and not options.python:
        line = l10n.t(
            "Scoredock's own Python runs this, {path}: no virtual environment is in use or here. For your own packages"
            " make one as `.venv`, or name a Python with `--python`.",
            path=process.command[0],
        )
        print(in_row(line), file=sys.stderr)
    variables = dict(process.variables)
    if reported is not None:
        variables |= {**processes.report_variable(session.context, reported), **processes.shared_variable(reported)}
    return become(process.command, variables)


_WITH: tuple[Argument, ...] = (
    argument(
        "--python",
        default="",
        metavar="PATH",
        help="Python that runs it; by default that of the virtual environment in use or of .venv in this folder or its"
        " repository, else that of the settings, else this one",
    ),
    argument(
        "--engine",
        default="",
        choices=LOCAL_ENGINES,
        help="where its deployments run: as processes of this machine (the default) or in containers",
    ),
    argument(
        "--compute",
        default="",
        choices=("local",),
        help="local: every compute target stands for this machine, also one that is attached under its name",
    ),
    argument(
        "--modernize",
        action="store_true",
        help="use the nearest versions that install, as `scoredock environment suggest` proposes them, for this run;"
        " files stay as they are",
    ),
)
COMMANDS = (
    Command(
        CliCommand(
            "sdk run",
            "Run a script of the Azure ML SDK v1 on this machine: azureml.core is answered by Scoredock.",
            (
                *_WITH,
                argument("-m", dest="module", help="run a module instead of a file", action="store_true"),
                argument(
                    "words",
                    help="the script, or the module with -m, and its own arguments",
                    nargs=argparse.REMAINDER,
                    metavar="SCRIPT",
                ),
            ),
            (
                "scoredock sdk run deploy.py --port 8890",
                "scoredock sdk run --modernize deploy.py",
                "scoredock sdk run --engine docker -m project.deploy",
            ),
        ),
        _run,
    ),
    Command(
        CliCommand(
            "sdk notebook",
            "Run the cells of a notebook of the Azure ML SDK v1 in order, as a script.",
            (
                *_WITH,
                argument(
                    "--to",
                    help="the last cell that runs, from 1 and counted with the cells of text; all by default",
                    type=int,
                    default=0,
                    metavar="CELL",
                ),
                argument("notebook", help="the notebook (.ipynb)"),
            ),
            ("scoredock sdk notebook deploy.ipynb", "scoredock sdk notebook --to 7 deploy.ipynb"),
        ),
        _notebook,
    ),
)
