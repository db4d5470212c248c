"""Rules SD506 to SD513: files that are opened in a way, or sought in a place, where they are not found."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)
_WITH_SDK = EnvironmentFacts(complete=False, installed={"azureml-core": "1.61.0"})
_SOURCE = World("src/score.py", files=("src/words.json",), source_directory="src")


TEXT_MODE = ServiceScriptRule(
    code="SD506",
    severity="error",
    title="Model opened as text",
    message="{call} needs the file in binary mode; open it with “rb”.",
    why="When the file is opened as text, the bytes of a pickle cannot be decoded, and init() fails.",
    fix="Open the file with “rb”.",
    source="Python documentation, pickle.load",
    world=World(models=_ONE.models, deployed=True),
    fixable=True,
)
PATH_FOR_FILE = ServiceScriptRule(
    code="SD507",
    severity="error",
    title="Path where an open file is expected",
    message="{call} needs an open file, not a path.",
    why="A path has no method read(), so this raises TypeError.",
    fix="Open the file, or use joblib.load, which takes a path.",
    source="Python documentation, pickle.load",
    world=World(models=_ONE.models, deployed=True),
    fixable=True,
)
RELATIVE = EntryScriptRule(
    code="SD508",
    severity="error",
    title="Path relative to the wrong folder",
    message="“{path}” is looked for in the folder above “{folder}”, where it does not exist.",
    why="The working directory of a service is the folder above the source directory, not the folder of the script.",
    fix="Start from the folder of the script: os.path.dirname(os.path.abspath(__file__)).",
    source="azureml-core 1.61: working directory of the container",
    world=_SOURCE,
    fixable=True,
)
WORKSPACE = EntryScriptRule(
    code="SD509",
    severity="warning",
    title="Workspace inside a service",
    message="{call} needs a workspace, but a service has no “config.json” and nobody who can sign in.",
    why="The models are copied into the service when it is deployed; the script finds them below AZUREML_MODEL_DIR.",
    fix="Use AZUREML_MODEL_DIR or Model.get_model_path.",
    source="azureml-core 1.61, Workspace.from_config",
    world=World(models=_ONE.models, deployed=True, environment=_WITH_SDK),
)
BY_HAND = EntryScriptRule(
    code="SD510",
    severity="hint",
    title="Variable is not set when executed directly",
    message="AZUREML_MODEL_DIR is not set when the file is executed directly, and init() fails here.",
    why="Only a service sets the variable. The block below the main guard calls init() without it.",
    fix="Give a default for your own machine, or set the variable first.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)
FOLDER = ServiceScriptRule(
    code="SD511",
    severity="error",
    title="Folder where a file is expected",
    message="{call} needs a file, but AZUREML_MODEL_DIR is a folder.",
    why="AZUREML_MODEL_DIR is a folder; the model is in it under the name that it was registered with.",
    fix="Join the name of the file.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)
BELOW_FILE = ServiceScriptRule(
    code="SD512",
    severity="error",
    title="Joined to the model's own path",
    message="get_model_path() gives the file “{path}” of “{model_id}” itself, so there is nothing below it.",
    why="get_model_path gives the path of the registered file or folder itself, not of a folder around it.",
    fix="Use the path as it is, or join the path inside the registered folder.",
    source="azureml-core 1.61, Model.get_model_path",
    world=_ONE,
    fixable=True,
)
BACKSLASH = ServiceScriptRule(
    code="SD513",
    severity="warning",
    title="Path with backslashes",
    message="“{path}” is one long name in a container, where a backslash is not a separator; write slashes.",
    why="Services run on Linux, where only the slash separates folders. Windows takes the slash as well.",
    fix="Write slashes, or give the parts to os.path.join.",
    source="Python documentation, os.sep",
    world=World(models=(ModelFacts("diabetes", 1, ("ridge/model.pkl",)),), deployed=True),
    fixable=True,
)
STAYS_NONE = EntryScriptRule(
    code="SD514",
    severity="error",
    title="Model is never loaded",
    message="“{name}” is None when run() uses it: nothing assigns another value{hint}.",
    why=(
        "The script sets it to None at the top, and init() assigns other names only. None has none of the methods of a"
        " model, so every request fails."
    ),
    fix="Assign it in init(), with a global statement.",
    source="Python language reference, the global statement",
    world=_ONE,
    fixable=True,
)
NAME_FOR_VALUE = ServiceScriptRule(
    code="SD515",
    severity="error",
    title="Name of the variable instead of its value",
    message='This is the name of the variable, not the folder; os.environ["AZUREML_MODEL_DIR"] is the folder.',
    why="There is no folder called AZUREML_MODEL_DIR; the environment variable of that name holds the path.",
    fix="Read the variable from os.environ.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)
NOT_JOINED = EntryScriptRule(
    code="SD516",
    severity="error",
    title="Model looked for in the working directory",
    message="“{path}” is in the model, but not in the working directory; join it to AZUREML_MODEL_DIR.",
    why=(
        "The files of a model are below AZUREML_MODEL_DIR. A relative path is looked for in the working directory of"
        " the service, where they are not."
    ),
    fix='Join the path to os.environ["AZUREML_MODEL_DIR"].',
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)

NOT_BESIDE = EntryScriptRule(
    code="SD517",
    severity="error",
    title="File beside the script is missing",
    message="“{path}” does not exist beside the script{hint}.",
    why=(
        "The source directory is copied into the service as it is. A file that is missing now is missing there too, and"
        " opening it fails."
    ),
    fix="Correct the name, or put the file into the source directory.",
    source="Azure ML article “Deploy models”: the source directory",
    world=World(texts=(("labels.json", '{"a": 1}'),)),
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
