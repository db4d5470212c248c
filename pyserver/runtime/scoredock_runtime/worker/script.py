"""The person's entry script: imported by path, its functions looked at, its failures reported with their own frames."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import os
import sys
import traceback
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import Any, Callable, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base.diagnosis import is_inside

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

_FRAME_LIMIT = 50


class ScriptFailed(Exception):
    """The person's script cannot serve; `failure` says why, `fault` is the exception it raised, if any."""

    def __init__(self, failure: contract.Failure, fault: Optional[BaseException] = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.fault = fault


class Script:
    """An imported script whose run() has an acceptable signature."""

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
        raw = any(getattr(sys.modules.get(name), "_rawHttpRequested", False) for name in RAW_MODULES)
        known = filter(None, map(sys.modules.get, SCHEMA_MODULES))
        self.schemas: Any = next((each for each in known if each.is_schema_decorated(self.run)), None)
        """The module that knows how run() is decorated; None when it is not."""
        if raw and self.schemas is not None:
            raise _invalid("run() cannot be decorated with both @rawhttp and @input_schema", self)
        self.kind = RAW if raw else OBJECT if self.schemas is not None else TEXT

    def _tell_kind(self) -> None:
        if self.kind == RAW:
            logger.info("run() is decorated with @rawhttp. Server will invoke it with the flask request object.")
        elif self.kind == OBJECT:
            names = ", ".join(parameter.name for parameter in self.parameters)
            text = "run() is decorated with @input_schema. Server will invoke it with the following arguments: %s."
            logger.info(text, names)
        else:
            logger.info("run() is not decorated. Server will invoke it with the input in JSON string.")

    def init(self) -> None:
        """Calls the person's init(). Raises ScriptFailed."""
        logger.info("Invoking user's init function")
        try:
            self._init()
        except SystemExit as fault:
            message = f"init() ended the process with SystemExit({fault.code!r})."
            raise ScriptFailed(
                contract.Failure(contract.INIT_EXITED, message, frames_of(fault, self.app_root)), fault
            ) from None
        except BaseException as fault:  # init() may raise anything, and is reported as its failure
            raise ScriptFailed(
                contract.Failure(contract.INIT_FAILED, one_line(fault), frames_of(fault, self.app_root)), fault
            ) from None
        logger.info("Users's init has completed successfully")

    def answers_cors(self) -> bool:
        """Whether a raw-HTTP script sets the CORS headers itself."""
        if self.kind != RAW:
            return False
        try:
            with open(self.path, "rb") as stream:
                return b"access-control-allow-origin" in stream.read(4_000_000).lower()
        except OSError:
            return False


class _FreshLoader(SourceFileLoader):
    """Compiles the source always: a cached file of an edit within the same second would serve old code."""

    def get_code(self, fullname: str) -> Optional[CodeType]:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def load(app_root: str, entry_script: str) -> Script:
    """Imports the script and looks at it. Raises ScriptFailed."""
    path = os.path.normpath(os.path.join(app_root, *entry_script.split("/")))
    if not os.path.isfile(path):
        if entry_script == "main.py":
            logging.getLogger("azmlinfsrv").error("No score script found. Expected score script main.py.")
        message = f"No score script found at {path}."
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, message))
    loader = _FreshLoader(MODULE_NAME, path)
    spec = ModuleSpec(MODULE_NAME, loader, origin=path)
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    try:
        loader.exec_module(module)
    except SyntaxError as fault:
        failure = contract.Failure(contract.SCRIPT_INVALID, one_line(fault), frames_of(fault, app_root))
        raise ScriptFailed(failure, fault) from None
    except SystemExit as fault:
        message = f"The script ended the process with SystemExit({fault.code!r}) while it was imported."
        raise ScriptFailed(contract.Failure(contract.INIT_EXITED, message, frames_of(fault, app_root)), fault) from None
    except BaseException as fault:  # so may what the script runs while it is imported
        failure = contract.Failure(contract.IMPORT_FAILED, one_line(fault), frames_of(fault, app_root))
        raise ScriptFailed(failure, fault) from None
    return Script(path, app_root, module)


def _function(module: ModuleType, name: str, path: str) -> Callable[..., Any]:
    value = getattr(module, name, None)
    if not callable(value):
        message = f"User script at {path} does not have a {name}() function defined."
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, message, [contract.Frame(path, 1, "<module>")]))
    return value  # type: ignore[no-any-return]


def _invalid(message: str, script: Script) -> ScriptFailed:
    frames: List[contract.Frame] = []
    code = getattr(inspect.unwrap(script.run), "__code__", None)
    if code is not None and is_inside(code.co_filename, script.app_root):
        frames = [contract.Frame(code.co_filename, code.co_firstlineno, "run")]
    return ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, message, frames))


def frames_of(fault: BaseException, app_root: str) -> List[contract.Frame]:
    """The frames in the person's own files, outermost first; for a syntax error the bad line is the last."""
    frames = [
        contract.Frame(os.path.abspath(entry.filename), entry.lineno or 1, entry.name, (entry.line or "")[:500])
        for entry in traceback.extract_tb(fault.__traceback__)
        if is_inside(entry.filename, app_root)
    ]
    if isinstance(fault, SyntaxError) and fault.filename and is_inside(fault.filename, app_root):
        text = (fault.text or "").strip()[:500]
        frames.append(contract.Frame(os.path.abspath(fault.filename), fault.lineno or 1, "<module>", text))
    return frames[-_FRAME_LIMIT:]


def one_line(fault: BaseException) -> str:
    """The exception's type and text."""
    try:
        text = " ".join(str(fault).split())
    except BaseException:  # SystemExit, too: it is the person's __str__
        text = "its text cannot be made"
    name = type(fault).__name__
    return (f"{name}: {text}" if text else name)[:2000]


def traceback_text(fault: BaseException, app_root: str) -> str:
    """The traceback from the person's first frame on, for the log."""
    start: Optional[TracebackType] = fault.__traceback__
    first = start
    while first is not None and not is_inside(first.tb_frame.f_code.co_filename, app_root):
        first = first.tb_next
    try:
        return "".join(traceback.format_exception(type(fault), fault, first or start)).rstrip()
    except BaseException:  # formatting runs methods of the person's exception
        return one_line(fault)
