"""Options of a deployment rule, each declared once: the arguments of `rule create`, its message and the rule itself
take their fields from here.
"""

from __future__ import annotations

from dataclasses import field

from scoredock import l10n
from scoredock.formats.periods import seconds_of
from scoredock.late_dataclass import dataclass
from scoredock.options import folder_of_command, option


def _shares(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each.strip().removesuffix("%")) for each in text.split(","))
    except ValueError:
        raise ValueError(l10n.t("Write the shares of --canary as numbers: 10,50.")) from None


def _percent(text: str) -> int:
    if text in ("off", ""):
        return 0
    try:
        return int(text.removesuffix("%"))
    except ValueError:
        raise ValueError(l10n.t("Write a percentage, as in 5%, or off.")) from None


def _milliseconds(text: str) -> int:
    if text in ("off", ""):
        return 0
    try:
        return int(text[:-2]) if text.endswith("ms") else int(float(text.removesuffix("s")) * 1000)
    except (ValueError, OverflowError):
        raise ValueError(l10n.t("Write a time, as in 500ms or 2s, or off.")) from None


@dataclass(frozen=True, kw_only=True)
class RuleConditions:
    """Conditions that must hold before a candidate is deployed; what is empty need not."""

    tests: tuple[str, ...] = option(
        "--tests",
        default=(),
        help="request file, or folder with some, whose tests must pass; may be repeated",
        metavar="PATH",
        path="here",
    )
    """Request files, or folders with some; absolute."""
    drift: str = option(
        "--no-drift",
        default="",
        help="name of a comparison whose last result must not be drift",
        metavar="NAME",
        names="drift",
    )
    """Name of a comparison, whose last verdict must not be drift."""
    score: str = option(
        "--score",
        default="",
        help='a limit, as "accuracy >= 0.9", or against what serves now, as "rmse <= current"; with --dataset'
        " and --label",
        metavar="LIMIT",
    )
    """`accuracy >= 0.9`, `rmse <= current`: of the candidate on a dataset."""
    dataset: str = option(
        "--dataset", default="", help="registered dataset that the score is of", metavar="NAME", names="dataset"
    )
    label: str = option("--label", default="", help="its column that holds what is right", metavar="COLUMN")
    """The column of the dataset that holds what is right."""
    command: tuple[str, ...] = option(
        "--command",
        default=(),
        help="a program that must end with 0, in this folder; all that follows are its arguments",
        metavar="COMMAND",
        nargs="...",
        dest="program",
    )
    """A program with its arguments, which must end with 0."""
    folder: str = folder_of_command()
    """Absolute path of the folder that the program runs in."""
    seconds: int = option(
        "--time-limit",
        default=600,
        help="of each condition: 30s, 10m, 2h",
        metavar="TIME",
        read=seconds_of,
        dest="time_limit",
    )
    """Seconds that each condition may take."""

    @property
    def needs_service(self) -> bool:
        """True if the candidate has to run for them."""
        return bool(self.tests or self.score or self.command)


@dataclass(frozen=True, kw_only=True)
class RuleCanary:
    """A candidate gets a part of the requests before it gets all of them."""

    shares: tuple[int, ...] = option(
        "--canary",
        help="percent of the requests that a candidate gets one after the other, such as 10,50",
        metavar="SHARES",
        read=_shares,
    )
    """Percent of the requests, one after the other."""
    endpoint: str = option(
        "--endpoint",
        default="",
        help="endpoint of the canary; by default the one whose default version the service is",
        metavar="NAME",
        names="endpoint",
    )
    """Endpoint whose default version the service is; empty for the one there is, until the rule is created."""
    seconds: int = option(
        "--for", default=600, help="how long each share lasts: 30s, 10m, 2h", metavar="TIME", read=seconds_of
    )
    """Seconds that each share lasts at least."""
    requests: int = option("--requests", default=20, help="responses that each share waits for", metavar="N")
    """Responses of the candidate that each share waits for."""
    errors: int = option(
        "--withdraw-above-errors",
        default=5,
        help="withdraw the candidate when more of its responses are errors; 5% by default, `off` for none",
        metavar="PERCENT",
        read=_percent,
    )
    """Percent of its responses above which it is withdrawn; 0 for any."""
    milliseconds: int = option(
        "--withdraw-above-latency",
        default=0,
        help="withdraw it when the 95th percentile of its response times is above, such as 500ms",
        metavar="TIME",
        read=_milliseconds,
    )
    """Milliseconds that 95 percent of its responses may take at most; 0 for any time."""
    window: int = option("--over", default=60, help="how far back these limits look", metavar="TIME", read=seconds_of)
    """Seconds that these two limits look back."""
    least: int = option("--at-least", default=20, help="responses below which these limits decide nothing", metavar="N")
    """Responses in the window below which these limits decide nothing."""


@dataclass(frozen=True, kw_only=True)
class RuleOptions:
    """A version of a model → a service."""

    name: str = option(help="name of the rule", names="")
    source: str = option(
        "--model",
        help="NAME for its newest version, or NAME@ALIAS for the version that the alias points to",
        metavar="MODEL",
        names="model",
    )
    """`model` for its newest version, `model@alias` for the one that the alias points to."""
    service: str = option("--service", help="the service that gets it", metavar="NAME", names="service")
    conditions: RuleConditions = field(default_factory=RuleConditions)
    canary: RuleCanary | None = None
    """Null deploys without one."""
    sets_alias: str = option(
        "--set-alias", default="", help="alias that each promoted version gets", metavar="NAME", names=""
    )
    """Given to each version that was promoted; empty for none."""
