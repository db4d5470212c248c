"""Writes the found part of `scoredock/pickles/names.json`: names that models of the usual libraries consist of.

    python tools/pickle_names.py --python ENV/bin/python [--python …] [--torch TORCH.whl]

Each `--python` has some of numpy, scipy, scikit-learn, pandas, xgboost, lightgbm, catboost, joblib installed; it is
started to list their classes. The wheel of PyTorch is only read. Give environments of several ages: a model keeps the
names that its library had when it was saved. The hand-kept parts of the file stay as they are.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import types
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "scoredock" / "pickles" / "names.json"
LIBRARIES = ("numpy", "scipy", "sklearn", "pandas", "xgboost", "lightgbm", "catboost", "joblib")

# Where the classes of models are defined. Readers of files, data sets, tests and tools are not among them, and neither
# are the distributions of scipy.stats: they run text from their state when they are unpickled.
PARTS = {
    "sklearn": (
        "_loss",
        "base",
        "calibration",
        "cluster",
        "compose",
        "covariance",
        "cross_decomposition",
        "decomposition",
        "discriminant_analysis",
        "dummy",
        "ensemble",
        "feature_extraction",
        "feature_selection",
        "frozen",
        "gaussian_process",
        "impute",
        "isotonic",
        "kernel_approximation",
        "kernel_ridge",
        "linear_model",
        "manifold",
        "metrics._dist_metrics",
        "metrics._scorer",
        "mixture",
        "model_selection",
        "multiclass",
        "multioutput",
        "naive_bayes",
        "neighbors",
        "neural_network",
        "pipeline",
        "preprocessing",
        "random_projection",
        "semi_supervised",
        "svm",
        "tree",
        "utils._bunch",
        "utils._metadata_requests",
        "utils._tags",
    ),
    "scipy": ("sparse", "interpolate", "spatial", "optimize._optimize"),
    "pandas": (
        "_libs",
        "core.arrays",
        "core.dtypes",
        "core.flags",
        "core.frame",
        "core.indexes",
        "core.internals",
        "core.series",
        "tseries.offsets",
    ),
    "xgboost": ("core", "sklearn", "callback"),
    "lightgbm": ("basic", "sklearn", "callback"),
    "catboost": ("core", "_catboost"),
    "numpy": ("dtypes", "polynomial", "random"),
}
CLASSES = {
    "pandas": (
        "Index",
        "ExtensionArray",
        "ExtensionDtype",
        "NDFrame",
        "DataManager",
        "BaseBlockManager",
        "BaseOffset",
        "Flags",
        "FrozenList",
        "Timestamp",
        "Timedelta",
        "Period",
        "Interval",
        "NDArrayBacked",
        "NAType",
        "NaTType",
        "BlockManager",
        "SingleBlockManager",
        "BlockPlacement",
        "Block",
    ),
    "scipy": (
        "spmatrix",
        "_spbase",
        "sparray",
        "interp1d",
        "BSpline",
        "PPoly",
        "BPoly",
        "UnivariateSpline",
        "KroghInterpolator",
        "BarycentricInterpolator",
        "NearestNDInterpolator",
        "LinearNDInterpolator",
        "RegularGridInterpolator",
        "RBFInterpolator",
        "cKDTree",
        "KDTree",
        "Delaunay",
        "ConvexHull",
        "Rotation",
        "OptimizeResult",
        "_Interpolator1D",
    ),
    "xgboost": ("Booster", "XGBModel", "TrainingCallback", "_DaskFittableMixin", "CallbackContainer"),
    "lightgbm": (
        "Booster",
        "LGBMModel",
        "_EarlyStoppingCallback",
        "_RecordEvaluationCallback",
        "_LogEvaluationCallback",
    ),
    "catboost": ("CatBoost", "_CatBoost", "_CatBoostBase"),
    "numpy": (
        "dtype",
        "ABCPolyBase",
        "BitGenerator",
        "SeedSequence",
        "SeedlessSeedSequence",
        "Generator",
        "RandomState",
    ),
}
"""Bases of the classes to list, where not all classes of a part are meant."""
FUNCTIONS = re.compile(r"__pyx_unpickle_\w+|newObj|_new_\w*Index|_unpickle_\w+|_nat_unpickle|_\w+_unpickle|__\w+_ctor")
"""Functions that only rebuild objects."""
SCORES = (
    "feature_selection._univariate_selection",
    "feature_selection._mutual_info",
    "metrics._classification",
    "metrics._ranking",
    "metrics._regression",
    "metrics.cluster._supervised",
    "metrics.pairwise",
)
"""Parts of scikit-learn whose functions are kept in models."""
SKIPPED = re.compile(
    r"(^|\.)(tests?|conftest|setup|externals|_testing|estimator_checks|_test_\w+|_plot\w*|plot\w*|_arff_parser)(\.|$)"
)
RISKY = re.compile(r"\b(exec|eval|open|import_module|__import__|unlink|rmtree|urlopen|Popen)\(")
OPENING = ("__init__", "__new__", "__setstate__", "__reduce__", "__call__", "__del__")
FORMER_MODULES = {
    "sklearn.tree._classes": "sklearn.tree.tree",
    "sklearn.ensemble._gb": "sklearn.ensemble.gradient_boosting",
    "sklearn.cluster._kmeans": "sklearn.cluster.k_means_",
    "sklearn.cluster._mean_shift": "sklearn.cluster.mean_shift_",
    "sklearn.cluster._dbscan": "sklearn.cluster.dbscan_",
    "sklearn.cluster._affinity_propagation": "sklearn.cluster.affinity_propagation_",
    "sklearn.decomposition._nmf": "sklearn.decomposition.nmf",
    "sklearn.decomposition._lda": "sklearn.decomposition.online_lda",
    "sklearn.decomposition._fastica": "sklearn.decomposition.fastica_",
    "sklearn.covariance._empirical_covariance": "sklearn.covariance.empirical_covariance_",
    "sklearn.covariance._shrunk_covariance": "sklearn.covariance.shrunk_covariance_",
    "sklearn.cross_decomposition._pls": "sklearn.cross_decomposition.pls_",
}
"""scikit-learn before 0.22, where it was not only the underscore that came."""


def modules_of(library: str) -> Iterator[types.ModuleType]:
    package = importlib.import_module(library)
    yield package
    for part in PARTS.get(library, ()):
        try:
            outer = importlib.import_module(f"{library}.{part}")
        except ImportError:
            continue
        yield outer
        for found in pkgutil.walk_packages(getattr(outer, "__path__", []), f"{outer.__name__}."):
            if not SKIPPED.search(found.name):
                try:
                    yield importlib.import_module(found.name)
                except Exception as error:
                    print(f"{found.name}: {error}", file=sys.stderr)


def is_risky(kind: type) -> bool:
    """True if what runs while it is unpickled reads as if it ran text or reached files."""
    for name in OPENING:
        function = kind.__dict__.get(name)
        try:
            source = inspect.getsource(function) if inspect.isfunction(function) else ""
        except OSError:
            source = ""
        if RISKY.search(source):
            print(f"left out: {kind.__module__}.{kind.__qualname__}: {name}", file=sys.stderr)
            return True
    return False


def wanted(library: str, kind: type) -> bool:
    if kind.__module__.partition(".")[0] != library or SKIPPED.search(kind.__module__) or "<" in kind.__qualname__:
        return False
    bases = CLASSES.get(library)
    if bases is not None and not any(base.__name__ in bases for base in kind.__mro__):
        return False
    if bases is None and not any(
        f"{kind.__module__}.".startswith(f"{library}.{part}.") for part in PARTS.get(library, ())
    ):
        return False
    return not is_risky(kind)


def look() -> dict[str, object]:
    """Names and versions in the environment that this runs in."""
    warnings.simplefilter("ignore")
    names: dict[str, set[str]] = defaultdict(set)
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = importlib.import_module(library).__version__
        except ImportError:
            continue
        for module in modules_of(library):
            for name, value in vars(module).items():
                if isinstance(value, type):
                    # Some compiled classes name their module without the packages around it.
                    short = module.__name__.rpartition(".")[2]
                    if wanted(library, value) or (value.__module__ == short and library == "sklearn"):
                        names[value.__module__].add(value.__qualname__)
                elif FUNCTIONS.fullmatch(name) and callable(value):
                    place = getattr(value, "__module__", "")
                    if place in (module.__name__, module.__name__.rpartition(".")[2]):
                        names[place].add(name)
    if "sklearn" in versions:
        for part in SCORES:
            module = importlib.import_module(f"sklearn.{part}")
            for name, value in vars(module).items():
                if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                    names[module.__name__].add(name)
    for owner in ("numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "scipy.special"):
        names[owner] |= ufuncs(owner)
    return {"versions": versions, "names": {module: sorted(found) for module, found in names.items()}}


def ufuncs(owner: str) -> set[str]:
    """Functions that work on each element, as transformers hold them."""
    try:
        module = importlib.import_module(owner)
        kind = importlib.import_module("numpy").ufunc
    except ImportError:
        return set()
    return {name for name, value in vars(module).items() if isinstance(value, kind) and not name.startswith("_")}


def torch_layers(wheel: Path) -> tuple[str, dict[str, set[str]]]:
    """Classes of `torch.nn.modules` and of the optimisers, by their source."""
    names: dict[str, set[str]] = defaultdict(set)
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            found = re.fullmatch(r"torch/(nn/modules|optim)/([a-z]\w*)\.py", path)
            if found is None or found[2] in ("utils", "functional", "lr_scheduler", "swa_utils"):
                continue
            module = path[: -len(".py")].replace("/", ".")
            for node in ast.parse(archive.read(path)).body:
                if isinstance(node, ast.ClassDef):
                    names[module].add(node.name)
    return wheel.name.split("-")[1], names


def former(names: dict[str, set[str]]) -> None:
    """Adds the modules that scikit-learn had before 0.22: the same without the underscore."""
    for module in [each for each in names if each.startswith("sklearn.")]:
        outer, _, last = module.rpartition(".")
        if last.startswith("_"):
            names[FORMER_MODULES.get(module, f"{outer}.{last[1:]}")] |= names[module]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--torch", type=Path)
    parser.add_argument("--look", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.look:
        print(json.dumps(look()))
        return
    names: dict[str, set[str]] = defaultdict(set)
    versions: dict[str, list[str]] = defaultdict(list)
    for python in options.python:
        done = subprocess.run([python, __file__, "--look"], check=True, stdout=subprocess.PIPE, text=True)
        document = json.loads(done.stdout.splitlines()[-1])
        for library, version in document["versions"].items():
            versions[library].append(version)
        for module, members in document["names"].items():
            names[module].update(members)
    former(names)
    if options.torch:
        version, layers = torch_layers(options.torch)
        versions["torch"].append(version)
        for module, members in layers.items():
            names[module] |= members
    write(names, versions)


def write(names: dict[str, set[str]], versions: dict[str, list[str]]) -> None:
    document = json.loads(TARGET.read_text("utf-8"))
    document["found from"] = {library: sorted(set(found)) for library, found in sorted(versions.items())}
    document["found"] = {module: sorted(found) for module, found in sorted(names.items())}
    TARGET.write_text(rendered(document), "utf-8")


def rendered(document: dict[str, object]) -> str:
    """JSON of a document with one module a line, so that a change shows as one."""
    parts = []
    for key, value in document.items():
        if isinstance(value, dict):
            lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(found)}" for name, found in value.items())
            parts.append(f"  {json.dumps(key)}: {{\n{lines}\n  }}")
        elif isinstance(value, list):
            lines = ",\n".join(f"    {json.dumps(each)}" for each in value)
            parts.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
