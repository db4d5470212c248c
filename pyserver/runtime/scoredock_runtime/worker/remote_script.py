"""A script that runs in a process of its own Python, as its worker sees it (see the package `script_process`)."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import threads
from scoredock_runtime.base.diagnosis import exit_sentence
from scoredock_runtime.base.faults import CodePlace, ForeignFault
from scoredock_runtime.script_process import channel as channels
from scoredock_runtime.script_process.channel import ChannelEnded, PipeEnds, ProtocolFault, ScriptChannel, ScriptMessage
from scoredock_runtime.worker.script import RAW, ScriptFailed, names_cors

HELLO_SECONDS = 30.0
"""In which an interpreter has to say which Python it is."""
END_SECONDS = 0.6
"""In which the process of a script ends once it is not needed any more, with its exit handlers; less than a worker
itself has for that."""
_ENDING_SECONDS = 2.0
"""In which a process ends that has closed its channel."""
_HOST = os.path.join(os.path.dirname(os.path.abspath(channels.__file__)), "host.py")
_NEEDED = (3, 6)
_NUMBER = struct.Struct("<Q")


def refuse_what_is_absent(spec: contract.ServiceSpec, environment: Mapping[str, str]) -> None:
    """Raises ScriptFailed for what a script in a Python of its own cannot have yet."""
    if environment.get(contract.OBSERVE_VARIABLE):
        raise python_failed(
            f"The script is to run in a Python of its own ({spec.script_python}), where it cannot be tried: deploy it"
            " instead."
        )


class ScriptLost(Exception):
    """The process of the script is of no use any more; its text is a whole sentence. `code` is its exit code, None for
    one that had to be killed."""

    def __init__(self, sentence: str, code: Optional[int]) -> None:
        super().__init__(sentence)
        self.code = code


class ScriptProcess:
    """The process and this end of its channel. Started and used by the main thread, but for `interrupt`.

    Raises ScriptFailed for an interpreter that cannot be used."""

    def __init__(self, spec: contract.ServiceSpec, environment: Mapping[str, str]) -> None:
        self._python = spec.script_python
        if sys.platform == "win32":
            raise python_failed(f"{self._python} cannot run the script: on Windows no script has a Python of its own.")
        self.flush_lines: Callable[[], object] = lambda: None
        """Writes the lines of the log that wait."""
        self.lines_wait: Callable[[], bool] = lambda: False
        self.take_rows: Callable[[ScriptMessage], object] = lambda _: None
        """Takes rows of a ModelDataCollector."""
        self.on_debugging: Callable[[], object] = lambda: None
        """The script's process is connected to a debugger, and the time is the person's."""
        self._number = 0
        self._running = 0
        """The number of the call that goes on; 0 for none."""
        self._ending = False
        calls, ours = os.pipe()
        answers, theirs = os.pipe()
        interrupts, self._interrupts = os.pipe()
        ends = PipeEnds(answers, ours)
        shared = _shared_memory()
        try:
            descriptors = [calls, theirs, interrupts, *([shared] if shared >= 0 else [])]
            words = [str(each) for each in (calls, theirs, interrupts, os.getpid(), shared)]
            self._process = subprocess.Popen(
                [self._python, *(["-B"] if spec.reload else []), _HOST, *words],
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                env=_environment(environment),
                cwd=spec.root,
            )
        except (OSError, ValueError) as fault:
            ends.close()
            os.close(self._interrupts)
            text = fault.strerror if isinstance(fault, OSError) else str(fault)
            raise python_failed(f"{self._python} cannot be started: {text}.") from None
        finally:
            for descriptor in (calls, theirs, interrupts):
                os.close(descriptor)
        os.set_blocking(self._interrupts, False)
        self.pid = self._process.pid
        self._channel = ScriptChannel(ends, shared)
        try:
            self.version = self._greet(min(HELLO_SECONDS, 0.5 * spec.start_timeout))
        except ScriptFailed:
            self.kill()
            raise

    def _greet(self, seconds: float) -> str:
        """Which Python it is. Raises ScriptFailed."""
        self._channel.ends.limit(seconds)
        try:
            hello = self._channel.receive()
        except TimeoutError:
            raise python_failed(f"{self._python} did not say within {seconds:g} seconds which Python it is.") from None
        except (ChannelEnded, OSError):
            code = self._exit_code(seconds)
            how = "closed its channel" if code is None else f"ended with {exit_sentence(code)}"
            raise python_failed(f"{self._python} {how} and did not say which Python it is.") from None
        except ProtocolFault as fault:
            raise python_failed(f"{self._python} {fault}.") from None
        self._channel.ends.limit(None)
        if hello.kind != channels.HELLO:
            raise python_failed(f"{self._python} did not say first which Python it is.")
        return self._version(hello.fields)

    def _version(self, fields: Dict[str, Any]) -> str:
        version = fields.get("version")
        if not isinstance(version, list) or not all(isinstance(each, int) for each in version):
            raise python_failed(f"{self._python} did not say which Python it is.")
        text = ".".join(map(str, version))
        if tuple(version) < _NEEDED:
            raise python_failed(f"{self._python} is Python {text}, and a script needs 3.6 or newer.")
        bits = fields.get("bits")
        if bits != 64:
            raise python_failed(f"{self._python} is a Python of {bits} bits, and a script needs one of 64.")
        return text

    # Messages

    def ask(self, kind: int, fields: Optional[Dict[str, Any]] = None) -> ScriptMessage:
        """Sends a message and gives the one that answers it. Raises ScriptLost."""
        return self._ask(kind, b"" if fields is None else json.dumps(fields).encode(), b"", 0)

    def call(self, text: bytes, body: bytes, flags: int) -> ScriptMessage:
        """The same of a call, which may be interrupted; `text` is its fields. Raises ScriptLost, and ProtocolFault for
        a body that is too large to be sent."""
        if len(body) > channels.LARGEST_BODY:
            channels.check_sizes(0, len(body))
        self._number = self._running = self._number + 1
        try:
            return self._ask(channels.CALL, text, body, flags)
        finally:
            self._running = 0

    def _ask(self, kind: int, text: bytes, body: bytes, flags: int) -> ScriptMessage:
        channel = self._channel
        try:
            channel.put(kind, text, body, flags | channels.LINES_WAIT if self.lines_wait() else flags, 0.0)
            while True:
                message = channel.receive()
                if message.kind == channels.LINE:
                    self.flush_lines()
                elif message.kind == channels.ROWS:
                    self.take_rows(message)
                elif message.kind == channels.DEBUGGING:
                    self.on_debugging()
                else:
                    channel.give_back()
                    return message
                channel.send(channels.GO_ON)
        except (ChannelEnded, OSError) as fault:
            raise self._ended(fault) from None
        except ProtocolFault as fault:
            raise self.lost(str(fault)) from None

    def expect(self, kind: int, *answers: int, fields: Optional[Dict[str, Any]] = None) -> ScriptMessage:
        """The same, where only some kinds of messages are an answer."""
        message = self.ask(kind, fields)
        if message.kind not in answers:
            raise self.lost(f"answered with a message of kind {message.kind}, which is not due")
        return message

    def lost(self, what: str) -> ScriptLost:
        """Kills the process for what it did, and returns the exception that says so."""
        self.kill()
        return ScriptLost(f"The process of the script {what}, and was ended.", None)

    def _ended(self, fault: Exception) -> ScriptLost:
        code = self._exit_code(_ENDING_SECONDS)
        if code is None:
            return self.lost(str(fault) if isinstance(fault, ChannelEnded) else "closed its channel")
        return ScriptLost(f"The process of the script ended with {exit_sentence(code)}.", code)

    def _exit_code(self, seconds: float) -> Optional[int]:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def interrupt(self) -> None:
        """Makes the run() under way there raise what a time-out raises; from any thread. Harmless when none goes
        on."""
        number = self._running
        if number and sys.platform != "win32":
            try:
                # One that ends meanwhile is not interrupted, nor is the next: the script's process looks at the number.
                os.write(self._interrupts, _NUMBER.pack(number))
                self._process.send_signal(signal.SIGALRM)
            except OSError:
                return  # its end, or a full pipe of one that hangs: it is taken for stuck

    # Its end

    def watch(self) -> None:
        """Ends this process with that of the script from now on, also while no call is under way."""
        threads.start(self._await_end, name="script process", at_fault=threads.end_process)

    def _await_end(self) -> None:
        code = self._process.wait()
        if not self._running and not self._ending:  # else the one that reads the channel notices
            self.flush_lines()
            end_alike(code)

    def kill(self) -> None:
        """Kills the process at once; harmless when it has ended."""
        self._ending = True
        self._channel.ends.close()
        self._process.kill()
        self._process.wait()

    def finish(self) -> None:
        """No call comes any more: whatever the process still has for the worker comes over."""
        self._ending = True
        try:
            self._channel.ends.limit(END_SECONDS)
            self.ask(channels.END)
        except (ScriptLost, ProtocolFault, OSError):
            return

    def end(self) -> None:
        """Ends the process in order, so that exit handlers of the script run."""
        self._ending = True
        self._channel.ends.close()
        if self._exit_code(END_SECONDS) is None:
            self.kill()


def _shared_memory() -> int:
    """A descriptor of a file without a name in memory, for large bodies; -1 where the system has none."""
    try:
        return os.memfd_create("scoredock")
    except (OSError, AttributeError):
        return -1


def end_alike(code: int) -> NoReturn:
    """Ends this process as that of its script has ended, so that whoever looks at it knows how."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if code < 0 and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code > 0 else 0)


