"""Chooses the file of a version that is carried over, and the environments that read it and write it again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

from packaging.version import Version

from scoredock import l10n
from scoredock.checks.packages.package_facts import NEWEST_MINOR, WHEELS
from scoredock.checks.packages.pickled_releases import made_with, refusals
from scoredock.checks.packages.releases import Releases, lowest_minor
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.companions import release_dates
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts

Form = Literal["resaved", "onnx", "skops"]
FORMS: tuple[Form, ...] = get_args(Form)
SKLEARN = "scikit-learn"
_OLDEST_MINOR = 6
"""Of Python 3, that a script runs in."""
_PACKAGES = frozenset(
    ("sklearn", "numpy", "scipy", "joblib", "pandas", "builtins", "__builtin__", "copyreg", "copy_reg", "collections")
) | {"_codecs", "functools", "operator", "math"}
"""Packages whose objects have plain state."""
_COMPANIONS = ("numpy", "scipy", "pandas", "joblib")
_WITH_COLUMNS = "ColumnTransformer"
_NEEDED: dict[Form, tuple[str, ...]] = {"resaved": (), "onnx": ("skl2onnx", "onnxruntime"), "skops": ("skops",)}
_ENDINGS: dict[Form, str] = {"resaved": "", "onnx": ".onnx", "skops": ".skops"}
_PICKLED = re.compile(r"\.(?:pkl|pickle|joblib|sav|pck|pcl)(?:\.(?:gz|z|bz2|xz))?$", re.IGNORECASE)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Crossing:
    """The two environments."""

    old: EnvironmentSpec
    new: EnvironmentSpec
    loader: str
    """As `PickleFacts.joblib`."""
    with_frames: bool
    """The model knows its columns by their names, so that pandas is in both."""


def pickle_among(paths: Sequence[str], model: str, file: str) -> str:
    """The path of the pickle that is carried over. Raises `model-carry-unsupported`."""
    if file:
        if file in paths:
            return file
        raise ScoredockError("model-carry-unsupported", l10n.t("{model} has no file “{file}”.", model=model, file=file))
    pickles = [path for path in paths if _PICKLED.search(path)] or (list(paths) if len(paths) == 1 else [])
    if not pickles:
        raise ScoredockError("model-carry-unsupported", l10n.t("{model} has no pickle.", model=model))
    if len(pickles) > 1:
        raise ScoredockError(
            "model-carry-unsupported",
            l10n.t("{model} has several pickles: {files}.", model=model, files=listed(pickles)),
            l10n.t("Name one of them with --file."),
        )
    return pickles[0]


def target_path(path: str, form: Form) -> str:
    """Path of the new file, in place of the pickle."""
    return path if form == "resaved" else _PICKLED.sub("", path) + _ENDINGS[form]


def require_carriable(facts: PickleFacts | None, model: str) -> PickleFacts:
    """Raises `model-carry-unsupported` for what is not a pickle, `model-carry-classes` for classes of the person's own
    or of packages whose objects have no plain state. Nothing was loaded then."""
    if facts is None:
        raise ScoredockError(
            "model-carry-unsupported", l10n.t("{model} is not a pickle that can be read.", model=model)
        )
    foreign = sorted(name for name in facts.objects if name.partition(".")[0] not in _PACKAGES)
    if foreign:
        raise foreign_classes(foreign, model)
    if not set(facts.modules) & {"sklearn"}:
        raise ScoredockError("model-carry-unsupported", l10n.t("{model} is not a model of scikit-learn.", model=model))
    return facts


def foreign_classes(names: Sequence[str], model: str) -> ScoredockError:
    """Error that these classes cannot be carried over."""
    of_script = [name.partition(".")[2] for name in names if name.startswith("__main__.")]
    if of_script:
        message = l10n.t(
            "{model} needs {names} of “__main__”, the script that saved it.", model=model, names=listed(of_script)
        )
    else:
        message = l10n.t("{model} holds {names}, which is not of scikit-learn.", model=model, names=listed(names))
    return ScoredockError("model-carry-classes", message, details={"model": model, "classes": list(names)})


def listed(names: Iterable[str]) -> str:
    """Names for a sentence."""
    every = [f"“{name}”" for name in names]
    shown = ", ".join(every[:_SHOWN])
    if len(every) <= _SHOWN:
        return shown
    return l10n.t("{names} and {count} more", names=shown, count=len(every) - _SHOWN)


def crossing(facts: PickleFacts, model: str, form: Form, release: str, old: EnvironmentSpec | None) -> Crossing:
    """The environments: the named one for the old, else as the pickle says; the new one with a release of
    scikit-learn, or the newest for an empty one. Raises `model-carry-release-unknown`."""
    with_frames = bool(facts.feature_names) or any(name.endswith(_WITH_COLUMNS) for name in facts.objects)
    return Crossing(
        old or _as_pickled(facts, model, with_frames=with_frames),
        _new(form, release, with_frames),
        facts.joblib,
        with_frames,
    )


def _as_pickled(facts: PickleFacts, model: str, *, with_frames: bool) -> EnvironmentSpec:
    release = made_with(facts, SKLEARN)
    if not release:
        raise ScoredockError(
            "model-carry-release-unknown",
            l10n.t("{model} does not say which scikit-learn it was saved with.", model=model),
        )
    readers = _readers(facts)
    requirements = (f"{SKLEARN}=={release}", *_of_its_time(release, readers, with_frames=with_frames))
    return EnvironmentSpec(
        python=_python_for(release, *_minors(readers)),
        requirements=requirements,
        source="default",
        display_name=f"{SKLEARN} {release}",
        fallback=requirements,
    )


def _new(form: Form, release: str, with_frames: bool) -> EnvironmentSpec:
    requirements = [f"{SKLEARN}=={release}" if release else SKLEARN, *_NEEDED[form]]
    requirements += _of_its_time(release, {}, with_frames=with_frames) if release else ["pandas"] * with_frames
    return EnvironmentSpec(
        python=_python_for(release, 9) if release else None,
        requirements=tuple(requirements),
        source="default",
        display_name=f"{SKLEARN} {release}".strip(),
        fallback=tuple(requirements),
    )


def _python_for(release: str, lowest: int, highest: int = NEWEST_MINOR) -> str | None:
    """The Pythons that have wheels of a release; None where nobody knows."""
    span = WHEELS[SKLEARN].get(".".join(release.split(".")[:2]))
    return f">=3.{max(span[0], lowest)},<3.{min(span[1], highest) + 1}" if span is not None else None


def _readers(facts: PickleFacts) -> dict[str, Releases]:
    """The releases of each package, and of Python, that read a pickle; none for those of which all do."""
    windows: dict[str, Releases] = {}
    for refusal in refusals(facts):
        window = windows.get(refusal.package, Releases("0"))
        if refusal.before:
            window = Releases(max(window.since, refusal.releases.until, key=Version), window.until)
        else:
            window = Releases(window.since, min(filter(None, (window.until, refusal.releases.since)), key=Version))
        windows[refusal.package] = window
    return windows


def _minors(readers: Mapping[str, Releases]) -> tuple[int, int]:
    """The lowest and the highest minor Python 3 that reads a pickle and can have the packages that do."""
    own = readers.get("python", Releases("0"))
    needed = [lowest_minor(name, Version(releases.since)) for name, releases in readers.items() if name != "python"]
    lowest = max(_OLDEST_MINOR, Version(own.since).minor, *needed, 0)
    return lowest, Version(own.until).minor - 1 if own.until else NEWEST_MINOR


def _of_its_time(release: str, readers: Mapping[str, Releases], *, with_frames: bool) -> list[str]:
    """Requirements that go with a release: packages that came out before the one after it, or later ones if only these
    read the pickle, as it was made beside them.
    """
    later = [day for minor, day in release_dates()[SKLEARN] if Version(minor) > Version(release)]
    end = date.fromisoformat(later[0]) if later else date.max
    bounds = []
    for name in _COMPANIONS:
        if name == "pandas" and not with_frames:
            continue
        newer = [minor for minor, day in release_dates()[name] if date.fromisoformat(day) > end]
        reading = readers.get(name, Releases("0"))
        clauses = [f">={reading.since}"] if reading.since != "0" else []
        ends = [each for each in (*newer[:1], reading.until) if each and Version(each) > Version(reading.since)]
        if ends:
            clauses.append(f"<{min(ends, key=Version)}")
        bounds.append(name + ",".join(clauses))
    return bounds
