"""The process of a script: imports it, calls init(), and answers each call of run(), all in its main thread."""

import contextlib
import faulthandler
import json
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Any, Dict, Optional

from scoredock_runtime import schema
from scoredock_runtime.base import worker_log
from scoredock_runtime.base.faults import traceback_text
from scoredock_runtime.fast_json import json_loads
from scoredock_runtime.script_process import channel as channels
from scoredock_runtime.script_process.channel import ChannelEnded, PipeEnds, ProtocolFault, ScriptChannel
from scoredock_runtime.script_process.debugger import wait_for_editor
from scoredock_runtime.script_process.entry_script import (
    SCRIPT_INVALID,
    EntryScript,
    Unusable,
    keep_loaded,
    load,
    swagger_versions,
)
from scoredock_runtime.script_process.script_calls import ScriptCalls
from scoredock_runtime.shims import install

SCRIPT_FAILED_EXIT = 3
CLOSED_DESCRIPTORS = 83
"""Exit codes as those of a worker."""
_PR_SET_PDEATHSIG = 1
_FAST_JSON_VARIABLE = "SCOREDOCK_FAST_JSON"


def serve(reading: int, writing: int, interrupts: int, worker: int, shared: int) -> int:
    """The whole life of the process after its hello; its exit code."""
    _end_with(worker)
    for descriptor in (reading, writing, interrupts, shared):
        if descriptor >= 0:
            os.set_inheritable(descriptor, False)
    os.set_blocking(interrupts, False)
    calls = ScriptCalls(ScriptChannel(PipeEnds(reading, writing), shared, views=True), interrupts)
    own = os.getpid()
    try:
        try:
            start = calls.receive()
            script = _loaded(calls, start.fields)
            calls.receive()  # that init() may begin
            script.init()
        except Unusable as fault:
            if os.getpid() != own:
                os._exit(1)
            return _refuse(calls, fault)
        if os.getpid() != own:
            os._exit(0)  # a child that import or init() forked and that came back: there is one process
        keep_loaded()
        calls.serve(script)
    except ChannelEnded:
        return 0  # the worker is gone, or needs no more
    except (OSError, ProtocolFault):
        traceback.print_exc()
        _leave(CLOSED_DESCRIPTORS)
    return 0


def _loaded(calls: ScriptCalls, fields: Dict[str, Any]) -> EntryScript:
    """The script after its import. Raises Unusable."""
    app_root, entry_script = str(fields["app_root"]), str(fields["entry_script"])
    _settle(fields, app_root, entry_script)
    wait_for_editor(os.environ, calls.is_debugged)
    own = os.getpid()
    script = load(app_root, entry_script, EntryScript)
    if os.getpid() != own:
        os._exit(0)
    calls.send(
        channels.LOADED,
        {
            "path": script.path,
            "kind": script.kind,
            "wants_headers": script.wants_headers,
            "schemas": _described_schemas(script),
        },
    )
    return script


def _settle(fields: Dict[str, Any], app_root: str, entry_script: str) -> None:
    """Working directory, import path, shims and log, as the script expects them. Raises Unusable for a `logging.json`
    that cannot be used."""
    os.chdir(fields["root"])
    sys.argv = [entry_script]
    # Last, as in v1: an installed package wins over a file of the script's folder.
    sys.path += fields["import_path"]
    install()
    if os.environ.get(_FAST_JSON_VARIABLE, "").strip().lower() != "off":
        json_loads.install()
    schema.strict = bool(fields.get("strict"))
    worker_log.shown_pid = int(fields.get("shown_pid", 0))
    worker_log.log_to_stdout()
    if sys.stderr is not None:
        faulthandler.enable(file=sys.stderr)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=False)
        else:
            signal.signal(signal.SIGUSR1, _show_place)
    try:
        worker_log.set_up(app_root, entry_script)
    except worker_log.BadLoggingFile as fault:
        raise Unusable(SCRIPT_INVALID, str(fault), fault=fault.__cause__) from None


def _show_place(_: int, frame: Optional[FrameType]) -> None:
    """Print the stack as faulthandler does, which not every implementation of Python has whole."""
    while frame is not None and sys.stderr is not None:
        sys.stderr.write(f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}\n')
        frame = frame.f_back


def _refuse(calls: ScriptCalls, fault: Unusable) -> int:
    """Says why the script cannot serve, and ends at once: threads and exit handlers of a script that failed could keep
    the process for ever."""
    raised = fault.fault
    calls.send(
        channels.UNUSABLE,
        {
            "cause": fault.cause,
            "message": fault.message,
            "places": [list(each) for each in fault.places],
            "text": "" if raised is None else traceback_text(raised, calls.app_root)[-channels.LARGEST_FIELDS // 8 :],
        },
    )
    return _leave(SCRIPT_FAILED_EXIT)


def _leave(code: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the script may have put anything there
            stream.flush()
    os._exit(code)


def _end_with(worker: int) -> None:
    """On Linux the kernel ends this process when the worker ends, however that happens."""
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        except (ImportError, OSError, AttributeError):
            return  # a Python without ctypes: the end of the channel still tells it
    if os.getppid() != worker:
        os._exit(0)


class _NoJson(Exception):
    """Its text is the name of the type that JSON cannot carry."""


def _described_schemas(script: EntryScript) -> Optional[Dict[str, Any]]:
    """Schemas that the decorators give run(), as JSON for the worker, which describes the service: `input`, `output`
    (None where that is not described) and `versions`; None for a run() without decorators. What is not JSON is
    {"no_json": type}."""
    if script.schemas is None:
        return None
    schemas = script.schemas
    return {
        "input": _fragment(schemas.get_input_schema, script.run),
        "output": _fragment(schemas.get_output_schema, script.run),
        "versions": swagger_versions(schemas, script.run),
    }


def _fragment(read: Any, run: Any) -> Optional[Dict[str, Any]]:
    try:
        fragment = read(run)
    except Exception:
        return None  # only one side is described
    try:
        return {"schema": json.loads(json.dumps(fragment, default=_refuse_value))}
    except _NoJson as fault:
        return {"no_json": str(fault)}
    except ValueError as fault:
        return {"no_json": type(fault).__name__}


def _refuse_value(value: Any) -> Any:
    raise _NoJson(type(value).__name__)
