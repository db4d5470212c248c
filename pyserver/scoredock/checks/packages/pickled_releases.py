"""Releases of packages that a pickle needs: names that only some releases have, and states that a later or an earlier
release refuses.

The names of scikit-learn were compared release by release (`tools/pickle_releases.py`), and the states were tried:
models of each release loaded and asked by each other one.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator
from typing import Literal

from packaging.version import InvalidVersion, Version

from scoredock.checks.packages.releases import Releases
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts

_SKLEARN = "scikit-learn"
_OLDEST = "0"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Releases of a package (or of Python) that cannot use a pickle."""

    package: str
    releases: Releases
    what: str
    """What is missing or changed, for the message: a name as it stands in the pickle, or a kind of `REASONS`."""
    kind: Literal["name", "tree", "state", "protocol", "code", "padding"]
    before: bool
    """Whether they are too old for the pickle, not too new."""


@dataclass(frozen=True, slots=True)
class _ChangedState:
    """A class whose state changed: from `since` on it is read and written otherwise."""

    names: tuple[str, ...]
    since: str
    older: bool = True
    """Whether later releases refuse an older state."""
    newer: bool = False
    """Whether earlier releases refuse a newer state."""


_TREE = "sklearn.tree._tree.Tree"
_STATES = (
    _ChangedState((_TREE,), "1.3", newer=True),
    _ChangedState(("sklearn.svm._classes.SVC", "sklearn.svm._classes.SVR"), "0.23", newer=True),
    _ChangedState(("sklearn.cluster._kmeans.KMeans",), "0.23"),
    _ChangedState(("sklearn.gaussian_process._gpr.GaussianProcessRegressor",), "0.23"),
    _ChangedState(("sklearn.preprocessing._data.MinMaxScaler",), "0.24"),
    _ChangedState(("sklearn.naive_bayes.GaussianNB",), "1.0", newer=True),
    _ChangedState(("sklearn.compose._column_transformer.ColumnTransformer",), "1.0", older=False, newer=True),
    _ChangedState(("sklearn.preprocessing._encoders.OneHotEncoder",), "1.1"),
    _ChangedState(("sklearn.preprocessing._encoders.OneHotEncoder",), "1.2"),
    _ChangedState(("sklearn.impute._base.SimpleImputer",), "1.1"),
    _ChangedState(("sklearn.impute._base.SimpleImputer",), "1.2"),
    _ChangedState(("sklearn.impute._base.SimpleImputer",), "1.8"),
    _ChangedState(("sklearn.feature_extraction.text.TfidfTransformer",), "1.5", older=False, newer=True),
)
_MODULES: tuple[tuple[str, str, str, str], ...] = (
    ("numpy._core", "numpy", "1.26.1", ""),
    ("numpy.random._mt19937.MT19937", "numpy", "2.0", ""),
    ("numpy.random._pcg64.PCG64", "numpy", "2.0", ""),
    ("scipy.sparse._csr", "scipy", "1.8", ""),
    ("scipy.sparse._csc", "scipy", "1.8", ""),
    ("pandas.core.indexes.numeric", "pandas", "0.20", "2.0"),
    ("_loss.Cy", _SKLEARN, "1.5", "1.9"),
    ("_loss.__pyx_unpickle_Cy", _SKLEARN, "1.5", "1.6"),
    ("sklearn._loss._loss.__pyx_unpickle_Cy", _SKLEARN, "1.1", "1.6"),
)
"""Modules of other packages, and names or (`Cy`) what names of scikit-learn's losses begin with: the package, and the
releases that have them."""
_PROTOCOLS = {5: "3.8", 4: "3.4"}
"""The first Python that reads each protocol."""


def refusals(facts: PickleFacts) -> Iterator[Refusal]:
    """Releases of each package that refuse this pickle, whatever the environment has."""
    yield from _missing_names(facts)
    yield from _changed_states(facts)
    if facts.protocol in _PROTOCOLS:
        since = _PROTOCOLS[facts.protocol]
        yield Refusal("python", Releases(_OLDEST, since), str(facts.protocol), "protocol", before=True)
    if facts.code >= 18:
        yield Refusal("python", Releases(_OLDEST, "3.11"), "3.11", "code", before=True)
    elif facts.code == 16:
        yield Refusal("python", Releases(_OLDEST, "3.8"), "3.8", "code", before=True)
        yield Refusal("python", Releases("3.11"), "3.11", "code", before=False)
    if facts.padded:
        yield Refusal("joblib", Releases(_OLDEST, "1.2"), "1.2", "padding", before=True)


def made_with(facts: PickleFacts, package: str) -> str:
    """The release that a pickle was made with, where it says so; empty otherwise."""
    made = facts.versions.get("_sklearn_version", "") if package == _SKLEARN else ""
    return made if is_version(made) else ""


def is_version(text: str) -> bool:
    """True if a text is a release number."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _missing_names(facts: PickleFacts) -> Iterator[Refusal]:
    for name in sorted(facts.objects):
        for package, releases in _homes(name):
            if Version(releases.since) > Version("0.20"):
                yield Refusal(package, Releases(_OLDEST, releases.since), name, "name", before=True)
            if releases.until:
                yield Refusal(package, Releases(releases.until), name, "name", before=False)


def _homes(name: str) -> Iterator[tuple[str, Releases]]:
    """The releases that have a name, as far as they are known."""
    table = _sklearn()
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        found = table.get(".".join(parts[:end]))
        if found is not None:
            yield _SKLEARN, found
            break
    for start, package, since, until in _MODULES:
        if name == start or name.startswith(start if start.endswith("Cy") else f"{start}."):
            yield package, Releases(since, until)


def _changed_states(facts: PickleFacts) -> Iterator[Refusal]:
    made = made_with(facts, _SKLEARN)
    for state in _STATES if made else ():
        name = next((each for each in state.names if each in facts.objects), "")
        if not name:
            continue
        old = Version(made) < Version(state.since)
        kind: Literal["tree", "state"] = "tree" if name == _TREE else "state"
        if old and state.older:
            yield Refusal(_SKLEARN, Releases(state.since), name, kind, before=False)
        elif not old and state.newer:
            yield Refusal(_SKLEARN, Releases(_OLDEST, state.since), name, kind, before=True)


@functools.cache
def _sklearn() -> dict[str, Releases]:
    """Modules and names of scikit-learn that not all releases from 0.20 on have."""
    text = importlib.resources.files("scoredock.checks.packages").joinpath("sklearn_releases.json").read_text("utf-8")
    table: dict[str, Releases] = {}
    for part in json.loads(text).values():
        for window, names in part.items():
            since, _, until = window.partition("-")
            table |= {f"sklearn.{name}": Releases(since, until) for name in names}
    return table
