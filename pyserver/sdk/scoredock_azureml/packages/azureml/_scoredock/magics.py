"""IPython's additions to Python in the cells of a notebook, as far as notebooks of deployments use them: lines for the
shell, line and cell magics, and names that are put into them. Everything else is reported in its cell.

IPython itself is not asked, whether it is installed or not: see docs/decisions. Standard library and
`installations`.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
import time
import timeit
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from azureml._scoredock.installations import changes_own_python, without_ours

Names = Dict[str, Any]
Run = Callable[[str], None]
"""Runs the Python of a cell."""

CODE = "sdk-notebook-magic"
_DOLLAR = re.compile(r"\$(\$?[\w.]+)(?=(?:[^']*'[^']*')*[^']*$)")
_LEFT_OPEN = re.compile(r"\$\w|\{[^{}]*\}")
_SHELLS = {"bash": "bash", "sh": "sh", "zsh": "zsh", "pwsh": "pwsh", "powershell": "powershell", "cmd": "cmd"}
SHOWN_ONLY = ("html", "javascript", "js", "latex", "markdown", "svg", "HTML")
"""Cell magics that do nothing but show something."""
_COMMANDS = ("cat", "cp", "ls", "ll", "mkdir", "mv", "rm", "rmdir", "man", "more", "less")
"""Line magics that are commands of the shell."""
_AS_WRITTEN = ("time", "timeit")
"""Line magics whose statement may hold braces of its own."""
_SETTINGS = (
    "autoawait",
    "autocall",
    "automagic",
    "colors",
    "config",
    "history",
    "logoff",
    "logstart",
    "notebook",
    "pdb",
    "pinfo",
    "pinfo2",
    "pprint",
    "precision",
    "xmode",
)
_INSTALLS = re.compile(r"(?:(?:env|pip|tool)\s+)?(?:install|create|update|upgrade|add|sync)\b")
"""What of conda, mamba or uv a later cell may need; anything else is about what they brought."""
_NO_RELOAD = "modules that a cell changes are not loaded again: each run begins with all of them fresh"


class CellError(Exception):
    """Raised for what a cell asks for and cannot have: one sentence with the next step."""

    def __str__(self) -> str:
        return f"{super().__str__()} [{CODE}]"


class Lines(List[str]):
    """The lines that a command has printed."""

    @property
    def n(self) -> str:
        """The lines as one text, joined by line breaks."""
        return "\n".join(self)

    @property
    def s(self) -> str:
        """The lines as one text, joined by blanks."""
        return " ".join(self)


class Captured:
    """Captured output of a cell."""

    def __init__(self, stdout: str, stderr: str) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.outputs: List[Any] = []

    def show(self) -> None:
        """Prints it."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show

    def __str__(self) -> str:
        return self.stdout


def expanded(text: str, names: Names) -> str:
    """Text with the values of `{expression}` and `$name` filled in; unchanged if one of them has no value, as in
    IPython: it may be meant for the shell.
    """
    try:
        return "".join(_pieces(text, names))
    except Exception:  # an expression of the person's may raise anything
        return text


def _pieces(text: str, names: Names) -> Iterator[str]:
    for literal, field, form, conversion in string.Formatter().parse(text):
        end = 0
        for found in _DOLLAR.finditer(literal):
            yield literal[end : found.start()]
            name, end = found.group(1), found.end()
            yield name if name.startswith("$") else str(_value(name, names))
        yield literal[end:]
        if field is not None:
            value = _value(f"{field}:{form}" if form else field, names)
            yield str(string.Formatter().convert_field(value, conversion))


def _value(expression: str, names: Names) -> Any:
    if not expression.strip():
        raise ValueError("nothing to put in")
    return eval(expression, dict(names))  # noqa: S307 (of the person who runs the notebook)


