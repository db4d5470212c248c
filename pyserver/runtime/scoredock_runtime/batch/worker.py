"""The life of a worker: the script once, then mini-batches until the driver has no more.

Messages are JSON, one a line. To it: `start`, `run` with a mini-batch, `end`. From it: `ready`, `unusable` for a
script that fails, `running` when run() is called, `done`, `failed`, `unwritten` where its result cannot be kept. Last
one of them may be given `join`, parts of a Parquet file: `joined`, `unjoined`. The end of its input is the end of the
driver, and its own.
"""

import inspect
import json
import logging
import os
import signal
import sys
import time
import zlib
from typing import Any, BinaryIO, Dict, List, Tuple

from scoredock_runtime.base.faults import import_line, one_line, places_of, traceback_text
from scoredock_runtime.batch.divide import FILE, ROW
from scoredock_runtime.batch.items import NoResult, RowReader, answer_bytes
from scoredock_runtime.batch.tables import ParquetFile, require_packages, table_part
from scoredock_runtime.script_process.entry_script import Unusable, keep_loaded, load_module
from scoredock_runtime.shims import AGENT, LOGS, OUTPUT, SDK, install

RUN_FAILED, RESULT_TYPE, INPUT, SCRIPT = "run-failed", "result-type", "input", "script-failed"
UNWRITTEN = "storage"
"""The folder of the job cannot be written: that is not a fault of the mini-batch."""
PACKAGE = "package-missing"
TEXT = "text"
_CONTEXT = "mini_batch_context"
_LEVEL = "--logging_level"
_DEBUG_PORT = "AZUREML_DEBUG_PORT"
_NO_ATTRIBUTE, _NO_KEY = "'list' object has no attribute ", "list indices must be integers or slices, not "
_LONGEST = 20000
"""Characters of a traceback that a record keeps."""
_MOST_FRAMES = 20


def serve() -> int:
    """A worker that was started. Its exit code."""
    end_with_driver()
    reading, writing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", 0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    # What the script prints goes where its errors go, and never between messages.
    os.dup2(2, 1)
    return Worker(reading, writing).live()


def end_with_driver() -> None:
    """Makes the kernel end this process with its driver, in the middle of run() as well. Linux only."""
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)
        except (ImportError, OSError, AttributeError):
            return  # a Python without ctypes: the end of its input ends it before the next mini-batch


class Context:
    """`mini_batch_context` of a run() that has a second parameter."""

    def __init__(self, batch: Dict[str, Any]) -> None:
        self.minibatch_index = batch["index"]
        self.partition_key_value = dict(batch["keys"])
        self.dataset = list(batch["files"])


