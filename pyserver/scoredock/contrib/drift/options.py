"""Options of a comparison, each declared once: the arguments of `drift compare` and `drift schedule`, their messages
and what is kept take their fields from here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.options import option

SERVICE, DATASET = "service:", "dataset:"


def _source(text: str) -> str:
    """A path from the root, anything else as it is."""
    if not text or text.startswith((SERVICE, DATASET)):
        return text
    return os.path.abspath(os.path.expanduser(text))  # noqa: PTH100, PTH111 (as `context.absolute`)


def _threshold(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(l10n.t("The value of --threshold must be a number, as in METRIC=0.1.")) from None


@dataclass(frozen=True, kw_only=True)
class DriftChoices:
    """Data sets to compare, and how. A source is `service:NAME` (its collected inputs), `dataset:NAME[:VERSION]`, or
    the absolute path of a file, a folder or a pattern.
    """

    target: str = option(
        "-t",
        "--target",
        help="what is compared: service:NAME, dataset:NAME[:VERSION], or a file, folder or pattern",
        metavar="SOURCE",
        names="",
        read=_source,
    )
    baseline: str = option(
        "-b",
        "--baseline",
        default="",
        help="what it is compared with, in the same forms; by default the training or sample dataset of the service's"
        " models, or the version before of a dataset",
        metavar="SOURCE",
        names="",
        read=_source,
    )
    """Empty for the training or sample dataset of the models of a service, or the version before of a dataset."""
    since: str = option(
        "--since",
        default="",
        help="first time of collected inputs: a date, a date and time (UTC), or a period before now such as 7d",
        metavar="TIME",
    )
    """Of collected rows of the target: a date, a date and time, or a period before the comparison (`7d`)."""
    until: str = option("--until", default="", help="the time before which they came", metavar="TIME")
    baseline_since: str = option(
        "--baseline-since", default="", help="the same for a service as baseline", metavar="TIME"
    )
    baseline_until: str = option(
        "--baseline-until", default="", help="the same for a service as baseline", metavar="TIME"
    )
    thresholds: Mapping[str, float] = option(
        "--threshold",
        default_factory=dict,
        help="from which value on a metric counts, as METRIC=VALUE; 0 turns it off; may be repeated",
        metavar="METRIC=VALUE",
        read=_threshold,
    )
    """By metric, beside or in place of the default ones; 0 turns one off."""
    categorical: tuple[str, ...] = option(
        "--categorical", default=(), help="column of numbers that are categories; may be repeated", metavar="COLUMN"
    )
    """Columns of numbers that are categories."""
    exclude: tuple[str, ...] = option(
        "--exclude", default=(), help="column to leave out; may be repeated", metavar="COLUMN"
    )
    """Columns that are not compared."""
    predictions: tuple[str, ...] = option(
        "--prediction", default=(), help="column of a table that has predictions; may be repeated", metavar="COLUMN"
    )
    """Columns of tables that are predictions."""
    python: str = option(
        "--python",
        default="",
        help="Python with NumPy; by default that of the service's environment, or of another one of the workspace",
        metavar="PATH",
    )
    """Interpreter that has NumPy; empty for that of the service, or another one of the workspace."""
    sample_rows: int = option(
        "--sample-rows",
        default=0,
        help="compare at most so many rows of each side, picked at random; 500000 by default",
        metavar="N",
    )
    """Rows of each side that are compared at most; 0 for the usual number."""
