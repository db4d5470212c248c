"""Trial of what was installed: whether it can be imported, and loads a model, in a process of its own in the
environment."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import refusal_in
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.settings import EnvironmentSettings
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, run, service_environment
from scoredock.temporary.folders import TemporaryFolder

_SECONDS = 300.0
PROGRAM = r"""
import csv, importlib, json, os, re, sys, warnings
try:
    from importlib import metadata
except ImportError:  # before 3.8
    metadata = None
warnings.simplefilter("ignore")
names, models = json.loads(sys.argv[1])

def tell(**fields):
    print("\n@@@" + json.dumps(fields), flush=True)

def normalised(name):
    return re.sub("[-_.]+", "-", name).lower()

def lines(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as stream:
            return stream.read().splitlines()
    except OSError:
        return []

def described(name):  # the words of top_level.txt, and the parts of each file's path or None without a list of files
    if metadata is not None:
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            return [], None
        paths = None if package.files is None else [file.parts for file in package.files]
        return (package.read_text("top_level.txt") or "").split(), paths
    for folder in filter(os.path.isdir, sys.path):
        for entry in os.listdir(folder):
            stem, ending = os.path.splitext(entry)
            if ending in (".dist-info", ".egg-info") and normalised(stem.split("-")[0]) == normalised(name):
                place = os.path.join(folder, entry)
                rows = [row for row in csv.reader(lines(place, "RECORD")) if row]
                paths = [tuple(row[0].split("/")) for row in rows] or None
                return " ".join(lines(place, "top_level.txt")).split(), paths
    return [], None

def modules(name):
    listed, paths = described(name)
    if paths is not None:
        # Some list what was there when they were built, libraries and folders of tests among them.
        there = {parts[0].partition(".")[0] for parts in paths}
        listed = [each for each in listed if each in there]
    if not listed:
        paths = paths or []
        listed = [parts[0] for parts in paths if len(parts) == 2 and parts[1] == "__init__.py"]
        listed += [parts[0][:-3] for parts in paths if len(parts) == 1 and parts[0].endswith(".py")]
    return [each for each in dict.fromkeys(listed) if each.isidentifier() and not each.startswith("_") and each != "tests"]

def loaders():
    for name in "joblib", "sklearn.externals.joblib":  # the latter before 0.23, and its files are read by nothing else
        try:
            yield importlib.import_module(name).load
        except ImportError:
            pass

def load(path):
    errors = []
    for loader in loaders():
        try:
            return loader(path)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    import pickle
    with open(path, "rb") as stream:
        pickle.load(stream)

def inside(error, owners):  # the distribution in whose module it was raised; empty for none of these
    place = ""
    trace = error.__traceback__
    while trace is not None:
        found = re.search(r"site-packages[/\\](\w+)", trace.tb_frame.f_code.co_filename)
        place = found.group(1) if found else place
        trace = trace.tb_next
    return owners.get(place, "")

def attempt(kind, name, work):
    tell(begun=name, kind=kind)
    try:
        work()
    except BaseException as error:
        lines = str(error).strip().splitlines() or [""]
        tell(failed=name, kind=kind, why=f"{type(error).__name__}: {lines[0]}"[:400], inside=inside(error, owners))

owners = {module: name for name in names for module in modules(name)}

for name in names:
    for module in modules(name):
        attempt("import", name, lambda: importlib.import_module(module))
for path in models:
    attempt("model", path, lambda: load(path))
tell(ended=True)
"""  # noqa: E501 (a text that would change if it were wrapped)
"""Imports distributions and loads pickles, both as JSON in its argument, and prints what it began and what failed."""


@contextlib.contextmanager
def trial_environments(workspace: Path, settings: EnvironmentSettings) -> Iterator[EnvironmentCache]:
    """A place for environments that go with the block: what is only tried is not an environment of the workspace.
    Raises ScoredockError `workspace-not-yours`."""
    if refusal := refusal_in(workspace):
        raise refusal
    scratch = workspace / "tmp"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with TemporaryFolder("trial", scratch) as folder:
        yield EnvironmentCache(folder, settings)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Package that cannot be imported, or model that cannot be loaded."""

    what: str
    """A distribution, or the path of a model."""
    why: str
    """One line."""
    is_model: bool = False


def trouble(
    built: BuiltEnvironment,
    names: Sequence[str],
    models: Sequence[Path],
    cancel: CancelToken,
    beside: Sequence[str] = (),
) -> Trouble | None:
    """The first distribution that cannot be imported, else the first pickle that cannot be loaded; None for no trouble.
    Those `beside` are blamed where others fail in them, and need not be importable by themselves.

    Whoever asks has seen to it that the pickles may be run. Raises ScoredockError `cancelled`.
    """
    document = json.dumps([[*names, *beside], [str(path) for path in models]])
    environment = built.process_environment(service_environment())
    try:
        done = run([str(built.python), "-I", "-c", PROGRAM, document], env=environment, timeout=_SECONDS, cancel=cancel)
    except TimedOut:
        return Trouble(
            ", ".join(names), l10n.t("importing it takes longer than {seconds:.0f} seconds", seconds=_SECONDS)
        )
    return trouble_in(done.stdout.splitlines(), done.returncode, names, beside)


def trouble_in(lines: Sequence[str], code: int, names: Sequence[str], beside: Sequence[str] = ()) -> Trouble | None:
    """The same, from what `PROGRAM` printed and its exit code, wherever it ran."""
    records = [json.loads(line[3:]) for line in lines if line.startswith("@@@")]
    failed = {record["failed"]: record for record in reversed(records) if "failed" in record}
    for first in reversed([each for each in failed.values() if each["failed"] not in beside]):
        # A package that imports one which does not work by itself has nothing wrong with it.
        record = failed.get(first["inside"], first)
        return Trouble(record["failed"], record["why"], record["kind"] == "model")
    begun = [record for record in records if "begun" in record]
    if not records or "ended" not in records[-1]:
        last = begun[-1] if begun else {"begun": ", ".join(names), "kind": "import"}
        return Trouble(
            last["begun"], l10n.t("its interpreter ended with exit code {code}", code=code), last["kind"] == "model"
        )
    return None
