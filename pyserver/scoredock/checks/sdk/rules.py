"""Rules SD801 to SD849: scripts and notebooks that use the SDK from outside a service."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.sdk import client_rules

SDK = "azureml-core 1.61"
HERE = World("deploy.py", ("score.py", "outputs/model.pkl"))

SYNTAX = Rule(
    code="SD801",
    severity="error",
    title="Syntax error in a deployment script",
    message="Python cannot read this: {problem}.",
    why=(
        "Nothing of a script or cell runs when a part of it is not Python; the usual cause is a bracket that is never"
        " closed."
    ),
    fix="Correct the place that is shown; the cause may be a little before it.",
    source="Python language reference",
    world=HERE,
    fixable=True,
)
UNDEFINED = Rule(
    code="SD802",
    severity="error",
    title="Name is never imported or assigned",
    message="“{name}” is not defined here{hint}.",
    why="Python raises NameError at this line.",
    fix="Import the name, or assign it before this line.",
    source="Python language reference",
    world=HERE,
    fixable=True,
)
IMPORT = Rule(
    code="SD803",
    severity="error",
    title="Import that the SDK does not have",
    message="The SDK has no module “{name}”{hint}.",
    why="The import raises ImportError or ModuleNotFoundError, and the script ends there.",
    fix="Import it from the module that has it.",
    source=f"{SDK}, modules",
    world=HERE,
    fixable=True,
)
ATTRIBUTE = Rule(
    code="SD804",
    severity="error",
    title="Method or attribute that does not exist",
    message="“{owner}” has no “{name}”{hint}.",
    why="Python raises AttributeError at this line.",
    fix="Use the name that the SDK has.",
    source=f"{SDK}, classes",
    world=HERE,
    fixable=True,
)
KEYWORD = Rule(
    code="SD805",
    severity="error",
    title="Parameter that does not exist",
    message="{function}() has no parameter “{name}”{hint}.",
    why="Python raises TypeError at this line.",
    fix="Use the name of the parameter, or leave the argument out.",
    source=f"{SDK}, signatures",
    world=HERE,
    fixable=True,
)
MISSING = Rule(
    code="SD806",
    severity="error",
    title="Required argument is missing",
    message="{function}() also needs {names}.",
    why="Python raises TypeError at this line.",
    fix="Add the argument.",
    source=f"{SDK}, signatures",
    world=HERE,
)
TOO_MANY = Rule(
    code="SD807",
    severity="error",
    title="Too many arguments",
    message="{function}() takes at most {most} positional arguments, not {given}.",
    why="Python raises TypeError at this line.",
    fix="Remove the extra arguments, or name them.",
    source=f"{SDK}, signatures",
    world=HERE,
)
WRONG_CLASS = Rule(
    code="SD808",
    severity="error",
    title="Value of the wrong class",
    message="“{name}” must be {wanted}, not {got}.",
    why="The SDK refuses the value, or fails when it reads something that the value does not have.",
    fix="Pass the value that belongs there.",
    source=f"{SDK}, Model.deploy and related methods",
    world=HERE,
    fixable=True,
)
TARGET = Rule(
    code="SD809",
    severity="error",
    title="Configuration of another kind of service",
    message="A local service takes a configuration of “LocalWebservice”, not of “{name}”.",
    why=(
        "A local service refuses the configuration of another kind, and a deployment configuration belongs to the"
        " target that it is for."
    ),
    fix="Make the configuration with the class of the target.",
    source=f"{SDK}, LocalWebservice.update and Model.deploy",
    world=HERE,
    fixable=True,
)
NOT_WAITED = Rule(
    code="SD810",
    severity="warning",
    title="Used before it is ready",
    message="“{name}” may not be ready here; call {name}.{wait}() first.",
    why="The call that made it returns before the work is done; until then there is no address and no result.",
    fix="Wait for it right after creating it.",
    source=f"{SDK}, scoring_uri unavailable",
    world=HERE,
    fixable=True,
)
DEPRECATED = Rule(
    code="SD811",
    severity="hint",
    title="Deprecated part of the SDK",
    message="“{name}” is deprecated; use Model.deploy() with an InferenceConfig.",
    why="It still runs and prints a warning, but its replacement does more and works with newer services.",
    fix="Use what the message names.",
    source=f"{SDK}, deprecation warnings",
    world=HERE,
    fixable=True,
    tag="deprecated",
)
NAME = Rule(
    code="SD812",
    severity="error",
    title="Name that is refused",
    message="“{name}” is refused: {grammar}.",
    why="The SDK looks at the name before anything else and raises an exception.",
    fix="Choose a name that follows the rule.",
    source=f"{SDK}, name validation",
    world=HERE,
    fixable=True,
)
FRAMEWORK = Rule(
    code="SD813",
    severity="error",
    title="Framework version without a framework",
    message="“model_framework_version” also needs “model_framework”.",
    why="Model.register refuses a version of a framework that is not named.",
    fix="Name the framework, or remove the version.",
    source=f"{SDK}, Model.register",
    world=HERE,
    fixable=True,
)
MODEL_PATH = Rule(
    code="SD814",
    severity="warning",
    title="Model file does not exist",
    message="“{path}” does not exist beside this script.",
    why=(
        "Model.register uploads the file or folder at this path, relative to the folder the script is started in, and"
        " refuses paths outside it."
    ),
    fix="Correct the path.",
    source=f"{SDK}, Model.register: Path does not exist",
    world=HERE,
    fixable=True,
)
ENTRY_SCRIPT = Rule(
    code="SD815",
    severity="error",
    title="Entry script that is refused",
    message="“{name}” cannot be imported by Python; use letters, digits and underscores.",
    why=(
        "InferenceConfig looks for the script when it is made: it must exist, end in .py and have a name that Python"
        " can import."
    ),
    fix="Name an existing script, and rename a script whose name is not a Python identifier.",
    source=f"{SDK}, InferenceConfig",
    world=World("deploy.py", ("score.py", "my-score.py")),
)
NO_ENTRY_SCRIPT = Rule(
    code="SD816",
    severity="warning",
    title="Entry script does not exist",
    message="“{path}” does not exist beside this script.",
    why="InferenceConfig raises an exception when the entry script does not exist.",
    fix="Correct the path; it is relative to source_directory, or otherwise to the folder the script is started in.",
    source=f"{SDK}, InferenceConfig",
    world=HERE,
    fixable=True,
)
SETTING = Rule(
    code="SD817",
    severity="error",
    title="Setting that is refused",
    message="{problem}",
    why="The deployment configuration is checked when it is made, and every contradiction raises an exception.",
    fix="Keep one of the settings, or correct the value.",
    source=f"{SDK}, validate_configuration",
    world=HERE,
    fixable=True,
)
NO_CODE = Rule(
    code="SD818",
    severity="error",
    title="Deployment without an entry script",
    message="The model has no framework, so an inference configuration is needed.",
    why=(
        "Without an inference configuration the service is made from the framework of the model alone, which is known"
        " for ONNX, scikit-learn and TensorFlow only."
    ),
    fix="Register the model with its framework, or give an inference configuration.",
    source=f"{SDK}, no-code deployment",
    world=HERE,
    fixable=True,
)
NAME_WITH_VERSION = Rule(
    code="SD819",
    severity="error",
    title="Version inside a model name",
    message="“{name}” is the id of a model; give it as id=.",
    why="A name cannot contain a colon, so the model is not found.",
    fix="Give it as id, or give name and version separately.",
    source=f"{SDK}, Model",
    world=HERE,
    fixable=True,
)
UNSUPPORTED = Rule(
    code="SD820",
    severity="error",
    title="Not possible with this kind of service",
    message="A local service has no keys and no tokens.",
    why="The method exists on every kind of service, but raises an exception on this one.",
    fix="Remove the call for this kind of service.",
    source=f"{SDK}, LocalWebservice and AciWebservice",
    world=HERE,
)
NOT_CALLED = Rule(
    code="SD821",
    severity="warning",
    title="Method is not called",
    message="“{name}” is a method; without () it is not called.",
    why="The name alone is the method itself, not its result.",
    fix="Add the parentheses.",
    source="Python language reference",
    world=HERE,
    fixable=True,
)
RESULT_KEY = Rule(
    code="SD822",
    severity="error",
    title="Key that the result does not have",
    message="“{key}” is not in the details of a profile; did you mean “{near}”?",
    why="Python raises KeyError at this line.",
    fix="Use the key as the SDK spells it.",
    source=f"{SDK}, ModelProfile.get_details",
    world=HERE,
    fixable=True,
)
NOTHING_TO_UPDATE = Rule(
    code="SD823",
    severity="error",
    title="update() without anything to change",
    message="update() needs at least one argument.",
    why="The SDK raises “No parameters provided to update”.",
    fix="Give what should change, or remove the call.",
    source=f"{SDK}, Webservice.update",
    world=HERE,
)
NO_FILE = Rule(
    code="SD824",
    severity="warning",
    title="File that the SDK reads does not exist",
    message="“{path}” does not exist beside this script.",
    why="The SDK opens the file at this line and raises an exception when it does not exist.",
    fix="Correct the path; it is relative to the folder the script is started in.",
    source=f"{SDK}, Environment and Workspace",
    world=World("deploy.py", ("score.py", "conda.yml")),
    fixable=True,
)

NOT_HERE = Rule(
    code="SD825",
    severity="information",
    title="Part of the SDK that runs in Azure only",
    message="“{name}” has no meaning on this machine: a run with Scoredock ends here.",
    why=(
        "Scoredock answers for the SDK on this machine. What needs Azure itself, such as pipelines, automated ML or"
        " keys of the workspace, can be imported and raises an exception when it is used. In Azure the script is right."
    ),
    fix="Leave it out of what is run here, or catch the exception.",
    source="`docs/sdk.md`, what stands for what",
    world=HERE,
)

RULES = (
    SYNTAX,
    UNDEFINED,
    IMPORT,
    ATTRIBUTE,
    KEYWORD,
    MISSING,
    TOO_MANY,
    WRONG_CLASS,
    TARGET,
    NOT_WAITED,
    DEPRECATED,
    NAME,
    FRAMEWORK,
    MODEL_PATH,
    ENTRY_SCRIPT,
    NO_ENTRY_SCRIPT,
    SETTING,
    NO_CODE,
    NAME_WITH_VERSION,
    UNSUPPORTED,
    NOT_CALLED,
    RESULT_KEY,
    NOTHING_TO_UPDATE,
    NO_FILE,
    NOT_HERE,
    *client_rules.RULES,
)
