"""Pickles written opcode by opcode, among them such as nobody should load. Nothing here imports or calls what they
name."""

from __future__ import annotations

import pickle
import struct

PROTO4 = b"\x80\x04"
STOP = b"."


def text(value: str) -> bytes:
    """A short text on the stack."""
    content = value.encode()
    return b"\x8c" + bytes((len(content),)) + content


def argument(value: object) -> bytes:
    """Any plain value on the stack, by opcodes of protocol 2."""
    return pickle.dumps(value, 2)[2:-1]


def arguments(values: tuple[object, ...]) -> bytes:
    return b"(" + b"".join(argument(value) for value in values) + b"t"


def by_global(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    return b"\x80\x02" + f"c{module}\n{attribute}\n".encode() + arguments(values) + b"R."


def by_text_protocol(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    return f"c{module}\n{attribute}\n".encode() + arguments(values) + b"R."


def by_stack(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    return PROTO4 + text(module) + text(attribute) + b"\x93" + arguments(values) + b"R."


def by_memo(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """The texts are kept first and recalled when they are needed, with something harmless between."""
    kept = text(module) + b"\x94" + text(attribute) + b"\x94" + b"00"
    decoy = text("collections") + b"\x94" + text("OrderedDict") + b"\x94" + b"\x93" + b")R0"
    return PROTO4 + kept + decoy + b"h\x00h\x01\x93" + arguments(values) + b"R."


def by_far_memo(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """The same with places that only four bytes reach, put in any order."""
    put = b"r" + struct.pack("<I", 70_000) + b"0"
    other = b"r" + struct.pack("<I", 5) + b"0"
    get = b"j" + struct.pack("<I", 70_000)
    return PROTO4 + text(module) + put + text(attribute) + other + get + b"h\x05\x93" + arguments(values) + b"R."


def by_copies(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """DUP, POP and a mark that is thrown away between the two texts."""
    return (
        PROTO4 + text(module) + b"20" + b"(K\x01K\x021" + text(attribute) + b"N0" + b"\x93" + arguments(values) + b"R."
    )


def by_inst(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    inner = b"".join(argument(value) for value in values)
    return b"(" + inner + f"i{module}\n{attribute}\n".encode() + b"."


def by_obj(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    inner = b"".join(argument(value) for value in values)
    return b"\x80\x02(" + f"c{module}\n{attribute}\n".encode() + inner + b"o."


def by_new(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    return PROTO4 + text(module) + text(attribute) + b"\x93" + arguments(values) + b"\x81."


def by_escapes(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """Texts of protocol 0 whose letters are written as numbers."""
    written = "".join(f"\\u{ord(each):04x}" for each in module), "".join(f"\\x{ord(each):02x}" for each in attribute)
    return PROTO4 + f"V{written[0]}\nS'{written[1]}'\n".encode() + b"\x93" + arguments(values) + b"R."


def by_framed(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    inner = text(module) + text(attribute) + b"\x93" + arguments(values) + b"R."
    return PROTO4 + b"\x95" + struct.pack("<Q", len(inner)) + inner


def after_another(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """Stacked: the file is read with several calls."""
    return pickle.dumps({"weights": [1, 2, 3]}, 4) + by_stack(module, attribute, values)


def without_end(module: str, attribute: str, values: tuple[object, ...]) -> bytes:
    """Broken after the call, which has happened by then."""
    return by_stack(module, attribute, values)[:-1] + b"\xff\xff"


FORMS = (
    by_global,
    by_text_protocol,
    by_stack,
    by_memo,
    by_far_memo,
    by_copies,
    by_inst,
    by_obj,
    by_new,
    by_escapes,
    by_framed,
    after_another,
    without_end,
)

COMMAND = "touch {canary}"
SOURCE = "open({canary!r}, 'w').close()"

GADGETS: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    # Commands.
    ("os", "system", (COMMAND,)),
    ("posix", "system", (COMMAND,)),
    ("nt", "system", (COMMAND,)),
    ("os", "popen", (COMMAND,)),
    ("os", "execv", ("/bin/sh", ["sh"])),
    ("os", "spawnl", (0, "/bin/sh")),
    ("os", "posix_spawn", ("/bin/sh", ["sh"], {})),
    ("os", "fork", ()),
    ("os", "kill", (1, 9)),
    ("os", "putenv", ("A", "B")),
    ("subprocess", "Popen", (COMMAND,)),
    ("subprocess", "run", (COMMAND,)),
    ("subprocess", "call", (COMMAND,)),
    ("subprocess", "check_output", (COMMAND,)),
    ("subprocess", "getoutput", (COMMAND,)),
    ("_posixsubprocess", "fork_exec", ()),
    ("commands", "getoutput", (COMMAND,)),
    ("popen2", "popen3", (COMMAND,)),
    ("pty", "spawn", ("/bin/sh",)),
    ("platform", "popen", (COMMAND,)),
    ("asyncio.subprocess", "create_subprocess_shell", (COMMAND,)),
    ("multiprocessing.util", "spawnv_passfds", ()),
    ("multiprocessing", "Process", ()),
    ("concurrent.futures", "ProcessPoolExecutor", ()),
    ("webbrowser", "open", ("http://x",)),
    ("webbrowser", "get", ("touch %s",)),
    ("uuid", "_get_command_stdout", ("touch", "x")),
    ("psutil", "Popen", (COMMAND,)),
    ("pexpect", "run", (COMMAND,)),
    ("torch.utils.collect_env", "run", (COMMAND,)),
    ("mlflow.utils.process", "_exec_cmd", ()),
    ("sh", "touch", ("x",)),
    ("invoke", "run", (COMMAND,)),
    ("git", "Repo.clone_from", ("http://x", "y")),
    # Code.
    ("builtins", "eval", (SOURCE,)),
    ("builtins", "exec", (SOURCE,)),
    ("__builtin__", "eval", (SOURCE,)),
    ("__builtin__", "execfile", ("x",)),
    ("builtins", "compile", (SOURCE, "x", "exec")),
    ("builtins", "__import__", ("os",)),
    ("builtins", "getattr", ([], "append")),
    ("builtins", "setattr", ([], "a", 1)),
    ("builtins", "globals", ()),
    ("builtins", "breakpoint", ()),
    ("builtins", "help", ()),
    ("builtins", "exit", ()),
    ("types", "FunctionType", ()),
    ("types", "CodeType", ()),
    ("marshal", "loads", (b"x",)),
    ("importlib", "import_module", ("os",)),
    ("importlib._bootstrap", "_call_with_frames_removed", ()),
    ("imp", "load_source", ("x", "y")),
    ("runpy", "run_path", ("x",)),
    ("runpy", "_run_code", (SOURCE, {})),
    ("code", "InteractiveInterpreter", ()),
    ("code", "interact", ()),
    ("timeit", "timeit", (SOURCE,)),
    ("timeit", "main", ()),
    ("pdb", "run", (SOURCE,)),
    ("bdb", "Bdb", ()),
    ("cProfile", "run", (SOURCE,)),
    ("cProfile", "runctx", (SOURCE, {}, {})),
    ("profile", "run", (SOURCE,)),
    ("profile", "Profile", ()),
    ("trace", "Trace", ()),
    ("doctest", "debug_script", (SOURCE,)),
    ("idlelib.pyshell", "ModifiedInterpreter", ()),
    ("idlelib.calltip", "get_entity", (SOURCE,)),
    ("lib2to3.pgen2.grammar", "Grammar.loads", (b"x",)),
    ("lib2to3.pgen2.pgen", "ParserGenerator.make_label", ()),
    ("pydoc", "pipepager", ("x", COMMAND)),
    ("pydoc", "locate", ("os",)),
    ("ensurepip", "_run_pip", ()),
    ("pip", "main", (["install", "x"],)),
    ("pip._internal", "main", ()),
    ("setuptools", "setup", ()),
    ("distutils.file_util", "write_file", ("x", [])),
    ("zipimport", "zipimporter", ("x",)),
    ("pkgutil", "resolve_name", ("os:system",)),
    ("ctypes", "CDLL", ("x",)),
    ("ctypes", "PyDLL", ("x",)),
    ("cffi", "FFI", ()),
    ("numpy.testing._private.utils", "runstring", (SOURCE, {})),
    ("numpy.f2py.crackfortran", "getlincoef", (SOURCE, {})),
    ("numpy.f2py.crackfortran", "_eval_length", (SOURCE, {})),
    ("numpy.f2py", "compile", (SOURCE,)),
    ("numpy.distutils.exec_command", "exec_command", (COMMAND,)),
    ("numpy._core", "_ufunc_reconstruct", ("os", "system")),
    ("numpy.core", "_ufunc_reconstruct", ("posix", "system")),
    ("numpy.ctypeslib", "load_library", ("x", "y")),
    ("pandas", "eval", (SOURCE,)),
    ("pandas.core.computation.eval", "eval", (SOURCE,)),
    ("pandas.core.frame", "DataFrame.eval", ()),
    ("pandas", "DataFrame.query", ()),
    ("numexpr", "evaluate", (SOURCE,)),
    ("sympy", "sympify", (SOURCE,)),
    ("patsy", "dmatrix", (SOURCE,)),
    ("dataclasses", "_create_fn", ()),
    ("torch.jit.unsupported_tensor_ops", "execWrapper", (SOURCE, {}, {})),
    ("torch._dynamo.guards", "GuardBuilder.get", ()),
    ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression", ()),
    ("torch.fx.graph_module", "reduce_graph_module", ({}, "")),
    ("torch._inductor.codecache", "compile_file", ()),
    ("torch.utils.cpp_extension", "load_inline", ()),
    ("torch.hub", "load", ("x",)),
    ("torch.utils.bottleneck.__main__", "run_autograd_prof", ()),
    ("torch.ops", "load_library", ("x",)),
    ("tensorflow", "load_library", ("x",)),
    ("jinja2", "Template", (SOURCE,)),
    ("yaml", "unsafe_load", (SOURCE,)),
    ("jsonpickle", "decode", (SOURCE,)),
    ("IPython", "start_ipython", ()),
    ("test.support.script_helper", "assert_python_ok", ()),
    ("_testcapi", "run_in_subinterp", (SOURCE,)),
    ("sys", "setrecursionlimit", (9,)),
    ("sys", "modules.get", ("os",)),
    ("gc", "get_objects", ()),
    ("inspect", "_signature_fromstr", ()),
    ("typing", "get_type_hints", ()),
    # Other unpicklers.
    ("pickle", "loads", (b"x",)),
    ("_pickle", "loads", (b"x",)),
    ("cPickle", "loads", (b"x",)),
    ("pickle", "Unpickler", ()),
    ("dill", "loads", (b"x",)),
    ("cloudpickle", "loads", (b"x",)),
    ("joblib", "load", ("x",)),
    ("joblib.numpy_pickle", "load", ("x",)),
    ("numpy", "load", ("x",)),
    ("numpy.lib.npyio", "load", ("x",)),
    ("pandas", "read_pickle", ("x",)),
    ("pandas.io.pickle", "read_pickle", ("x",)),
    ("torch", "load", ("x",)),
    ("torch.serialization", "load", ("x",)),
    ("torch.jit", "load", ("x",)),
    ("shelve", "open", ("x",)),
    ("keras.models", "load_model", ("x",)),
    ("mlflow.pyfunc", "load_model", ("x",)),
    ("skops.io", "load", ("x",)),
    ("xmlrpc.client", "loads", ("x",)),
    ("logging.config", "listen", ()),
    ("multiprocessing.connection", "Connection", ()),
    ("torch.utils.data.datapipes.utils.decoder", "basichandlers", ()),
    # Files and network.
    ("builtins", "open", ("{canary}", "w")),
    ("io", "open", ("{canary}", "w")),
    ("io", "FileIO", ("{canary}", "w")),
    ("_io", "open", ("{canary}", "w")),
    ("codecs", "open", ("{canary}", "w")),
    ("os", "open", ("{canary}", 65)),
    ("os", "remove", ("x",)),
    ("os", "rename", ("x", "y")),
    ("os", "mkdir", ("{canary}",)),
    ("shutil", "rmtree", ("x",)),
    ("shutil", "copyfile", ("x", "y")),
    ("pathlib", "Path.write_text", ()),
    ("pathlib", "PosixPath.unlink", ()),
    ("tempfile", "NamedTemporaryFile", ()),
    ("numpy", "memmap", ("{canary}", "w+")),
    ("numpy", "fromfile", ("x",)),
    ("numpy", "savetxt", ("{canary}", [])),
    ("numpy.core.memmap", "memmap", ("{canary}",)),
    ("numpy", "ndarray.tofile", ()),
    ("gzip", "open", ("{canary}", "w")),
    ("bz2", "BZ2File", ("{canary}", "w")),
    ("zipfile", "ZipFile", ("{canary}", "w")),
    ("tarfile", "open", ("x",)),
    ("sqlite3", "connect", ("{canary}",)),
    ("logging", "FileHandler", ("{canary}",)),
    ("fileinput", "input", ()),
    ("linecache", "getlines", ("/etc/passwd",)),
    ("glob", "glob", ("*",)),
    ("pandas", "HDFStore", ("{canary}",)),
    ("pandas", "read_csv", ("http://x",)),
    ("scipy.io", "loadmat", ("x",)),
    ("sklearn.datasets", "load_files", ("x",)),
    ("sklearn.datasets._openml", "fetch_openml", ()),
    ("socket", "create_connection", (("x", 1),)),
    ("_socket", "socket", ()),
    ("ssl", "get_server_certificate", ()),
    ("urllib.request", "urlopen", ("http://x",)),
    ("urllib", "urlopen", ("http://x",)),
    ("http.client", "HTTPSConnection", ("x",)),
    ("httplib", "HTTPConnection", ("x",)),
    ("requests", "get", ("http://x",)),
    ("requests.api", "get", ("http://x",)),
    ("ftplib", "FTP", ("x",)),
    ("smtplib", "SMTP", ("x",)),
    ("telnetlib", "Telnet", ("x",)),
    ("aiohttp", "request", ()),
    ("httpx", "get", ("http://x",)),
    ("paramiko", "SSHClient", ()),
    ("boto3", "client", ("s3",)),
    ("numpy.lib._datasource", "open", ("http://x",)),
    ("nltk", "download", ("x",)),
    ("PIL.Image", "open", ("x",)),
    ("signal", "alarm", (1,)),
    ("threading", "Thread", ()),
    ("_thread", "start_new_thread", ()),
    ("atexit", "register", ()),
    ("winreg", "OpenKey", ()),
    ("antigravity", "geohash", ()),
    # Ways out of what may be named.
    ("operator", "attrgetter", ("system",)),
    ("operator", "methodcaller", ("system", COMMAND)),
    ("_operator", "methodcaller", ("x",)),
    ("numpy", "ndarray.__class__.__base__.__subclasses__", ()),
    ("sklearn.base", "BaseEstimator.__init_subclass__", ()),
    ("collections", "OrderedDict.__globals__", ()),
    ("joblib", "numpy_pickle.os.system", (COMMAND,)),
    ("random", "_os.system", (COMMAND,)),
    ("collections", "_sys.modules.get", ("os",)),
    ("torch.serialization", "os.system", (COMMAND,)),
    ("datetime", "sys.modules", ()),
    ("copy", "_reconstruct", ()),
    ("copyreg", "add_extension", ()),
    # Not on a list of ours: told as unknown.
    ("mine", "Model", ()),
    ("__main__", "run", ()),
    ("functools", "reduce", ()),
    ("builtins", "map", ()),
    ("cloudpickle.cloudpickle", "_make_function", ()),
    ("dill._dill", "_create_function", ()),
    ("scipy.stats._continuous_distns", "norm_gen", ()),
    ("builtins", "type", ("X", (), {})),
    ("itertools", "starmap", ()),
    ("torch.storage", "_load_from_bytes", (b"x",)),
    ("keras.layers", "Lambda", ()),
    ("joblib.memory", "Memory", ("x",)),
    ("weakref", "finalize", ()),
)


def filled(values: tuple[object, ...], canary: str) -> tuple[object, ...]:
    """The arguments with the path of the canary in them."""
    return tuple(
        value.replace("{canary!r}", repr(canary)).replace("{canary}", canary) if isinstance(value, str) else value
        for value in values
    )
