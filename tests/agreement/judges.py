"""Who judges every rule that is an error: the table, and the reasons where nothing real can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES

ERRORS = tuple(rule for rule in RULES if rule.severity == "error" and not rule.runs)
"""Rules that run a script are tested by really running their examples: tests/deploy/test_trying.py."""
SCRIPTS = tuple(
    rule for rule in ERRORS if rule.code[2] in "15" and not rule.world.path.startswith("batch") and rule.code != "SD155"
)
"""Deployed and called: test_scripts.py."""
FAILS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "SD101": ("start", "SyntaxError"),
        "SD102": ("start", "SyntaxError"),
        "SD103": ("start", r"does not have a .*init|no .*init\b"),
        "SD104": ("start", r"does not have a .*run|no .*run\b"),
        "SD105": ("start", "needs to accept an argument"),
        "SD106": ("start", "cannot accept positional-only arguments"),
        "SD107": ("request", "TypeError.*missing 1 required positional argument: 'scale'"),
        "SD108": ("request", "coroutine"),
        "SD109": ("start", "TypeError.*missing 1 required positional argument: 'context'"),
        "SD110": ("request", "NameError: name 'np' is not defined"),
        "SD111": ("request", "NameError: name 'model' is not defined"),
        "SD112": ("request", "TypeError|param_name"),
        "SD113": ("start", "NameError: name 'rawhttp' is not defined"),
        "SD114": ("refused", "cannot be imported"),
        "SD115": ("start", "cannot be decorated with both"),
        "SD116": ("start", "TypeError: rawhttp"),
        "SD118": ("request", "UnboundLocalError"),
        "SD120": ("request", "TypeError: Object of type ndarray is not JSON serializable"),
        "SD121": ("request", "TypeError: the JSON object must be str"),
        "SD125": ("start", "must provide a sample Numpy array"),
        "SD127": ("request", "TypeError: the JSON object must be str"),
        "SD128": ("request", "AttributeError: 'str' object has no attribute 'get_data'"),
        "SD132": ("start", r"does not have a .*run|no .*run\b"),
        "SD133": ("start", r"does not have a .*run|no .*run\b"),
        "SD134": ("request", "KeyError: 'content-type'"),
        "SD136": ("start", 'param_name "data" is not in the decorated function'),
        "SD137": ("start", "already defined"),
        "SD138": ("start", "must be a subclass ?of"),
        "SD139": ("start", "TypeError: Invalid python data sample"),
        "SD146": ("start", "ImportError: cannot import name 'AMLResponse'"),
        "SD147": ("request", "TypeError.*status"),
        "SD150": ("start", "ModuleNotFoundError: No module named 'pandas'"),
        "SD151": ("start", "ModuleNotFoundError: No module named 'matplotlib'"),
        "SD152": ("start", "ImportError: azureml.core.Workspace needs the real package"),
        "SD153": ("start", "ModuleNotFoundError: No module named 'scikit_learn'"),
        "SD154": ("start", "ModuleNotFoundError: No module named 'ConfigParser'"),
        "SD156": ("request", "AttributeError: module 'numpy' has no attribute 'float'"),
        "SD157": ("start", "ModuleNotFoundError: No module named 'sklearn.cross_validation'"),
        "SD160": ("start", "ModuleNotFoundError: No module named 'cleaning'"),
        "SD161": ("start", "ImportError: attempted relative import with no known parent package"),
        "SD162": ("start", "ModuleNotFoundError: No module named 'Cleaning'"),
        "SD164": ("start", "ModuleNotFoundError: No module named 'sklearn'"),
        "SD179": ("start", "node array from the pickle has an incompatible dtype"),
        "SD170": ("request", "not implemented|could not connect to display|display"),
        "SD171": ("start", "EOFError"),
        "SD176": ("request", "KeyError"),
        "SD175": ("request", "AttributeError: 'DataFrame' object has no attribute 'iteritems'"),
        "SD185": ("request", "TypeError: string indices must be integers"),
        "SD189": ("request", "AttributeError: 'dict' object has no attribute 'rows'"),
        "SD190": ("request", "AttributeError: module 'json' has no attribute 'load_s'"),
        "SD191": ("request", "TypeError: loads\\(\\) missing 1 required positional argument"),
        "SD192": ("start", "AttributeError: 'str' object has no attribute 'lowerr'"),
        "SD193": ("request", "TypeError: the JSON object must be str"),
        "SD194": ("request", "coroutine"),
        "SD195": ("start", "TypeError: can only concatenate str"),
        "SD196": ("start", "LookupError: unknown encoding: utf-88"),
        "SD197": ("request", "AttributeError: 'Counter' object has no attribute 'strat'"),
        "SD198": ("start", "ImportError: cannot import name 'tidyy' from 'cleaning'"),
        "SD501": ("start", "FileNotFoundError"),
        "SD502": ("start", "KeyError: 'AZURE_ML_MODEL_DIR'"),
        "SD503": ("start", "ModelNotFoundException: Model diabetis not found"),
        "SD504": ("start", "ModelNotFoundException: Model diabetes with version 7 not found"),
        "SD505": ("start", "ModelNotFoundException: Model diabetes:1 not found"),
        "SD506": ("start", "UnicodeDecodeError"),
        "SD507": ("start", "TypeError: file must have 'read'"),
        "SD508": ("start", "FileNotFoundError: .*'words.json'"),
        "SD511": ("start", "IsADirectoryError"),
        "SD512": ("start", "NotADirectoryError"),
        "SD514": ("request", "AttributeError: 'NoneType' object has no attribute 'predict'"),
        "SD515": ("start", "FileNotFoundError: .*'AZUREML_MODEL_DIR/"),
        "SD516": ("start", "FileNotFoundError: .*'ridge.pkl'"),
        "SD518": ("start", "AttributeError: .*Scaled"),
        "SD520": ("start", "UnpicklingError|KeyError|AttributeError"),
        "SD517": ("start", "FileNotFoundError: .*label.json"),
    }
)
"""Where the wrong script fails, and what the failure says: what the message and the page of the rule promise."""


LASTING = frozenset("234")
"""First digits of the rules whose errors cannot be skipped: what the file was to say would have to be guessed."""
_NO_SERVICE = "no service is made of such a file"
_NOT_SKIPPED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(LASTING, "refused with checks skipped, too; the SDK, a reader or the installer judge it"),
        "6": f"Azure ML v2: {_NO_SERVICE}",
        "8": f"a script, notebook or command that deploys: {_NO_SERVICE}",
    }
)
_NOT_ANYWAY: Mapping[str, str] = MappingProxyType(
    {
        "SD114": "it would run here: refused because the SDK of Azure refuses it, before it sends anything",
        "SD155": "no runtime of ours has so old a Python; the language itself is asked",
        "SD908": "refused with checks skipped, too; the language itself is asked",
        **dict.fromkeys(
            ("SD180", "SD181", "SD182", "SD184"), "a script of batches: its driver is asked, no service runs it"
        ),
    }
)


def reason_not_deployed(rule: Rule) -> str:
    """Why the wrong example of a rule is not deployed with checks skipped; empty when it is."""
    return _NOT_ANYWAY.get(rule.code) or _NOT_SKIPPED.get(rule.code[2], "")


def needs_packages(rule: Rule) -> bool:
    """Whether the world of a rule asks for an environment of its own."""
    return rule.world.environment is not None


CONFIGURATIONS = tuple(rule for rule in ERRORS if rule.code[2] in "23")
"""Given to the command line: test_configurations.py."""
ENVIRONMENTS = tuple(rule for rule in ERRORS if rule.code[2] == "4")
"""Refused, read and installed: test_environments.py."""
INSTALLED: Mapping[str, str] = MappingProxyType(
    {
        "SD408": "scikit-learn=1.5.0",
        "SD415": "numpy>=2.0.*numpy==1.26.4|unsatisfiable",
        "SD417": "pickle",
        "SD418": "sklearn.*scikit-learn|not.*found",
        "SD425": "tensorflow==2.15.0",
        "SD431": "model_tools",
        "SD432": "requirements-bse.txt",
        "SD436": "python",
    }
)
"""What pip packages the installer cannot find, and what it says."""


def _fails(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:  # of JSON
        return True
    except Exception as error:
        return type(error).__module__.startswith("yaml")
    return False


def _holds(wrong: Callable[[Any], bool]) -> Callable[[Callable[[str], object], str], bool]:
    return lambda read, text: wrong(read(text))


READ: Mapping[str, Callable[[Callable[[str], object], str], bool]] = MappingProxyType(
    {
        "SD401": _fails,
        "SD402": _fails,
        "SD405": _holds(lambda read: isinstance(read["dependencies"], str)),
        "SD407": _holds(lambda read: {"pip": None} in read["dependencies"]),
        "SD414": _holds(lambda read: isinstance(read, list)),
        "SD420": _fails,
        "SD421": _holds(lambda read: "workspace_name" not in read),
    }
)
"""What a reader of YAML or JSON makes of the wrong text: nothing, or something else than was meant."""
_WHEN_BUILT = "conda and pip read it when the image is built; the SDK sends it as it is"
AZURE_LATER: Mapping[str, str] = MappingProxyType(
    {
        "SD223": "the SDK finds the script; the image holds the source directory alone",
        "SD323": "Azure reads targetUtilization as a whole number",
        "SD328": "Azure Container Instances refuse the label",
        **dict.fromkeys(("SD405", "SD407", "SD408", "SD411", "SD415", "SD417", "SD418"), _WHEN_BUILT),
        **dict.fromkeys(("SD419", "SD424", "SD425", "SD431", "SD436"), _WHEN_BUILT),
        **dict.fromkeys(("SD654", "SD655"), "the cluster reads the quantities"),
        "SD413": "the workspace refuses the name when the environment is registered",
        "SD819": "the workspace has no model of such a name",
        "SD834": "the SDK sends it, and the script gets a form",
    }
)
"""Errors that the package of Azure lets through, and who refuses them after it."""
PYTHON: Mapping[str, str] = MappingProxyType(
    {
        "SD155": "SyntaxError",
        "SD180": "TypeError: .* is not a list",
        "SD181": "TypeError: .* is not a list",
        "SD182": "ValueError|TypeError",
        "SD184": "TypeError: .*scale",
        "SD801": "SyntaxError",
        "SD830": "NameError: name 'request' is not defined",
        "SD835": "InvalidSchema|MissingSchema",
        "SD840": "JSONDecodeError",
        "SD842": "TypeError: Object of type ndarray is not JSON serializable",
        "SD859": "command not found",
        "SD908": "unknown encoding: utf-88|encoding problem: utf-88",
    }
)
"""Judged by the language itself, or by what stands in for a driver or a command: test_languages.py."""
NOBODY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("SD850", "SD851", "SD852", "SD853", "SD854", "SD856", "SD860", "SD861", "SD862", "SD864"),
            "the extension azure-cli-ml is no longer published; the tables were read from its last documents",
        ),
        "SD411": "needs conda and its channels",
        "SD413": "needs a workspace",
        "SD419": "needs conda and its channels",
        "SD424": "needs conda and its channels: our own builder takes 3.1 for a version that is missing as well",
        **dict.fromkeys(("SD654", "SD655"), "needs a cluster with the extension of Azure ML"),
        "SD819": "needs a workspace",
        "SD822": "needs a dataset of a workspace to come so far",
        "SD834": "needs a service in Azure",
    }
)
"""Rules that no judge on a developer's machine can be asked about, and why."""


def judges_of(rule: Rule) -> list[str]:
    """Who judges a rule besides our own checks."""
    code = rule.code
    asked = {
        "deployment": code in FAILS or code[2] in "23",
        "installer": code in INSTALLED,
        "reader": code in READ,
        "language": code in PYTHON,
        "azureml-core": code not in AZURE_LATER and code not in NOBODY and bool(reader_of_azure(rule)),
        "azure-ai-ml": code[2] == "6" and code not in AZURE_LATER,
    }
    return [name for name, is_asked in asked.items() if is_asked]


def reader_of_azure(rule: Rule) -> str:
    """Which reader of azureml-core is asked about the examples; empty when it has none for such a file."""
    name = rule.world.path
    if rule.code[2] in "23":
        return rule.code[2]
    if name == "conda.yml":
        return "conda"
    if name == "azureml_environment.json":
        return "environment"
    return "script" if rule.code[2] == "8" and name.endswith(".py") else ""
