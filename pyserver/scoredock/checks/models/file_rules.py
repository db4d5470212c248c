"""Rules SD506 to SD513: files that are opened in a way, or sought in a place, where they are not found."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)
_WITH_SDK = EnvironmentFacts(complete=False, installed={"azureml-core": "1.61.0"})
_SOURCE = World("src/score.py", files=("src/words.json",), source_directory="src")
_RUN = '\n\ndef run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n'
_PATH = 'os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl")'


def _script(load: str, imports: str = "import os\n", library: str = "joblib") -> str:
    return f"import json\n{imports}\nimport {library}\n\n\ndef init():\n    global model\n    model = {load}\n{_RUN}"


def _pickled(opened: str) -> str:
    return (
        "import json\nimport os\nimport pickle\n\n\ndef init():\n    global model\n    model ="
        f' pickle.load({opened})\n\n\ndef run(data):\n    return {{"rows": len(json.loads(data)["data"]), "model":'
        " str(type(model))}\n"
    )


_WORDS = (
    "import json\nimport os\n\n\ndef init():\n    global words\n    with open({0}) as file:\n        words ="
    " json.load(file)\n\n\ndef run(data):\n    return words.get(data)\n"
)
_SDK_IMPORT = "\nfrom azureml.core.model import Model\n"
_GUARDED = '\n\nif __name__ == "__main__":\n    init()\n    print(run(\'{"data": [[1.0]]}\'))\n'

TEXT_MODE = ServiceScriptRule(
    "SD506",
    "error",
    "Model opened as text",
    "{call} needs the file in binary mode; open it with “rb”.",
    "When the file is opened as text, the bytes of a pickle cannot be decoded, and init() fails.",
    _pickled(f"open({_PATH})"),
    _pickled(f'open({_PATH}, "rb")'),
    "Open the file with “rb”.",
    "Python documentation, pickle.load",
    World(models=_ONE.models, deployed=True),
    fixable=True,
)
PATH_FOR_FILE = ServiceScriptRule(
    "SD507",
    "error",
    "Path where an open file is expected",
    "{call} needs an open file, not a path.",
    "A path has no method read(), so this raises TypeError.",
    _pickled(_PATH),
    _pickled(f'open({_PATH}, "rb")'),
    "Open the file, or use joblib.load, which takes a path.",
    "Python documentation, pickle.load",
    World(models=_ONE.models, deployed=True),
    fixable=True,
)
RELATIVE = EntryScriptRule(
    "SD508",
    "error",
    "Path relative to the wrong folder",
    "“{path}” is looked for in the folder above “{folder}”, where it does not exist.",
    "The working directory of a service is the folder above the source directory, not the folder of the script.",
    _WORDS.format('"words.json"'),
    _WORDS.format('os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.json")'),
    "Start from the folder of the script: os.path.dirname(os.path.abspath(__file__)).",
    "azureml-core 1.61: working directory of the container",
    _SOURCE,
    fixable=True,
)
WORKSPACE = EntryScriptRule(
    "SD509",
    "warning",
    "Workspace inside a service",
    "{call} needs a workspace, but a service has no “config.json” and nobody who can sign in.",
    "The models are copied into the service when it is deployed; the script finds them below AZUREML_MODEL_DIR.",
    _script(
        'joblib.load(Model(Workspace.from_config(), "diabetes").download())',
        "\nfrom azureml.core import Workspace\nfrom azureml.core.model import Model\n",
    ),
    _script('joblib.load(Model.get_model_path("diabetes"))', _SDK_IMPORT),
    "Use AZUREML_MODEL_DIR or Model.get_model_path.",
    "azureml-core 1.61, Workspace.from_config",
    World(models=_ONE.models, deployed=True, environment=_WITH_SDK),
)
BY_HAND = EntryScriptRule(
    "SD510",
    "hint",
    "Variable is not set when executed directly",
    "AZUREML_MODEL_DIR is not set when the file is executed directly, and init() fails here.",
    "Only a service sets the variable. The block below the main guard calls init() without it.",
    _script(f"joblib.load({_PATH})") + _GUARDED,
    _script('joblib.load(os.path.join(os.environ.get("AZUREML_MODEL_DIR", "."), "ridge.pkl"))') + _GUARDED,
    "Give a default for your own machine, or set the variable first.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)
FOLDER = ServiceScriptRule(
    "SD511",
    "error",
    "Folder where a file is expected",
    "{call} needs a file, but AZUREML_MODEL_DIR is a folder.",
    "AZUREML_MODEL_DIR is a folder; the model is in it under the name that it was registered with.",
    _script('joblib.load(os.environ["AZUREML_MODEL_DIR"])'),
    _script(f"joblib.load({_PATH})"),
    "Join the name of the file.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)
BELOW_FILE = ServiceScriptRule(
    "SD512",
    "error",
    "Joined to the model's own path",
    "get_model_path() gives the file “{path}” of “{model_id}” itself, so there is nothing below it.",
    "get_model_path gives the path of the registered file or folder itself, not of a folder around it.",
    _script('joblib.load(os.path.join(Model.get_model_path("diabetes"), "ridge.pkl"))', "import os\n" + _SDK_IMPORT),
    _script('joblib.load(Model.get_model_path("diabetes"))', "import os\n" + _SDK_IMPORT),
    "Use the path as it is, or join the path inside the registered folder.",
    "azureml-core 1.61, Model.get_model_path",
    _ONE,
    fixable=True,
)
BACKSLASH = ServiceScriptRule(
    "SD513",
    "warning",
    "Path with backslashes",
    "“{path}” is one long name in a container, where a backslash is not a separator; write slashes.",
    "Services run on Linux, where only the slash separates folders. Windows takes the slash as well.",
    _script('joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge\\\\model.pkl"))'),
    _script('joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge", "model.pkl"))'),
    "Write slashes, or give the parts to os.path.join.",
    "Python documentation, os.sep",
    World(models=(ModelFacts("diabetes", 1, ("ridge/model.pkl",)),), deployed=True),
    fixable=True,
)
STAYS_NONE = EntryScriptRule(
    "SD514",
    "error",
    "Model is never loaded",
    "“{name}” is None when run() uses it: nothing assigns another value{hint}.",
    "The script sets it to None at the top, and init() assigns other names only. None has none of the methods of a"
    " model, so every request fails.",
    "import json\nimport os\n\nimport joblib\n\nmodel = None\n\n\ndef init():\n    global model\n    modle ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))\n    print(modle)\n' + _RUN,
    "import json\nimport os\n\nimport joblib\n\nmodel = None\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))\n    print(model)\n' + _RUN,
    "Assign it in init(), with a global statement.",
    "Python language reference, the global statement",
    _ONE,
    fixable=True,
)
NAME_FOR_VALUE = ServiceScriptRule(
    "SD515",
    "error",
    "Name of the variable instead of its value",
    'This is the name of the variable, not the folder; os.environ["AZUREML_MODEL_DIR"] is the folder.',
    "There is no folder called AZUREML_MODEL_DIR; the environment variable of that name holds the path.",
    _script('joblib.load(os.path.join("AZUREML_MODEL_DIR", "ridge.pkl"))'),
    _script(f"joblib.load({_PATH})"),
    "Read the variable from os.environ.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)
NOT_JOINED = EntryScriptRule(
    "SD516",
    "error",
    "Model looked for in the working directory",
    "“{path}” is in the model, but not in the working directory; join it to AZUREML_MODEL_DIR.",
    "The files of a model are below AZUREML_MODEL_DIR. A relative path is looked for in the working directory of the"
    " service, where they are not.",
    _script('joblib.load("ridge.pkl")'),
    _script(f"joblib.load({_PATH})"),
    'Join the path to os.environ["AZUREML_MODEL_DIR"].',
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)

NOT_BESIDE = EntryScriptRule(
    "SD517",
    "error",
    "File beside the script is missing",
    "“{path}” does not exist beside the script{hint}.",
    "The source directory is copied into the service as it is. A file that is missing now is missing there too, and"
    " opening it fails.",
    "import json\nimport os\n\nHERE = os.path.dirname(os.path.abspath(__file__))\n\n\ndef init():\n    global labels\n "
    '   with open(os.path.join(HERE, "label.json")) as stream:\n        labels = json.load(stream)\n\n\ndef'
    ' run(data):\n    return {"labels": len(labels), "rows": len(json.loads(data)["data"])}\n',
    "import json\nimport os\n\nHERE = os.path.dirname(os.path.abspath(__file__))\n\n\ndef init():\n    global labels\n "
    '   with open(os.path.join(HERE, "labels.json")) as stream:\n        labels = json.load(stream)\n\n\ndef'
    ' run(data):\n    return {"labels": len(labels), "rows": len(json.loads(data)["data"])}\n',
    "Correct the name, or put the file into the source directory.",
    "Azure ML article “Deploy models”: the source directory",
    World(texts=(("labels.json", '{"a": 1}'),)),
    fixable=True,
)

RULES = (
    TEXT_MODE,
    PATH_FOR_FILE,
    RELATIVE,
    WORKSPACE,
    BY_HAND,
    FOLDER,
    BELOW_FILE,
    BACKSLASH,
    STAYS_NONE,
    NAME_FOR_VALUE,
    NOT_JOINED,
    NOT_BESIDE,
)
