"""Who judges every rule that is an error: the table, and the reasons where nothing real can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scoredock.checks.catalogue import RULES
from scoredock.configs.rule import Rule

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
        "SD138": ("start", "must be a subclass of"),
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
        "SD170": ("request", "not implemented|could not connect to display|display"),
        "SD171": ("start", "EOFError"),
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
    }
)
"""Where the wrong script fails, and what the failure says: what the message and the page of the rule promise."""


def needs_packages(rule: Rule) -> bool:
    """Whether the world of a rule asks for an environment of its own."""
    return rule.world.environment is not None


CONFIGURATIONS = tuple(rule for rule in ERRORS if rule.code[2] in "23")
"""Given to the command line: test_configurations.py."""
