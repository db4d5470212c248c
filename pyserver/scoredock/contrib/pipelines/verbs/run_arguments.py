"""Arguments of `scoredock pipeline run` in a terminal."""

from __future__ import annotations

from scoredock.verb import argument

FILE = argument("path", help="file of the pipeline", names="", metavar="FILE")
ROOT = argument(
    "--root", help="folder of the repository; by default the one that holds the file", default="", metavar="FOLDER"
)
PARAMETER = argument(
    "--parameter",
    dest="parameters",
    help="parameter or input of the pipeline; may be repeated",
    action="append",
    metavar="NAME=VALUE",
)
JOB = argument(
    "--job",
    dest="jobs",
    help="only this job, without those it waits for, also one that does not run by itself; may be repeated",
    names="",
    action="append",
    default=[],
    metavar="NAME",
)
EVENT = argument("--event", help="what starts it, such as push or pull_request", names="", default="", metavar="NAME")
BRANCH = argument(
    "--branch",
    help="branch that it runs for; the one that is checked out by default",
    names="",
    default="",
    metavar="NAME",
)
RUN_ARGUMENTS = (
    FILE,
    ROOT,
    JOB,
    argument(
        "--variable",
        dest="variables",
        help="variable of the platform's library; may be repeated",
        action="append",
        metavar="NAME=VALUE",
    ),
    PARAMETER,
    argument(
        "--secret",
        dest="secrets",
        help="name of a secret; its value is the environment variable of this name, and it is masked in the output;"
        " may be repeated",
        names="",
        action="append",
        default=[],
        metavar="NAME",
    ),
    EVENT,
    BRANCH,
    argument(
        "--artifact",
        dest="artifacts",
        help="folder or file in the place of an artifact of another pipeline; may be repeated",
        action="append",
        metavar="NAME=PATH",
    ),
    argument(
        "--replace",
        dest="replacements",
        help="script of bash that runs in the place of a step, such as one that trains in Azure; the step by its name,"
        " id or FILE:LINE; may be repeated",
        names="",
        action="append",
        metavar="STEP=FILE",
    ),
    argument(
        "--skip",
        dest="skipped",
        help="step to pass over; may be repeated",
        names="",
        action="append",
        default=[],
        metavar="STEP",
    ),
    argument(
        "--timeout",
        help="seconds that one step may take, of GitLab CI the whole run",
        type=float,
        default=3600.0,
        metavar="SECONDS",
    ),
)
