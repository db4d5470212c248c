"""The person's entry script: imported by path, its functions looked at, its failures with its own places."""

import ast
import gc
import importlib.util
import inspect
import logging
import os
import sys
import textwrap
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, Callable, List, Optional, Type, TypeVar

from scoredock_runtime.base.faults import CodePlace, import_line, is_inside, one_line, places_of
from scoredock_runtime.shims import real_sdk

logger = logging.getLogger("azmlinfsrv.user_script")
"""Messages are worded as in v1, slips included: people's filters look for them."""

MODULE_NAME = "entry_module"
RAW_MODULES = (
    "scoredock_runtime.shims.aml_request",
    "azureml.contrib.services.aml_request",
    "azureml_inference_server_http.api.aml_request",
)
SCHEMA_MODULES = ("scoredock_runtime.schema.registry", "inference_schema.schema_util")
TEXT, OBJECT, RAW = "text", "object", "raw"
SCHEMA_FILE = "service_schema.json"
"""Of the first services, which described arguments in a file and not by decorators."""

# Causes of a failure in the words of the contract, which an old interpreter cannot read.
SCRIPT_INVALID, IMPORT_FAILED = "script-invalid", "import-failed"
INIT_FAILED, INIT_EXITED = "init-failed", "init-exited"


def swagger_versions(schemas: Any, run: Optional[Callable[..., Any]]) -> List[str]:
    """Swagger versions that can describe both sides of run(); releases of inference-schema that have no function for
    them describe 2.0."""
    read = getattr(schemas, "get_supported_versions", None)
    return ["2.0"] if read is None else [str(each) for each in read(run)]


class ScoringTimeout(BaseException):
    """Raised inside run() when its time is over; no `except Exception` of the script holds it up."""


class Unusable(Exception):
    """The script cannot serve; `fault` is the exception that it raised, if any."""

    def __init__(
        self, cause: str, message: str, places: Optional[List[CodePlace]] = None, fault: Optional[BaseException] = None
    ) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.places = places or []
        self.fault = fault


class EntryScript:
    """An imported script whose run() has an acceptable signature. Raises Unusable."""

    def __init__(self, path: str, app_root: str, module: ModuleType) -> None:
        self.path = path
        self.app_root = app_root
        # Driver scripts made by the designer hold the real script; run() is theirs only to pass calls on.
        inner = getattr(module, "driver_module", None)
        source = inner if isinstance(inner, ModuleType) and callable(getattr(inner, "run", None)) else module
        self._init: Callable[[], Any] = _function(module, "init", path)
        self.run: Callable[..., Any] = _function(source, "run", path)
        if source is module:
            logger.info("Found user script at %s", path)
        else:
            logger.info("Found driver script at %s and the score script at %s", path, source.__file__)
        self._analyse()
        self._tell_kind()

    def _analyse(self) -> None:
        try:
            parameters = list(inspect.signature(self.run).parameters.values())
        except (ValueError, TypeError) as fault:
            raise _invalid(f"The parameters of run() cannot be read: {fault}", self) from None
        accepted = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        if any(parameter.kind not in accepted for parameter in parameters):
            raise _invalid("run() cannot accept positional-only arguments, *args, or **kwargs.", self)
        self.wants_headers = any(parameter.name == "request_headers" for parameter in parameters)
        self.parameters = [parameter for parameter in parameters if parameter.name != "request_headers"]
        if not self.parameters:
            what = 'an argument other than "request_headers"' if self.wants_headers else "an argument for input data"
            raise _invalid(f"run() needs to accept {what}.", self)
        decorated, self.run = self.run, self._described()
        own = decorated is self.run
        self._described_by = "decorated with @input_schema" if own else f"described by {SCHEMA_FILE}"
        raw = any(getattr(sys.modules.get(name), "_rawHttpRequested", False) for name in RAW_MODULES)
        modules = filter(None, map(sys.modules.get, SCHEMA_MODULES))
        self.schemas: Any = next((each for each in modules if each.is_schema_decorated(self.run)), None)
        """The module that knows how run() is decorated; None when it is not."""
        if raw and self.schemas is not None:
            raise _invalid("run() cannot be decorated with both @rawhttp and @input_schema", self)
        self.kind = RAW if raw else OBJECT if self.schemas is not None else TEXT

    def _described(self) -> Callable[..., Any]:
        """run() with the arguments that a schema of the first services beside the script describes."""
        path = os.path.join(os.path.dirname(self.path), SCHEMA_FILE)
        if not os.path.isfile(path):
            return self.run
        from scoredock_runtime.schema.first_service import with_described_arguments

        try:
            return with_described_arguments(self.run, path, [each.name for each in self.parameters])
        except ImportError as fault:
            raise Unusable(IMPORT_FAILED, import_line(fault), [], fault) from None

    def _tell_kind(self) -> None:
        if self.kind == RAW:
            logger.info("run() is decorated with @rawhttp. Server will invoke it with the flask request object.")
        elif self.kind == OBJECT:
            names = ", ".join(parameter.name for parameter in self.parameters)
            text = "run() is %s. Server will invoke it with the following arguments: %s."
            logger.info(text, self._described_by, names)
        else:
            logger.info("run() is not decorated. Server will invoke it with the input in JSON string.")

    def init(self) -> None:
        """Calls the person's init(). Raises Unusable."""
        logger.info("Invoking user's init function")
        try:
            self._init()
        except SystemExit as fault:
            message = f"init() ended the process with SystemExit({fault.code!r})."
            raise Unusable(INIT_EXITED, message, places_of(fault, self.app_root), fault) from None
        except BaseException as fault:  # init() may raise anything, and is reported as its failure
            raise Unusable(INIT_FAILED, import_line(fault), places_of(fault, self.app_root), fault) from None
        finally:
            _log_sdk()
        for name in _names_without_value(self._init):
            logger.warning("init() has returned, and the name “%s”, which it sets, has no value.", name)
        logger.info("Users's init has completed successfully")


