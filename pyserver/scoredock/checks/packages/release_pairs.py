"""Old releases whose metadata lets in later ones of other packages, with which they cannot be imported. This is the
one place that says it: checks and builds ask here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReleasePair:
    """An old release whose metadata lets a later one of another package in, with which it cannot be imported."""

    package: str
    until: str
    other: str
    since: str
    package_since: str = "0"
    python: tuple[int, int] = (3, 7)
    """The first Python that the later release of the other package is for."""
    module: str = ""
    """What of the package cannot be imported; empty for all of it."""
    imports: re.Pattern[str] | None = None
    """What of a program imports that."""

    @property
    def requirement(self) -> str:
        """Requirement for pip: `jinja2<3.1`."""
        return f"{self.other}<{self.since}"

    def reason(self, release: str) -> str:
        """Reason why a release of the package does not work with the other one, as one sentence."""
        return l10n.t(
            "{package} {release} does not work with {other} {since}, and does not say so itself.",
            package=self.package,
            release=release,
            other=self.other,
            since=self.since,
        )

    def concerns(self, releases: Mapping[str, str]) -> bool:
        """True if releases that are installed together, by package, have both of it."""
        try:
            release, other = Version(releases[self.package]), Version(releases[self.other])
        except (KeyError, InvalidVersion):
            return False
        return Version(self.package_since) <= release < Version(self.until) and other >= Version(self.since)


_BY_FILTERS = re.compile(
    r"statsmodels(?:\.tsa)?(?:\.api|[ \t]+import[ \t][^\n]*\b(?:api|seasonal|filters))"
    r"|statsmodels\.tsa\.(?:seasonal|forecasting|filters\.(?:api|filtertools))"
)
"""The parts of statsmodels that import its filters of time series; only these need the old SciPy."""
PAIRS: tuple[ReleasePair, ...] = (
    ReleasePair("flask", "1.1.3", "jinja2", "3.1"),
    ReleasePair("flask", "1.1.3", "itsdangerous", "2.1"),
    ReleasePair("flask", "1.1.3", "werkzeug", "2.1"),
    ReleasePair("flask", "2.2.3", "werkzeug", "3.0", package_since="2.0", python=(3, 8)),
    ReleasePair("flask", "2.0", "markupsafe", "2.1", package_since="1.1.3"),
    ReleasePair("jinja2", "3.0", "markupsafe", "2.1"),
    ReleasePair("seaborn", "0.12", "matplotlib", "3.9", python=(3, 9)),
    ReleasePair("imbalanced-learn", "0.9.1", "scikit-learn", "1.3", python=(3, 8)),
    ReleasePair("imbalanced-learn", "0.10", "scikit-learn", "1.5", package_since="0.9.1", python=(3, 9)),
    ReleasePair("imbalanced-learn", "0.11", "scikit-learn", "1.3", package_since="0.10", python=(3, 8)),
    ReleasePair("imbalanced-learn", "0.12.3", "scikit-learn", "1.5", package_since="0.11", python=(3, 9)),
    ReleasePair("imbalanced-learn", "0.14", "scikit-learn", "1.7", package_since="0.12.3", python=(3, 10)),
    ReleasePair("gensim", "4.3.3", "scipy", "1.13", package_since="4.0", python=(3, 9)),
    ReleasePair("statsmodels", "0.13.2", "pandas", "2.0", python=(3, 8)),
    ReleasePair("statsmodels", "0.13.2", "scipy", "1.8", python=(3, 8), module="statsmodels.api", imports=_BY_FILTERS),
    ReleasePair("statsmodels", "0.14.5", "scipy", "1.16", package_since="0.13.2", python=(3, 11)),
    ReleasePair("statsmodels", "0.14.6", "pandas", "3.0", package_since="0.13.2", python=(3, 11)),
    ReleasePair("prophet", "1.1.3", "holidays", "0.25", package_since="1.0", python=(3, 7)),
    *(
        ReleasePair(name, until, "protobuf", "4", package_since=since)
        for name in ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")
        for since, until in (("0", "2.6.5"), ("2.7", "2.7.3"), ("2.8", "2.8.2"), ("2.9", "2.9.1"))
    ),
    ReleasePair("mlflow", "1.26", "protobuf", "4"),
    ReleasePair("onnx", "1.12", "protobuf", "4"),
    ReleasePair("tensorboardx", "2.5.1", "protobuf", "4"),
    ReleasePair("pyopenssl", "21.0", "cryptography", "38", python=(3, 6)),
    ReleasePair("pyopenssl", "22.1", "cryptography", "39", package_since="21.0", python=(3, 6)),
    ReleasePair("requests-toolbelt", "1.0", "urllib3", "2.0"),
    ReleasePair("datasets", "2.14.7", "pyarrow", "21", python=(3, 9)),
    ReleasePair("environs", "11.0", "marshmallow", "4", python=(3, 9)),
    ReleasePair("lifelines", "0.29", "scipy", "1.14", python=(3, 10)),
)
"""Tried with the packages themselves: importing raises an exception."""