class Magics:
    """The magics of one run, over the names of its cells."""

    def __init__(self, names: Names, execute: Run) -> None:
        self.names = names
        self._execute = execute
        self._before: List[str] = []
        """Folders that `%cd` left."""
        self.place = ""
        """Notebook and cell, for messages."""
        self.has_figures_inline = True
        """Whether figures are those of their cell, as in Jupyter where no `%matplotlib` says another way."""

    # ------------------------------------------------------------------------------------------ the shell

    def shell(self, command: str) -> None:
        """Runs `!command`: its output is shown as it comes; its exit code is `_exit_code`."""
        command = self._without_ours(expanded(command, self.names))
        if command:
            self.names["_exit_code"] = self._show([command], is_line=True)

    def lines(self, command: str) -> Lines:
        """`names = !command` and `!!command`: what it prints, by lines."""
        command = self._without_ours(expanded(command, self.names))
        if not command:
            return Lines()
        # A shell line of a notebook is for the shell.
        done = subprocess.run(  # noqa: S602
            command, shell=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._variables()
        )
        self.names["_exit_code"] = done.returncode
        return Lines(done.stdout.decode("utf-8", "replace").splitlines())

    def _show(self, words: Sequence[str], *, is_line: bool = False, input_text: Optional[str] = None) -> int:
        command: Any = words[0] if is_line else list(words)
        with contextlib.ExitStack() as stack:
            source = None
            if input_text is not None:
                source = stack.enter_context(tempfile.TemporaryFile())
                source.write(input_text.encode("utf-8"))
                source.seek(0)
            process = subprocess.Popen(
                command,
                shell=is_line,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._variables(),
            )
            assert process.stdout is not None  # noqa: S101 (it was started with a pipe)
            for line in process.stdout:
                sys.stdout.write(line.decode("utf-8", "replace"))
                sys.stdout.flush()
            return process.wait()

    @staticmethod
    def _variables() -> Dict[str, str]:
        """The commands beside this Python come first, so that `pip` and `python` are its own."""
        own = os.path.dirname(sys.executable)
        return {**os.environ, "PATH": os.pathsep.join([own, os.environ.get("PATH", os.defpath)])}

    def _without_ours(self, command: str) -> str:
        """An installation without what Scoredock answers for; empty where nothing else is installed, or where it would
        change Scoredock's own Python."""
        rest = without_ours(command)
        if rest != command:
            self._tell(f"left out, as Scoredock answers for the SDK: {command}")
        return "" if self._leaves_out(rest) else rest

    def _leaves_out(self, command: str) -> bool:
        """Says of what would change Scoredock's own Python that it is left out."""
        if not changes_own_python(command):
            return False
        self._tell(
            f"left out, as nothing is installed into Scoredock's own Python: {' '.join(command.split())}\n"
            "  Choose a Python that has it, such as that of a virtual environment."
        )
        return True

    def _tell(self, sentence: str) -> None:
        print(f"{self.place}: {sentence}", file=sys.stderr)

    # ------------------------------------------------------------------------------------------ lines

    def line(self, text: str) -> Any:
        """`%name rest`, in one piece; gives its value."""
        name, _, rest = text.partition(" ")
        rest = rest.strip() if name in _AS_WRITTEN else expanded(rest.strip(), self.names)
        known = getattr(self, f"_line_{name.replace('%', '')}", None)
        if known is not None:
            return known(rest)
        if name in _COMMANDS:
            return self.shell(f"{'ls -l' if name == 'll' else name} {rest}")
        if name in _SETTINGS:
            return self._tell(f"left out, as it only concerns IPython itself: %{text}")
        raise CellError(f"The magic %{name} is not supported: remove the line, or write what it does as Python.")

    def _line_azureml(self, rest: str) -> None:
        self._tell(f"left out, as the run history of the Workbench is not here: %azureml {rest}")

    def _line_cd(self, rest: str) -> None:
        quiet = rest.startswith("-q")
        where = _unquoted(rest[2:] if quiet else rest) or "~"
        if where == "-":
            where = self._before[-1] if self._before else os.getcwd()
        before = os.getcwd()
        os.chdir(os.path.expanduser(where))
        self._before.append(before)
        if not quiet:
            print(os.getcwd())

    def _line_pwd(self, rest: str) -> str:
        return os.getcwd()

    def _line_pip(self, rest: str) -> None:
        command = self._without_ours(f"pip {rest}")
        if command:
            self._show([sys.executable, "-m", *_words(command)])

    def _line_conda(self, rest: str) -> None:
        self._installer("conda", rest)

    def _line_mamba(self, rest: str) -> None:
        self._installer("mamba", rest)

    def _line_uv(self, rest: str) -> None:
        self._installer("uv", rest)

    def _installer(self, name: str, rest: str) -> None:
        program = shutil.which(name)
        if program is None and not _INSTALLS.match(rest):
            self._tell(f"left out, as there is no {name} here, and so nothing of it: %{name} {rest}")
            return
        if program is None:
            raise CellError(
                f"There is no {name} here: install the packages with pip, or choose a Python that has them."
            )
        if self._show([program, *_words(rest)]):
            raise CellError(f"%{name} {rest} has failed: its output says why.")

    def _line_env(self, rest: str) -> Any:
        if not rest:
            return dict(os.environ)
        name, sign, value = rest.partition("=" if "=" in rest else " ")
        if not sign:
            if name not in os.environ:
                raise CellError(f"Environment does not have key: {name}.")
            return os.environ[name]
        os.environ[name.strip()] = value.strip()
        print(f"env: {name.strip()}={value.strip()}")
        return None

    def _line_set_env(self, rest: str) -> None:
        if "=" not in rest and " " not in rest:
            raise CellError("%set_env needs a name and a value.")
        self._line_env(rest)

    def _line_run(self, rest: str) -> None:
        words = _words(rest)
        options = []
        while words and words[0].startswith("-") and words[0] != "-m":
            options.append(words.pop(0))
        if not words:
            raise CellError("%run needs the path of a script.")
        if words[0].endswith(".ipynb"):
            raise CellError(
                f"%run of the notebook {words[0]} is not supported: put its cells into this notebook, or save them as"
                " a script."
            )
        former_argv, sys.argv = sys.argv, words[1:] if words[0] == "-m" else words
        init_globals = dict(self.names) if "-i" in options else None
        try:
            if words[0] == "-m":
                namespace = runpy.run_module(words[1], init_globals, run_name="__main__", alter_sys=True)
            else:
                path = words[0] if os.path.exists(words[0]) else f"{words[0]}.py"
                namespace = runpy.run_path(path, init_globals, run_name="__name__" if "-n" in options else "__main__")
        except SystemExit as ended:
            if ended.code:
                raise CellError(f"%run {rest} has ended with the exit code {ended.code}.") from None
            return
        finally:
            sys.argv = former_argv
        self.names.update({name: value for name, value in namespace.items() if not name.startswith("__")})

    def _line_time(self, rest: str) -> None:
        with self._timed():
            self._execute(rest)

    def _line_timeit(self, rest: str) -> None:
        while rest.startswith("-"):
            rest = rest.partition(" ")[2].strip()
        self._print_loop(rest)

    def _line_matplotlib(self, rest: str) -> None:
        """Figures are shown nowhere, and no window opens."""
        self.has_figures_inline = rest.split()[:1] == ["inline"]
        os.environ["MPLBACKEND"] = "Agg"
        if "matplotlib" in sys.modules:
            sys.modules["matplotlib"].use("Agg", force=True)  # type: ignore[attr-defined, unused-ignore]

    def _line_pylab(self, rest: str) -> None:
        self._line_matplotlib(rest)
        self._execute("import numpy as np\nimport matplotlib.pyplot as plt\nfrom numpy import *")

    def _line_load_ext(self, rest: str) -> None:
        if rest != "autoreload":
            self._tell(f"left out: %load_ext {rest}. Its magics are not known here, and each is told where it is used.")

    _line_reload_ext = _line_unload_ext = _line_load_ext

    def _line_autoreload(self, rest: str) -> None:
        self._tell(f"left out: %autoreload {rest}. {_NO_RELOAD[0].upper()}{_NO_RELOAD[1:]}.")

    def _line_sx(self, rest: str) -> Lines:
        return self.lines(rest)

    _line_system = _line_sx

    def _line_who(self, rest: str) -> None:
        print("\t".join(self._who()))

    _line_whos = _line_who

    def _line_who_ls(self, rest: str) -> List[str]:
        return self._who()

    def _who(self) -> List[str]:
        return sorted(name for name in self.names if not name.startswith("_"))

    # ------------------------------------------------------------------------------------------ cells

    def cell(self, name: str, line: str, body: str, program: str) -> None:
        """Runs `%%name line` over a body; `program` is the body as Python, for the magics that run it here."""
        line = expanded(line, self.names)
        if name in _SHELLS or name in ("script", "python", "python3", "!", "sx", "system"):
            self._script(name, line, body)
        elif name in ("writefile", "file"):
            self._write(line, body)
        elif name in ("time", "prun", "memit", "mprun", "snakeviz", "pyinstrument", "local"):
            with self._timed():
                self._execute(program)
        elif name == "timeit":
            self._print_loop(program)
        elif name == "capture":
            self._capture(line, program)
        elif name in SHOWN_ONLY:
            self._tell(f"left out, as it is only shown in a notebook: %%{name}")
        else:
            raise CellError(
                f"The cell magic %%{name} is not supported: remove the cell, or write what it does as Python."
            )

    def _write(self, line: str, body: str) -> None:
        words = [word for word in _words(line) if word not in ("-a", "--append")]
        appends = len(words) != len(_words(line))
        if not words:
            raise CellError("%%writefile needs the path of a file.")
        target = os.path.expanduser(" ".join(words))
        if _LEFT_OPEN.search(target):
            raise CellError(
                f"%%writefile {target}: a name in it has no value here. Run the cell that gives it one first."
            )
        folder = os.path.dirname(target)
        if folder:
            os.makedirs(folder, exist_ok=True)
        verb = "Appending to" if appends else "Overwriting" if os.path.exists(target) else "Writing"
        with open(target, "a" if appends else "w", encoding="utf-8") as file:
            file.write(body)
        print(f"{verb} {target}")

    def _script(self, name: str, line: str, body: str) -> None:
        words = _words(line)
        options, words = _options(words)
        body = "\n".join(each for each in body.split("\n") if not self._leaves_out(each))
        if name == "script":
            command = words
        elif name in _SHELLS:
            command = [_SHELLS[name], *words]
        elif name in ("python", "python3"):
            command = [sys.executable, *words, "-"]
        else:
            command = ["sh"] if os.name != "nt" else ["cmd"]
        program = shutil.which(command[0]) if command else None
        if program is None:
            raise CellError(f"There is no {command[0] if command else 'program'} here for %%{name}.")
        with contextlib.ExitStack() as stack:
            out = stack.enter_context(contextlib.redirect_stdout(io.StringIO())) if "out" in options else None
            code = self._show([program, *command[1:]], input_text=body)
        if out is not None:
            self.names[options["out"]] = out.getvalue()
        if code and "no-raise-error" not in options:
            raise CellError(f"%%{name} has ended with the exit code {code}.")

    def _capture(self, line: str, program: str) -> None:
        words = [word for word in line.split() if not word.startswith("-")]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            if "--no-stdout" not in line:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "--no-stderr" not in line:
                stack.enter_context(contextlib.redirect_stderr(err))
            self._execute(program)
        if words:
            self.names[words[0]] = Captured(out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        begun, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            print(f"CPU times: total: {_seconds(time.process_time() - processor)}")
            print(f"Wall time: {_seconds(time.perf_counter() - begun)}")

    def _print_loop(self, text: str) -> None:
        count, taken = timeit.Timer(text, globals=dict(self.names)).autorange()
        print(f"{_seconds(taken / count)} per loop ({count} loops)")


def _words(text: str) -> List[str]:
    try:
        return shlex.split(text, posix=os.name != "nt")
    except ValueError:
        return text.split()


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _options(words: List[str]) -> Tuple[Dict[str, str], List[str]]:
    """Those of cells for the shell, which come before the program."""
    found: Dict[str, str] = {}
    while words and words[0].startswith("--"):
        name = words.pop(0)[2:]
        found[name] = words.pop(0) if name in ("out", "err", "proc") and words else ""
    return found, words


def _seconds(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