def _names_without_value(init: Callable[..., Any]) -> List[str]:
    """Names of the module for which init() calls something, as for its model, and which are None or not there."""
    values = getattr(init, "__globals__", {})
    try:
        function: Any = ast.parse(textwrap.dedent(inspect.getsource(init))).body[0]
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return []
    nodes = _outside_handlers(function)
    shared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    loads = [node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    names = {each.id for node in loads for each in node.targets if isinstance(each, ast.Name)}
    return sorted(name for name in shared & names if values.get(name) is None)


def _outside_handlers(node: ast.AST) -> List[ast.AST]:
    children = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.ExceptHandler)]
    return [node] + [each for child in children for each in _outside_handlers(child)]


_Kind = TypeVar("_Kind", bound=EntryScript)


class _FreshLoader(SourceFileLoader):
    """Compiles the source always: a cached file of an edit within the same second would serve old code."""

    def get_code(self, fullname: str) -> Optional[CodeType]:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def load(app_root: str, entry_script: str, kind: Type[_Kind]) -> _Kind:
    """Imports the script and looks at it. Raises Unusable."""
    path = os.path.normpath(os.path.join(app_root, *entry_script.split("/")))
    if not os.path.isfile(path):
        if entry_script == "main.py":
            logging.getLogger("azmlinfsrv").error("No score script found. Expected score script main.py.")
        raise Unusable(SCRIPT_INVALID, f"No score script found at {path}.")
    try:
        module = load_module(path)
    except SyntaxError as fault:
        raise Unusable(SCRIPT_INVALID, one_line(fault), places_of(fault, app_root), fault) from None
    except SystemExit as fault:
        message = f"The script ended the process with SystemExit({fault.code!r}) while it was imported."
        raise Unusable(INIT_EXITED, message, places_of(fault, app_root), fault) from None
    except BaseException as fault:  # so may what the script runs while it is imported
        raise Unusable(IMPORT_FAILED, import_line(fault), places_of(fault, app_root), fault) from None
    finally:
        _log_sdk()
    return kind(path, app_root, module)


def _log_sdk() -> None:
    """Which `azureml.core` the script has, where there are two, once; also before a failure, which may come of it."""
    package = real_sdk()
    if package and package not in _logged:
        _logged.append(package)
        logging.getLogger("azmlinfsrv").info(
            "azureml.core is %s, which the environment has: what is installed comes before Scoredock's stand-in.",
            package,
        )


_logged: List[str] = []


def load_module(path: str) -> ModuleType:
    """Imports the script under the name of entry scripts. Raises what it raises, and OSError where it is not there."""
    loader = _FreshLoader(MODULE_NAME, path)
    spec = ModuleSpec(MODULE_NAME, loader, origin=path)
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    loader.exec_module(module)
    return module


def keep_loaded() -> None:
    """Freeze what the script has loaded; looking through it again and again costs a tenth of large requests."""
    if not hasattr(gc, "freeze") or not gc.isenabled():  # Python 3.6 and PyPy have none
        return
    gc.collect()
    gc.freeze()  # novm
    if gc.get_threshold()[0] == 700:
        gc.set_threshold(2000, *gc.get_threshold()[1:])  # as Python itself has it from 3.13 on


def _function(module: ModuleType, name: str, path: str) -> Callable[..., Any]:
    value = getattr(module, name, None)
    if not callable(value):
        message = f"User script at {path} does not have a {name}() function defined."
        raise Unusable(SCRIPT_INVALID, message, [CodePlace(path, 1, "<module>")])
    return value  # type: ignore[no-any-return]


def _invalid(message: str, script: EntryScript) -> Unusable:
    places: List[CodePlace] = []
    code = getattr(inspect.unwrap(script.run), "__code__", None)
    if code is not None and is_inside(code.co_filename, script.app_root):
        places = [CodePlace(code.co_filename, code.co_firstlineno, "run")]
    return Unusable(SCRIPT_INVALID, message, places)