def python_failed(sentence: str) -> ScriptFailed:
    """The interpreter that the script asks for cannot be used."""
    return ScriptFailed(contract.Failure(contract.SCRIPT_PYTHON_FAILED, sentence))


def foreign_fault(fields: Mapping[str, Any]) -> ForeignFault:
    """The exception that a message tells of."""
    places = [CodePlace(str(file), int(line), str(name), str(text)) for file, line, name, text in fields["places"]]
    fault = ForeignFault(str(fields.get("line", "")), places, str(fields.get("text", "")))
    fault.kind, fault.message = str(fields.get("kind", "")), str(fields.get("message", ""))
    fault.misfit = str(fields.get("misfit", ""))
    return fault


def _environment(variables: Mapping[str, str]) -> Dict[str, str]:
    """Those of the worker; where its locale is that of C, texts are UTF-8 as they are since Python 3.7."""
    environment = dict(variables)
    name = next((each for each in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(each)), "LC_CTYPE")
    if environment.get(name, "C") in ("C", "POSIX") and name != "LC_ALL":
        environment["LC_CTYPE"] = "C.UTF-8"
    return environment


class RemoteScript:
    """The script in its process, as far as a worker has to know it. `ask` of its process may be called once init() has
    returned."""

    def __init__(self, process: ScriptProcess, spec: contract.ServiceSpec, fields: Dict[str, Any]) -> None:
        """Imports the script. Raises ScriptFailed; ends this process as that of the script has ended."""
        self.process = process
        self.app_root = spec.app_root
        loaded = self._ask(channels.START, channels.LOADED, fields)
        self.path = str(loaded.fields.get("path", ""))
        self.kind = str(loaded.fields.get("kind", ""))
        self.wants_headers = bool(loaded.fields.get("wants_headers"))
        schemas = loaded.fields.get("schemas")
        self.schemas = RemoteSchemas(schemas) if isinstance(schemas, dict) else None
        self.run = None
        """Nothing: it is called there."""
        self.in_flask = False
        """Whether it is called within Flask's context of a request."""

    def init(self) -> None:
        """Has it call the person's init(). Raises ScriptFailed."""
        self.in_flask = bool(self._ask(channels.INIT, channels.READY).fields.get("flask"))

    @property
    def sees_requests(self) -> bool:
        """True if it looks at more of a request than its body."""
        return self.kind == RAW or self.wants_headers or self.in_flask

    def answers_cors(self) -> bool:
        """True if a raw-HTTP script sets the CORS headers itself."""
        return self.kind == RAW and names_cors(self.path)

    def _ask(self, kind: int, answer: int, fields: Optional[Dict[str, Any]] = None) -> ScriptMessage:
        try:
            message = self.process.expect(kind, answer, channels.UNUSABLE, fields=fields)
        except ScriptLost as fault:
            if fault.code is not None:
                end_alike(fault.code)
            raise python_failed(str(fault)) from None
        if message.kind == channels.UNUSABLE:
            raise _unusable(message.fields)
        return message


