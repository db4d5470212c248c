"""Rules SD801 to SD849: scripts and notebooks that use the SDK from outside a service."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.sdk import client_rules

SDK = "azureml-core 1.61"
HERE = World("deploy.py", ("score.py", "outputs/model.pkl"))
HEAD = """from azureml.core import Environment, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice

ws = Workspace.from_config()
model = Model(ws, name="diabetes")
environment = Environment.get(workspace=ws, name="ridge")
inference_config = InferenceConfig(entry_script="score.py", environment=environment)
"""
LOCAL = "deployment_config = LocalWebservice.deploy_configuration(port=8890)\n"
DEPLOY = """service = Model.deploy(ws, "diabetes-service", [model], inference_config, deployment_config)
service.wait_for_deployment(show_output=True)
print(service.state)
"""
GOOD = HEAD + LOCAL + DEPLOY
_REGISTER = "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\nws = Workspace.from_config()\n"
_REGISTERED = (
    _REGISTER
    + 'model = Model.register(workspace=ws, model_path="outputs/model.pkl", model_name="diabetes")\nprint(model.id)\n'
)

SYNTAX = Rule(
    "SD801",
    "error",
    "Syntax error in a deployment script",
    "Python cannot read this: {problem}.",
    "Nothing of a script or cell runs when a part of it is not Python; the usual cause is a bracket that is never"
    " closed.",
    GOOD.replace("environment=environment)", "environment=environment"),
    GOOD,
    "Correct the place that is shown; the cause may be a little before it.",
    "Python language reference",
    HERE,
    fixable=True,
)
UNDEFINED = Rule(
    "SD802",
    "error",
    "Name is never imported or assigned",
    "“{name}” is not defined here{hint}.",
    "Python raises NameError at this line.",
    GOOD.replace("from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice\n", ""),
    GOOD,
    "Import the name, or assign it before this line.",
    "Python language reference",
    HERE,
    fixable=True,
)
IMPORT = Rule(
    "SD803",
    "error",
    "Import that the SDK does not have",
    "The SDK has no module “{name}”{hint}.",
    "The import raises ImportError or ModuleNotFoundError, and the script ends there.",
    GOOD.replace("azureml.core.webservice import", "azureml.core.webservices import"),
    GOOD,
    "Import it from the module that has it.",
    f"{SDK}, modules",
    HERE,
    fixable=True,
)
ATTRIBUTE = Rule(
    "SD804",
    "error",
    "Method or attribute that does not exist",
    "“{owner}” has no “{name}”{hint}.",
    "Python raises AttributeError at this line.",
    GOOD.replace("wait_for_deployment", "wait_for_deploy"),
    GOOD,
    "Use the name that the SDK has.",
    f"{SDK}, classes",
    HERE,
    fixable=True,
)
KEYWORD = Rule(
    "SD805",
    "error",
    "Parameter that does not exist",
    "{function}() has no parameter “{name}”{hint}.",
    "Python raises TypeError at this line.",
    GOOD.replace("deploy_configuration(port", "deploy_configuration(ports"),
    GOOD,
    "Use the name of the parameter, or leave the argument out.",
    f"{SDK}, signatures",
    HERE,
    fixable=True,
)
MISSING = Rule(
    "SD806",
    "error",
    "Required argument is missing",
    "{function}() also needs {names}.",
    "Python raises TypeError at this line.",
    _REGISTERED.replace(', model_name="diabetes"', ""),
    _REGISTERED,
    "Add the argument.",
    f"{SDK}, signatures",
    HERE,
)
TOO_MANY = Rule(
    "SD807",
    "error",
    "Too many arguments",
    "{function}() takes at most {most} positional arguments, not {given}.",
    "Python raises TypeError at this line.",
    GOOD.replace("show_output=True", "True, 600, True"),
    GOOD,
    "Remove the extra arguments, or name them.",
    f"{SDK}, signatures",
    HERE,
)
WRONG_CLASS = Rule(
    "SD808",
    "error",
    "Value of the wrong class",
    "“{name}” must be {wanted}, not {got}.",
    "The SDK refuses the value, or fails when it reads something that the value does not have.",
    GOOD.replace("inference_config, deployment_config)", "deployment_config, inference_config)").replace(
        "[model], deployment_config, inference_config", "[model], deployment_config=inference_config"
    ),
    GOOD,
    "Pass the value that belongs there.",
    f"{SDK}, Model.deploy and related methods",
    HERE,
    fixable=True,
)
TARGET = Rule(
    "SD809",
    "error",
    "Configuration of another kind of service",
    "A local service takes a configuration of “LocalWebservice”, not of “{name}”.",
    "A local service refuses the configuration of another kind, and a deployment configuration belongs to the target"
    " that it is for.",
    GOOD + "service.update(deployment_config=AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1))\n",
    GOOD + "service.update(deployment_config=LocalWebservice.deploy_configuration(port=8891))\n",
    "Make the configuration with the class of the target.",
    f"{SDK}, LocalWebservice.update and Model.deploy",
    HERE,
    fixable=True,
)
NOT_WAITED = Rule(
    "SD810",
    "warning",
    "Used before it is ready",
    "“{name}” may not be ready here; call {name}.{wait}() first.",
    "The call that made it returns before the work is done; until then there is no address and no result.",
    (HEAD + "deployment_config = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)\n" + DEPLOY).replace(
        "service.wait_for_deployment(show_output=True)\nprint(service.state)", "print(service.scoring_uri)"
    ),
    (HEAD + "deployment_config = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)\n" + DEPLOY).replace(
        "service.state", "service.scoring_uri"
    ),
    "Wait for it right after creating it.",
    f"{SDK}, scoring_uri unavailable",
    HERE,
    fixable=True,
)
DEPRECATED = Rule(
    "SD811",
    "hint",
    "Deprecated part of the SDK",
    "“{name}” is deprecated; use Model.deploy() with an InferenceConfig.",
    "It still runs and prints a warning, but its replacement does more and works with newer services.",
    (HEAD + 'service = AksWebservice(ws, "diabetes-service")\ntoken = service.get_token()[0]\nservice.run("{}")\n'),
    (
        HEAD + 'service = AksWebservice(ws, "diabetes-service")\ntoken ='
        ' service.get_access_token().access_token\nservice.run("{}")\n'
    ),
    "Use what the message names.",
    f"{SDK}, deprecation warnings",
    HERE,
    fixable=True,
    tag="deprecated",
)
NAME = Rule(
    "SD812",
    "error",
    "Name that is refused",
    "“{name}” is refused: {grammar}.",
    "The SDK looks at the name before anything else and raises an exception.",
    GOOD.replace('"diabetes-service"', '"Diabetes_Service"'),
    GOOD,
    "Choose a name that follows the rule.",
    f"{SDK}, name validation",
    HERE,
    fixable=True,
)
FRAMEWORK = Rule(
    "SD813",
    "error",
    "Framework version without a framework",
    "“model_framework_version” also needs “model_framework”.",
    "Model.register refuses a version of a framework that is not named.",
    _REGISTERED.replace(")\nprint", ', model_framework_version="1.5.1")\nprint'),
    _REGISTERED.replace(
        ")\nprint", ', model_framework=Model.Framework.SCIKITLEARN, model_framework_version="1.5.1")\nprint'
    ),
    "Name the framework, or remove the version.",
    f"{SDK}, Model.register",
    HERE,
    fixable=True,
)
MODEL_PATH = Rule(
    "SD814",
    "warning",
    "Model file does not exist",
    "“{path}” does not exist beside this script.",
    "Model.register uploads the file or folder at this path, relative to the folder the script is started in, and"
    " refuses paths outside it.",
    _REGISTERED.replace("outputs/model.pkl", "outputs/modell.pkl"),
    _REGISTERED,
    "Correct the path.",
    f"{SDK}, Model.register: Path does not exist",
    HERE,
    fixable=True,
)
ENTRY_SCRIPT = Rule(
    "SD815",
    "error",
    "Entry script that is refused",
    "“{name}” cannot be imported by Python; use letters, digits and underscores.",
    "InferenceConfig looks for the script when it is made: it must exist, end in .py and have a name that Python can"
    " import.",
    GOOD.replace('"score.py"', '"my-score.py"'),
    GOOD,
    "Name an existing script, and rename a script whose name is not a Python identifier.",
    f"{SDK}, InferenceConfig",
    World("deploy.py", ("score.py", "my-score.py")),
)
NO_ENTRY_SCRIPT = Rule(
    "SD816",
    "warning",
    "Entry script does not exist",
    "“{path}” does not exist beside this script.",
    "InferenceConfig raises an exception when the entry script does not exist.",
    GOOD.replace('"score.py"', '"scroe.py"'),
    GOOD,
    "Correct the path; it is relative to source_directory, or otherwise to the folder the script is started in.",
    f"{SDK}, InferenceConfig",
    HERE,
    fixable=True,
)
SETTING = Rule(
    "SD817",
    "error",
    "Setting that is refused",
    "{problem}",
    "The deployment configuration is checked when it is made, and every contradiction raises an exception.",
    (
        HEAD
        + "deployment_config = AksWebservice.deploy_configuration(autoscale_enabled=True, num_replicas=3)\n"
        + DEPLOY
    ),
    (HEAD + "deployment_config = AksWebservice.deploy_configuration(num_replicas=3)\n" + DEPLOY),
    "Keep one of the settings, or correct the value.",
    f"{SDK}, validate_configuration",
    HERE,
    fixable=True,
)
NO_CODE = Rule(
    "SD818",
    "error",
    "Deployment without an entry script",
    "The model has no framework, so an inference configuration is needed.",
    "Without an inference configuration the service is made from the framework of the model alone, which is known for"
    " ONNX, scikit-learn and TensorFlow only.",
    _REGISTERED + 'service = Model.deploy(ws, "diabetes-service", [model])\nservice.wait_for_deployment()\n',
    _REGISTERED.replace(")\nprint", ", model_framework=Model.Framework.SCIKITLEARN)\nprint")
    + 'service = Model.deploy(ws, "diabetes-service", [model])\nservice.wait_for_deployment()\n',
    "Register the model with its framework, or give an inference configuration.",
    f"{SDK}, no-code deployment",
    HERE,
    fixable=True,
)
NAME_WITH_VERSION = Rule(
    "SD819",
    "error",
    "Version inside a model name",
    "“{name}” is the id of a model; give it as id=.",
    "A name cannot contain a colon, so the model is not found.",
    _REGISTER + 'model = Model(ws, name="diabetes:1")\nprint(model.version)\n',
    _REGISTER + 'model = Model(ws, id="diabetes:1")\nprint(model.version)\n',
    "Give it as id, or give name and version separately.",
    f"{SDK}, Model",
    HERE,
    fixable=True,
)
UNSUPPORTED = Rule(
    "SD820",
    "error",
    "Not possible with this kind of service",
    "A local service has no keys and no tokens.",
    "The method exists on every kind of service, but raises an exception on this one.",
    GOOD + "key = service.get_keys()\n",
    GOOD,
    "Remove the call for this kind of service.",
    f"{SDK}, LocalWebservice and AciWebservice",
    HERE,
)
NOT_CALLED = Rule(
    "SD821",
    "warning",
    "Method is not called",
    "“{name}” is a method; without () it is not called.",
    "The name alone is the method itself, not its result.",
    GOOD.replace("service.wait_for_deployment(show_output=True)", "service.wait_for_deployment"),
    GOOD,
    "Add the parentheses.",
    "Python language reference",
    HERE,
    fixable=True,
)
RESULT_KEY = Rule(
    "SD822",
    "error",
    "Key that the result does not have",
    "“{key}” is not in the details of a profile; did you mean “{near}”?",
    "Python raises KeyError at this line.",
    HEAD
    + 'from azureml.core import Dataset\n\nrows = Dataset.get_by_name(ws, name="rows")\nprofile = Model.profile(ws,'
    ' "ridge", [model], inference_config, input_dataset=rows)\nprofile.wait_for_completion(True)\ndetails ='
    ' profile.get_details()\nprint(details["requestedMemoryInGb"])\n',
    HEAD
    + 'from azureml.core import Dataset\n\nrows = Dataset.get_by_name(ws, name="rows")\nprofile = Model.profile(ws,'
    ' "ridge", [model], inference_config, input_dataset=rows)\nprofile.wait_for_completion(True)\ndetails ='
    ' profile.get_details()\nprint(details["requestedMemoryInGB"])\n',
    "Use the key as the SDK spells it.",
    f"{SDK}, ModelProfile.get_details",
    HERE,
    fixable=True,
)
NOTHING_TO_UPDATE = Rule(
    "SD823",
    "error",
    "update() without anything to change",
    "update() needs at least one argument.",
    "The SDK raises “No parameters provided to update”.",
    HEAD + 'service = AciWebservice(ws, "diabetes-service")\nservice.update()\n',
    HEAD + 'service = AciWebservice(ws, "diabetes-service")\nservice.update(auth_enabled=True)\n',
    "Give what should change, or remove the call.",
    f"{SDK}, Webservice.update",
    HERE,
)
NO_FILE = Rule(
    "SD824",
    "warning",
    "File that the SDK reads does not exist",
    "“{path}” does not exist beside this script.",
    "The SDK opens the file at this line and raises an exception when it does not exist.",
    HEAD.replace(
        'Environment.get(workspace=ws, name="ridge")',
        'Environment.from_conda_specification(name="ridge", file_path="conda.yaml")',
    )
    + LOCAL
    + DEPLOY,
    HEAD.replace(
        'Environment.get(workspace=ws, name="ridge")',
        'Environment.from_conda_specification(name="ridge", file_path="conda.yml")',
    )
    + LOCAL
    + DEPLOY,
    "Correct the path; it is relative to the folder the script is started in.",
    f"{SDK}, Environment and Workspace",
    World("deploy.py", ("score.py", "conda.yml")),
    fixable=True,
)

NOT_HERE = Rule(
    "SD825",
    "information",
    "Part of the SDK that runs in Azure only",
    "“{name}” has no meaning on this machine: a run with Scoredock ends here.",
    "Scoredock answers for the SDK on this machine. What needs Azure itself, such as pipelines, automated ML or keys of"
    " the workspace, can be imported and raises an exception when it is used. In Azure the script is right.",
    GOOD + "ws.sync_keys()\n",
    GOOD,
    "Leave it out of what is run here, or catch the exception.",
    "`docs/sdk.md`, what stands for what",
    HERE,
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
