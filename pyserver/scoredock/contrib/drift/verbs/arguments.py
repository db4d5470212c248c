"""Arguments of comparisons and schedules on the command line."""

from __future__ import annotations

from scoredock.verb import argument

CHOICES = (
    argument(
        "-b",
        "--baseline",
        help="what it is compared with, in the same forms; by default the training or sample dataset of the service's"
        " models, or the version before of a dataset",
        names="",
        default="",
        metavar="SOURCE",
    ),
    argument(
        "--since",
        help="first time of collected inputs: a date, a date and time (UTC), or a period before now such as 7d",
        default="",
        metavar="TIME",
    ),
    argument("--until", help="the time before which they came", default="", metavar="TIME"),
    argument("--baseline-since", help="the same for a service as baseline", default="", metavar="TIME"),
    argument("--baseline-until", help="the same for a service as baseline", default="", metavar="TIME"),
    argument(
        "--threshold",
        help="from which value on a metric counts, as METRIC=VALUE; 0 turns it off; may be repeated",
        action="append",
        metavar="METRIC=VALUE",
    ),
    argument(
        "--categorical",
        help="column of numbers that are categories; may be repeated",
        action="append",
        metavar="COLUMN",
    ),
    argument("--exclude", help="column to leave out; may be repeated", action="append", metavar="COLUMN"),
    argument(
        "--prediction",
        help="column of a table that has predictions; may be repeated",
        action="append",
        metavar="COLUMN",
    ),
    argument(
        "--python",
        help="Python with NumPy; by default that of the service's environment, or of another one of the workspace",
        default="",
        metavar="PATH",
    ),
    argument(
        "--sample-rows",
        help="compare at most so many rows of each side, picked at random; 500000 by default",
        type=int,
        default=0,
        metavar="N",
    ),
)