def _unusable(fields: Dict[str, Any]) -> ScriptFailed:
    fault = foreign_fault({**fields, "line": fields.get("message")})
    frames = [contract.Frame(*each) for each in fault.places]
    failure = contract.Failure(str(fields["cause"]), str(fields["message"]), frames)
    return ScriptFailed(failure, fault if fault.text else None)


class RemoteSchemas:
    """Schemas of the decorators in the script's process, with the functions of their module."""

    def __init__(self, fields: Dict[str, Any]) -> None:
        self._fields = fields

    def get_input_schema(self, _: Any) -> Any:
        """Schema of an object with all parameters. Raises LookupError where none is described."""
        return self._schema("input")

    def get_output_schema(self, _: Any) -> Any:
        """Schema of the result. Raises LookupError where it is not described."""
        return self._schema("output")

    def get_supported_versions(self, _: Any) -> List[str]:
        """Swagger versions that can describe both."""
        return [str(each) for each in self._fields.get("versions", [])]

    def _schema(self, name: str) -> Any:
        described = self._fields.get(name)
        if not isinstance(described, dict):
            raise LookupError(name)
        if "no_json" in described:
            return type(str(described["no_json"]), (), {})()  # json.dumps names it as it did there
        return described["schema"]


def start_fields(spec: contract.ServiceSpec, data_place: Optional[List[str]]) -> Dict[str, Any]:
    """Settings that the process of the script needs to start."""
    return {
        "app_root": spec.app_root,
        "entry_script": spec.entry_script,
        "root": spec.root,
        "import_path": spec.import_path,
        "strict": spec.strict,
        "shown_pid": os.getpid(),
        "data_place": data_place,
    }
