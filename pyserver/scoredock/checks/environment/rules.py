"""Rules SD150 to SD164 and SD179: what a script imports, calls and loads, against the environment and the folder it
will run in."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import Rule, World
from scoredock.checks.environment import service_use_rules
from scoredock.pickles.facts import PickleFacts

_CONDA = (
    "name: project\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn==1.5.2\n"
)
_PACKAGES = {"azureml-defaults": "", "scikit-learn": "==1.5.2"}
_ENVIRONMENT = EnvironmentFacts("/project/conda.yml", "project", "3.11", _PACKAGES, text=_CONDA)
_WORLD = World(files=("conda.yml",), environment=_ENVIRONMENT)


def _with(packages: dict[str, str], python: str | None = "3.11") -> World:
    return World(environment=EnvironmentFacts("", "project", python, packages))


MISSING = Rule(
    code="SD150",
    severity="error",
    title="Package is not in the environment",
    message="“{package}”{beside} is not in the environment{hint}; the service does not start.",
    why=(
        "The environment holds what its file lists and what those packages need themselves. Importing anything else"
        " raises ModuleNotFoundError."
    ),
    fix="Add the package to the conda file or the requirements, or do without it.",
    source="Python import system; package metadata of the Python Package Index",
    world=_WORLD,
    fixable=True,
)
UNUSED = Rule(
    code="SD151",
    severity="error",
    title="Unused import of a missing package",
    message="“{name}” is never used, and “{package}” is not in the environment; the service does not start.",
    why="An import runs even if nothing uses it, and a package that is not there raises ModuleNotFoundError.",
    fix="Remove the import.",
    source="Python import system",
    world=_WORLD,
    fixable=True,
    tag="unnecessary",
)
NOT_IN_SERVICE = Rule(
    code="SD152",
    severity="error",
    title="Part of the SDK that a service lacks",
    message=(
        "“{name}” does not exist in a Scoredock service, which has only what scoring needs of Azure's SDK: the import"
        " fails{hint}."
    ),
    why=(
        "A service runs without the SDK and without an account: there is no workspace, run or dataset to get. In Azure"
        " the import may work, where the environment brings the SDK, and what needs an account fails later."
    ),
    fix="Remove it from the entry script; use the SDK in the script that deploys.",
    source="Scoredock runtime; azureml-core 1.61, Workspace needs authentication",
    world=_WORLD,
    fixable=True,
    scripts=("entry-script", "module"),
)
NO_MODULE = Rule(
    code="SD153",
    severity="error",
    title="Package has another import name",
    message="The module “{name}” does not exist; import “{module}” instead.",
    why=(
        "Some packages are imported under another name than the one they are installed by, and upper and lower case"
        " differ. Importing the wrong one raises ModuleNotFoundError."
    ),
    fix="Import the name that the package's documentation uses.",
    source="metadata of the packages on the Python Package Index",
    world=_WORLD,
    fixable=True,
)
MODULE_GONE = Rule(
    code="SD154",
    severity="error",
    title="Module is not in this Python",
    message="{problem}",
    why=(
        "Modules leave and join the standard library; importing one that is not there raises ModuleNotFoundError, and"
        " the service does not start."
    ),
    fix="Use its replacement, or another Python.",
    source="Python documentation, “What's New”: removed and new modules",
    fixable=True,
)
NEWER_PYTHON = Rule(
    code="SD155",
    severity="error",
    title="Needs a newer Python",
    message="{what} needs Python {needed}, but the environment asks for Python {python}; {effect}.",
    why="The environment runs the Python that it names. Older ones refuse newer syntax, and lack newer functions.",
    fix="Ask for a newer Python in the environment, or use the older syntax or function.",
    source="Python documentation, “What's New”",
    world=World(
        files=("conda.yml",),
        environment=EnvironmentFacts(
            "/project/conda.yml",
            "project",
            "3.7",
            {"azureml-defaults": ""},
            text="name: project\ndependencies:\n  - python=3.7\n  - pip:\n      - azureml-defaults\n",
        ),
    ),
    fixable=True,
)
REMOVED = Rule(
    code="SD156",
    severity="error",
    title="Name was removed from its package",
    message="“{name}” was removed in {package} {version}{hint}; {effect}.",
    why=(
        "Packages drop old names. With the release that the environment asks for, this raises AttributeError or"
        " ImportError."
    ),
    fix="Use its replacement, or ask for an older release.",
    source="release notes of NumPy, pandas, SciPy, scikit-learn, TensorFlow and Keras",
    world=_with({"numpy": ">=1.26"}),
    fixable=True,
)
MODULE_REMOVED = Rule(
    code="SD157",
    severity="error",
    title="Module was removed from its package",
    message="“{name}” was removed in {package} {version}{hint}; the service does not start.",
    why=(
        "Packages move and drop modules. With the release that the environment asks for, the import raises"
        " ModuleNotFoundError."
    ),
    fix="Import it from its new module.",
    source="release notes of scikit-learn, TensorFlow, Keras, SciPy and pandas",
    world=_with({"scikit-learn": "==1.5.2"}),
    fixable=True,
)
CHANGED = Rule(
    code="SD158",
    severity="warning",
    title="Behaves differently in this release",
    message="{problem}",
    why="Defaults change between releases, often for safety, and code that was right before then fails.",
    fix="Set the value explicitly, or pin the older release.",
    source="release notes of PyTorch 2.6, NumPy 1.16.3, ONNX Runtime 1.9 and pandas 2.1",
    world=_with({"torch": ">=2.6"}),
    fixable=True,
)
PICKLED_WITH = Rule(
    code="SD159",
    severity="warning",
    title="Model was made with another release",
    message="The model “{model}” was made with {package} {made}, but the environment has {wanted}; {effect}.",
    why=(
        "A pickle holds the inside of objects, which changes between releases. scikit-learn warns, and often fails to"
        " load or to predict."
    ),
    fix="Pin the release that the model was made with, or train it again.",
    source="scikit-learn documentation, model persistence: versions",
    world=World(
        models=(ModelFacts("diabetes", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.3.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml", "project", "3.11", {**_PACKAGES, "onnxruntime": ""}, text=_CONDA
        ),
    ),
    fixable=True,
)
PICKLE_REFUSED = Rule(
    code="SD179",
    severity="error",
    title="Pickle that the environment cannot use",
    message="“{model}” was made with {made}, but the environment has {wanted}: {reason}; {ways}.",
    why=(
        "A pickle names the classes of its objects and holds their inside. Releases rename classes"
        " (ModuleNotFoundError) and change what is inside (“node array from the pickle has an incompatible dtype”), and"
        " a Python reads neither a later protocol nor the code of another Python. What is told here was tried with real"
        " models."
    ),
    fix="Pin the releases that the model was made with, or train it again.",
    source="scikit-learn documentation, model persistence: versions",
    world=World(
        models=(ModelFacts("forest-2023", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.2.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml", "project", "3.11", {**_PACKAGES, "onnxruntime": ""}, text=_CONDA
        ),
        pickles=(
            (
                "model.pkl",
                PickleFacts(
                    ("sklearn",),
                    "sklearn.ensemble._forest.RandomForestClassifier",
                    {"_sklearn_version": "1.2.2"},
                    objects=frozenset(("sklearn.tree._tree.Tree",)),
                    protocol=4,
                ),
            ),
        ),
    ),
    fixable=True,
)
MODEL_NEEDS = Rule(
    code="SD164",
    severity="error",
    title="Model needs a package that is missing",
    message=(
        "The model “{model}” is a pickle of “{package}”, which is not in the environment; loading it fails and the"
        " service does not start."
    ),
    why=(
        "A pickle names the classes of its objects. Loading it imports the package that they come from, even if the"
        " script itself does not."
    ),
    fix="Add the package to the environment, in the release that the model was made with.",
    source="Python documentation, pickle: classes are imported by name",
    world=World(
        models=(ModelFacts("diabetes", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.5.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml",
            "project",
            "3.11",
            {"azureml-defaults": "", "joblib": "", "onnxruntime": ""},
            text=_CONDA.replace("scikit-learn==1.5.2", "joblib"),
        ),
    ),
    fixable=True,
)
NOT_CARRIED = Rule(
    code="SD160",
    severity="error",
    title="Module is not found in the service",
    message="{problem}; the service does not start.",
    why=(
        "A service holds the entry script, or the whole source directory. Python then looks for modules in that"
        " directory, not in the folder of the script."
    ),
    fix="Give the path from the source directory, or name a source directory that holds the module.",
    source="azureml-inference-server-http 1.5.1: AZUREML_SOURCE_DIRECTORY is added to sys.path",
    world=World("src/scoring/score.py", ("src/scoring/cleaning.py",), source_directory="src"),
    fixable=True,
)
RELATIVE = Rule(
    code="SD161",
    severity="error",
    title="Relative import outside a package",
    message="{problem}, so the relative import of “{module}” fails and the service does not start; {advice}.",
    why=(
        "The server imports the entry script by its path, and the modules beside it by their names. Neither is part of"
        " a package, so a leading dot has nothing to stand for, and Python raises ImportError. In the modules of a"
        " package relative imports are right, as long as their dots do not lead out of it."
    ),
    fix="Name the module without the dots, as it is found from the source directory.",
    source="Python language reference, the import statement: relative imports",
    world=World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
MODULE_CASE = Rule(
    code="SD162",
    severity="error",
    title="Module is spelt in another case",
    message=(
        "The module “{name}” does not exist, but “{file}” does; Python tells upper and lower case apart, and the"
        " service does not start."
    ),
    why="On Linux, where services run, names that differ in case are different names.",
    fix="Write the name exactly as in the file name.",
    source="Python import system",
    world=World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
HIDDEN = Rule(
    code="SD163",
    severity="warning",
    title="File has the name of a library",
    message="“{name}” is {library} in the service, not “{file}” beside the script.",
    why=(
        "The source directory is searched last, so a file with the name of a library is never imported there; on your"
        " own machine it hides the library."
    ),
    fix="Rename the file.",
    source="azureml-inference-server-http 1.5.1: the source directory is appended to sys.path",
    world=World(files=("statistics.py", "own_statistics.py"), source_directory="."),
)

RULES = (
    MISSING,
    UNUSED,
    NOT_IN_SERVICE,
    NO_MODULE,
    MODULE_GONE,
    NEWER_PYTHON,
    REMOVED,
    MODULE_REMOVED,
    CHANGED,
    PICKLED_WITH,
    MODEL_NEEDS,
    PICKLE_REFUSED,
    NOT_CARRIED,
    RELATIVE,
    MODULE_CASE,
    HIDDEN,
    *service_use_rules.RULES,
)
