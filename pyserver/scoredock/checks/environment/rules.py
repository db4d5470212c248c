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
_INIT = (
    '\n\ndef init():\n    global model\n    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pkl"))\n'
)
_HEAD = "import json\nimport os\n\nimport joblib\n"
_RUN = '\n\ndef run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n'
_GOOD = _HEAD + _INIT + _RUN
_PLAIN = "\n\ndef init():\n    pass\n\n\n"
_ROWS = 'def run(data):\n    return {"rows": len(json.loads(data)["data"])}\n'


def _with(packages: dict[str, str], python: str | None = "3.11") -> World:
    return World(environment=EnvironmentFacts("", "project", python, packages))


MISSING = Rule(
    "SD150",
    "error",
    "Package is not in the environment",
    "“{package}”{beside} is not in the environment{hint}; the service does not start.",
    "The environment holds what its file lists and what those packages need themselves. Importing anything else raises"
    " ModuleNotFoundError.",
    _HEAD.replace("joblib\n", "joblib\nimport pandas as pd\n")
    + _INIT
    + '\n\ndef run(data):\n    return model.predict(pd.DataFrame(json.loads(data)["data"])).tolist()\n',
    _GOOD,
    "Add the package to the conda file or the requirements, or do without it.",
    "Python import system; package metadata of the Python Package Index",
    _WORLD,
    fixable=True,
)
UNUSED = Rule(
    "SD151",
    "error",
    "Unused import of a missing package",
    "“{name}” is never used, and “{package}” is not in the environment; the service does not start.",
    "An import runs even if nothing uses it, and a package that is not there raises ModuleNotFoundError.",
    _HEAD.replace("joblib\n", "joblib\nimport matplotlib.pyplot as plt\n") + _INIT + _RUN,
    _GOOD,
    "Remove the import.",
    "Python import system",
    _WORLD,
    fixable=True,
    tag="unnecessary",
)
NOT_IN_SERVICE = Rule(
    "SD152",
    "error",
    "Part of the SDK that a service lacks",
    "“{name}” does not exist in a Scoredock service, which has only what scoring needs of Azure's SDK: the import"
    " fails{hint}.",
    "A service runs without the SDK and without an account: there is no workspace, run or dataset to get. In Azure the"
    " import may work, where the environment brings the SDK, and what needs an account fails later.",
    "import json\n\nfrom azureml.core import Workspace\n" + _PLAIN + _ROWS,
    "import json\n" + _PLAIN + _ROWS,
    "Remove it from the entry script; use the SDK in the script that deploys.",
    "Scoredock runtime; azureml-core 1.61, Workspace needs authentication",
    _WORLD,
    fixable=True,
    scripts=("entry-script", "module"),  # clusters, which run batches, have the SDK
)
NO_MODULE = Rule(
    "SD153",
    "error",
    "Package has another import name",
    "The module “{name}” does not exist; import “{module}” instead.",
    "Some packages are imported under another name than the one they are installed by, and upper and lower case differ."
    " Importing the wrong one raises ModuleNotFoundError.",
    "import json\n\nimport scikit_learn\n"
    + _PLAIN
    + 'def run(data):\n    return {"version": scikit_learn.__version__, "rows": len(json.loads(data)["data"])}\n',
    "import json\n\nimport sklearn\n"
    + _PLAIN
    + 'def run(data):\n    return {"version": sklearn.__version__, "rows": len(json.loads(data)["data"])}\n',
    "Import the name that the package's documentation uses.",
    "metadata of the packages on the Python Package Index",
    _WORLD,
    fixable=True,
)
MODULE_GONE = Rule(
    "SD154",
    "error",
    "Module is not in this Python",
    "{problem}",
    "Modules leave and join the standard library; importing one that is not there raises ModuleNotFoundError, and the"
    " service does not start.",
    "import json\nimport ConfigParser\n"
    + _PLAIN
    + 'def run(data):\n    return {"rows": len(json.loads(data)["data"]), "parser": str(ConfigParser)}\n',
    "import json\nimport configparser\n"
    + _PLAIN
    + 'def run(data):\n    return {"rows": len(json.loads(data)["data"]), "parser": str(configparser)}\n',
    "Use its replacement, or another Python.",
    "Python documentation, “What's New”: removed and new modules",
    fixable=True,
)
NEWER_PYTHON = Rule(
    "SD155",
    "error",
    "Needs a newer Python",
    "{what} needs Python {needed}, but the environment asks for Python {python}; {effect}.",
    "The environment runs the Python that it names. Older ones refuse newer syntax, and lack newer functions.",
    "import json\n"
    + _PLAIN
    + 'def run(data):\n    if (rows := json.loads(data)["data"]) is None:\n        rows = []\n    return {"rows":'
    " len(rows)}\n",
    "import json\n"
    + _PLAIN
    + 'def run(data):\n    rows = json.loads(data)["data"]\n    return {"rows": len(rows or [])}\n',
    "Ask for a newer Python in the environment, or use the older syntax or function.",
    "Python documentation, “What's New”",
    World(
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
    "SD156",
    "error",
    "Name was removed from its package",
    "“{name}” was removed in {package} {version}{hint}; {effect}.",
    "Packages drop old names. With the release that the environment asks for, this raises AttributeError or"
    " ImportError.",
    "import json\n\nimport numpy as np\n"
    + _PLAIN
    + 'def run(data):\n    return np.array(json.loads(data)["data"], dtype=np.float).tolist()\n',
    "import json\n\nimport numpy as np\n"
    + _PLAIN
    + 'def run(data):\n    return np.array(json.loads(data)["data"], dtype=float).tolist()\n',
    "Use its replacement, or ask for an older release.",
    "release notes of NumPy, pandas, SciPy, scikit-learn, TensorFlow and Keras",
    _with({"numpy": ">=1.26"}),
    fixable=True,
)
MODULE_REMOVED = Rule(
    "SD157",
    "error",
    "Module was removed from its package",
    "“{name}” was removed in {package} {version}{hint}; the service does not start.",
    "Packages move and drop modules. With the release that the environment asks for, the import raises"
    " ModuleNotFoundError.",
    "import json\n\nfrom sklearn.cross_validation import train_test_split\n"
    + _PLAIN
    + 'def run(data):\n    return len(train_test_split(json.loads(data)["data"])[0])\n',
    "import json\n\nfrom sklearn.model_selection import train_test_split\n"
    + _PLAIN
    + 'def run(data):\n    return len(train_test_split(json.loads(data)["data"])[0])\n',
    "Import it from its new module.",
    "release notes of scikit-learn, TensorFlow, Keras, SciPy and pandas",
    _with({"scikit-learn": "==1.5.2"}),
    fixable=True,
)
CHANGED = Rule(
    "SD158",
    "warning",
    "Behaves differently in this release",
    "{problem}",
    "Defaults change between releases, often for safety, and code that was right before then fails.",
    "import json\nimport os\n\nimport torch\n"
    + '\n\ndef init():\n    global model\n    model = torch.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pt"))\n    model.eval()\n'
    + '\n\ndef run(data):\n    return model(torch.tensor(json.loads(data)["data"])).tolist()\n',
    "import json\nimport os\n\nimport torch\n"
    + '\n\ndef init():\n    global model\n    model = torch.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pt"), weights_only=False)\n    model.eval()\n'
    + '\n\ndef run(data):\n    return model(torch.tensor(json.loads(data)["data"])).tolist()\n',
    "Set the value explicitly, or pin the older release.",
    "release notes of PyTorch 2.6, NumPy 1.16.3, ONNX Runtime 1.9 and pandas 2.1",
    _with({"torch": ">=2.6"}),
    fixable=True,
)
PICKLED_WITH = Rule(
    "SD159",
    "warning",
    "Model was made with another release",
    "The model “{model}” was made with {package} {made}, but the environment has {wanted}; {effect}.",
    "A pickle holds the inside of objects, which changes between releases. scikit-learn warns, and often fails to load"
    " or to predict.",
    _GOOD,
    _GOOD.replace("import joblib\n", "import onnxruntime\n")
    .replace("joblib.load(", "onnxruntime.InferenceSession(")
    .replace('model.pkl")', 'model.onnx"), providers=["CPUExecutionProvider"]')
    .replace('model.predict(json.loads(data)["data"]).tolist()', "model.run(None, json.loads(data))[0].tolist()"),
    "Pin the release that the model was made with, or train it again.",
    "scikit-learn documentation, model persistence: versions",
    World(
        models=(ModelFacts("diabetes", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.3.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml", "project", "3.11", {**_PACKAGES, "onnxruntime": ""}, text=_CONDA
        ),
    ),
    fixable=True,
)
PICKLE_REFUSED = Rule(
    "SD179",
    "error",
    "Pickle that the environment cannot use",
    "“{model}” was made with {made}, but the environment has {wanted}: {reason}; {ways}.",
    "A pickle names the classes of its objects and holds their inside. Releases rename classes (ModuleNotFoundError)"
    " and change what is inside (“node array from the pickle has an incompatible dtype”), and a Python reads neither a"
    " later protocol nor the code of another Python. What is told here was tried with real models.",
    _GOOD,
    _GOOD.replace("import joblib\n", "import onnxruntime\n")
    .replace("joblib.load(", "onnxruntime.InferenceSession(")
    .replace('model.pkl")', 'model.onnx"), providers=["CPUExecutionProvider"]')
    .replace('model.predict(json.loads(data)["data"]).tolist()', "model.run(None, json.loads(data))[0].tolist()"),
    "Pin the releases that the model was made with, or train it again.",
    "scikit-learn documentation, model persistence: versions",
    World(
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
    "SD164",
    "error",
    "Model needs a package that is missing",
    "The model “{model}” is a pickle of “{package}”, which is not in the environment; loading it fails "
    "and the service does not start.",
    "A pickle names the classes of its objects. Loading it imports the package that they come from, even if the script"
    " itself does not.",
    _GOOD,
    _GOOD.replace("import joblib\n", "import onnxruntime\n")
    .replace("joblib.load(", "onnxruntime.InferenceSession(")
    .replace('model.pkl")', 'model.onnx"), providers=["CPUExecutionProvider"]')
    .replace('model.predict(json.loads(data)["data"]).tolist()', "model.run(None, json.loads(data))[0].tolist()"),
    "Add the package to the environment, in the release that the model was made with.",
    "Python documentation, pickle: classes are imported by name",
    World(
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
    "SD160",
    "error",
    "Module is not found in the service",
    "{problem}; the service does not start.",
    "A service holds the entry script, or the whole source directory. Python then looks for modules in that directory,"
    " not in the folder of the script.",
    "import json\n\nfrom cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "import json\n\nfrom scoring.cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "Give the path from the source directory, or name a source directory that holds the module.",
    "azureml-inference-server-http 1.5.1: AZUREML_SOURCE_DIRECTORY is added to sys.path",
    World("src/scoring/score.py", ("src/scoring/cleaning.py",), source_directory="src"),
    fixable=True,
)
RELATIVE = Rule(
    "SD161",
    "error",
    "Relative import outside a package",
    "{problem}, so the relative import of “{module}” fails and the service does not start; {advice}.",
    "The server imports the entry script by its path, and the modules beside it by their names. Neither is part of a"
    " package, so a leading dot has nothing to stand for, and Python raises ImportError. In the modules of a package"
    " relative imports are right, as long as their dots do not lead out of it.",
    "import json\n\nfrom .cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "import json\n\nfrom cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "Name the module without the dots, as it is found from the source directory.",
    "Python language reference, the import statement: relative imports",
    World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
MODULE_CASE = Rule(
    "SD162",
    "error",
    "Module is spelt in another case",
    "The module “{name}” does not exist, but “{file}” does; Python tells upper and lower case apart, and "
    "the service does not start.",
    "On Linux, where services run, names that differ in case are different names.",
    "import json\n\nfrom Cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "import json\n\nfrom cleaning import clean\n"
    + _PLAIN
    + 'def run(data):\n    return clean(json.loads(data)["data"])\n',
    "Write the name exactly as in the file name.",
    "Python import system",
    World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
HIDDEN = Rule(
    "SD163",
    "warning",
    "File has the name of a library",
    "“{name}” is {library} in the service, not “{file}” beside the script.",
    "The source directory is searched last, so a file with the name of a library is never imported there; on your own"
    " machine it hides the library.",
    "import json\n\nimport statistics\n"
    + _PLAIN
    + 'def run(data):\n    return {"mean": statistics.mean(json.loads(data)["data"])}\n',
    "import json\n\nimport own_statistics\n"
    + _PLAIN
    + 'def run(data):\n    return {"mean": own_statistics.mean(json.loads(data)["data"])}\n',
    "Rename the file.",
    "azureml-inference-server-http 1.5.1: the source directory is appended to sys.path",
    World(files=("statistics.py", "own_statistics.py"), source_directory="."),
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