class Worker:
    """Its one thread."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing
        self._rows = RowReader()
        self._start = {}  # type: Dict[str, Any]
        self._module = None  # type: Any
        self._takes_context = False
        self._joined = None  # type: Any

    def live(self) -> int:
        """0 at the end of the work, 3 where the script cannot be used."""
        own = os.getpid()
        while True:
            line = self._reading.readline()
            if not line:
                return 0
            message = json.loads(line.decode("utf-8", "surrogatepass"))
            if "run" in message:
                _mark(f"mini-batch {message['run']['index']}")
                self._run(message["run"])
            elif "join" in message:
                self._join(message["join"])
            elif "start" in message:
                _mark("init")
                self._start = message["start"]
                if not self._load():
                    return 3
            else:
                _mark("shutdown")
                self._shut_down()
                return 0
            if os.getpid() != own:
                os._exit(0)  # a child that the script forked and that came back: there is one worker

    # The script

    def _load(self) -> bool:
        try:
            require_packages(self._start["form"])
        except ImportError as fault:
            self._tell(dict(self._fault(fault, PACKAGE), event="unusable"))
            return False
        try:
            self._settle()
            self._wait_for_debugger()
            self._module = load_module(os.path.join(self._start["app_root"], *self._start["entry_script"].split("/")))
            run = self._function("run")
            self._takes_context = _takes_context(run)
            initialize = self._function("init", optional=True)
            if initialize is not None:
                initialize()
        except Unusable as fault:
            self._tell({"event": "unusable", "cause": fault.cause, "message": fault.message})
            return False
        except BaseException as fault:  # the script may raise anything, and is reported
            self._tell(dict(self._fault(fault, SCRIPT), event="unusable"))
            return False
        keep_loaded()
        self._tell({"event": "ready"})
        return True

    def _settle(self) -> None:
        """Working directory, import path, arguments, stand-ins and log, as the script expects them."""
        start = self._start
        path = os.path.join(start["app_root"], *start["entry_script"].split("/"))
        os.environ[OUTPUT] = start["output"]
        os.environ[LOGS] = start["logs"]
        os.environ[AGENT] = f"process{start['number']:03d}"
        os.chdir(start["app_root"])
        install()
        if os.environ.get(SDK) and os.environ[SDK] not in sys.path:
            sys.path.insert(0, os.environ[SDK])  # its Run is that of the step
            for name in [name for name in sys.modules if name.split(".")[0] == "azureml"]:
                del sys.modules[name]  # of packages of Azure that a template has imported
        for folder in (start["app_root"], start["source"], os.path.dirname(path)):
            if folder and folder not in sys.path:
                sys.path.append(folder)
        sys.argv = [path, *start["arguments"]]
        if not any(word.split("=")[0] == _LEVEL for word in sys.argv):
            sys.argv += [_LEVEL, start["level"]]  # what Azure adds, and its pages have scripts read
        level = getattr(logging, start["level"])
        logging.basicConfig(stream=sys.stdout, level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        logging.getLogger().setLevel(level)

    def _wait_for_debugger(self) -> None:
        """Until the editor has set its breakpoints, where it listens for this worker. Raises Unusable."""
        if os.environ.get(_DEBUG_PORT):
            from scoredock_runtime.script_process.debugger import wait_for_editor

            wait_for_editor(os.environ, lambda: None)

    def _function(self, name: str, *, optional: bool = False) -> Any:
        function = getattr(self._module, name, None)
        if callable(function):
            return function
        if optional:
            return None
        raise AttributeError(f"The script has no {name}().")

    def _shut_down(self) -> None:
        """Call shutdown() of the script: what it raises is printed, and changes no result."""
        try:
            ending = self._function("shutdown", optional=True)
            if ending is not None:
                ending()
        except BaseException as fault:  # as above
            sys.stderr.write(traceback_text(fault, self._start["app_root"]))
        self._tell({"event": "ended"})

    # Mini-batches

    def _run(self, batch: Dict[str, Any]) -> None:
        cause = INPUT
        items = 0
        data = None  # type: Any
        try:
            data = self._data(batch)
            items = len(data)
            self._tell({"event": "running", "index": batch["index"], "items": items})
            cause = RUN_FAILED
            begin = time.monotonic()
            result = self._module.run(data, Context(batch)) if self._takes_context else self._module.run(data)
            seconds = time.monotonic() - begin
            cause = RESULT_TYPE
            count, columns, text = self._written(result, items, batch)
            cause = UNWRITTEN
            if text:
                _write(batch["result"], text)
        except BaseException as fault:  # run() may raise anything, SystemExit as well, and is reported
            if isinstance(fault, KeyboardInterrupt):
                raise
            if cause == RESULT_TYPE and not isinstance(fault, NoResult):
                cause = RUN_FAILED
            self._flush()
            if cause == UNWRITTEN:
                self._tell({"event": "unwritten", "message": one_line(fault)})
            else:
                event = dict(self._fault(fault, cause), event="failed", index=batch["index"], items=items)
                self._tell(dict(event, taken_for=_taken_for(fault, data) if cause == RUN_FAILED else ""))
            return
        self._flush()
        self._tell(
            {
                "event": "done",
                "index": batch["index"],
                "items": items,
                "results": count,
                "size": len(text),
                "sum": zlib.crc32(text) & 0xFFFFFFFF,
                "seconds": seconds,
                "columns": columns,
            }
        )

    def _data(self, batch: Dict[str, Any]) -> Any:
        """Argument of run() for a mini-batch."""
        if batch["kind"] == "files":
            return list(batch["files"])
        frame = self._rows.frame(batch)
        if FILE in frame.columns and ROW in frame.columns:
            batch["keys_of"].update(files=list(frame.pop(FILE)), rows=[int(each) for each in frame.pop(ROW)])
        return frame

    def _written(self, result: Any, items: int, batch: Dict[str, Any]) -> Tuple[int, List[Any], bytes]:
        """How many results there are, their columns where they are a table, and the bytes to keep."""
        form = self._start["form"]
        if form in ("", TEXT):
            count, text = answer_bytes(result, with_text=form == TEXT)
            return count, [], text
        return table_part(result, form, items, batch)

    def _join(self, parts: Dict[str, Any]) -> None:
        """Adds parts to the output, which the first of these messages begins and the last one ends."""
        try:
            if parts["is_first"]:
                self._joined = ParquetFile(parts["result"], parts["columns"])
            self._joined.add(parts["files"])
            size = self._joined.close() if parts["is_last"] else 0
        except Exception as fault:  # pyarrow may raise anything, and is reported
            self._tell(dict(self._fault(fault, RUN_FAILED), event="unjoined"))
            return
        self._tell({"event": "joined", "size": size})

    def _fault(self, fault: BaseException, cause: str) -> Dict[str, Any]:
        root = self._start.get("app_root", "")
        places = places_of(fault, root)
        place = f"{os.path.relpath(places[-1].file, os.path.realpath(root))}:{places[-1].line}" if places else ""
        text = "" if isinstance(fault, NoResult) else traceback_text(fault, root)[-_LONGEST:]
        message = str(fault) if isinstance(fault, NoResult) else import_line(fault) + _refused_argument(fault)
        frames = [[each.file, each.line] for each in places[-_MOST_FRAMES:]]
        return {"cause": cause, "message": message, "place": place, "frames": frames, "traceback": text}

    def _tell(self, message: Dict[str, Any]) -> None:
        try:
            self._writing.write(json.dumps(message).encode("ascii") + b"\n")
        except OSError:
            os._exit(0)  # the driver is gone

    @staticmethod
    def _flush() -> None:
        """Flush what was printed: it belongs to the mini-batch before the next one begins."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue


def _mark(subject: str) -> None:
    """Mark what is printed from now on with its subject; both streams are one pipe, so that nothing comes out of
    order."""
    try:
        os.write(2, b"\x1e" + subject.encode("ascii") + b"\n")
    except OSError:
        return


def _refused_argument(fault: BaseException) -> str:
    """Complaint of argparse about the arguments, which it only prints before it exits; else empty."""
    trace = fault.__traceback__ if isinstance(fault, SystemExit) else None
    while trace is not None:
        code, names = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_name == "error" and os.path.basename(code.co_filename) == "argparse.py" and "message" in names:
            return f" ({names['message']})"
        trace = trace.tb_next
    return ""


def _taken_for(fault: BaseException, data: Any) -> str:
    """Kind that the script takes its mini-batch for, where that is something else: `frame`, `paths`; else empty."""
    text = str(fault)
    if isinstance(data, list):
        pandas = sys.modules.get("pandas")
        attribute = text[len(_NO_ATTRIBUTE) :].strip("'") if text.startswith(_NO_ATTRIBUTE) else ""
        of_frame = bool(attribute) and (pandas is None or hasattr(pandas.DataFrame, attribute))
        return "frame" if of_frame or (isinstance(fault, TypeError) and text.startswith(_NO_KEY)) else ""
    missing = getattr(fault, "filename", None) if isinstance(fault, FileNotFoundError) else None
    return "paths" if missing is not None and missing in list(data.columns) else ""


def _takes_context(run: Any) -> bool:
    try:
        parameters = list(inspect.signature(run).parameters.values())
    except (ValueError, TypeError):
        return False
    return any(each.name == _CONTEXT for each in parameters[1:]) or (
        len(parameters) > 1
        and parameters[1].default is inspect.Parameter.empty
        and parameters[1].kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    )


def _write(path: str, text: bytes) -> None:
    """In one step: a worker that is killed leaves no half of it. Not synced, see the server's journal."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as stream:
        stream.write(text)
    os.replace(temporary, path)
