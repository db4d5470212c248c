"""The folder of a run: what is in front of PATH, the files by which steps give commands, and the artifacts."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import itertools
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoredock import l10n, run
from scoredock.context import Context, Operation
from scoredock.environments.pip.uv import run_uv
from scoredock.errors import ScoredockError
from scoredock.features.contribution import require_contribution
from scoredock.processes import end_marked
from scoredock.progress import CancelToken
from scoredock.workspace.own_program import own_program, own_variables

_COMMAND_FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_PASSED_ON = (
    "CONTAINERS_REGISTRIES_CONF",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "KUBECONFIG",
    "PIP_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "UV_INDEX_URL",
)
"""Of our own environment, besides what tells of the machine: where Docker, registries, clusters and packages are. Steps
are other people's code, and get no token of this shell."""
MARK = "RUNNER_TRACKING_ID"
"""The variable by which GitHub's runner finds what a job has left behind."""
_MOST_VARIABLE_BYTES = 131_072
"""Of Linux, with its name (MAX_ARG_STRLEN)."""
_MOST_COMMAND_BYTES = 16_000_000
_SECONDS = 300
_MOST_PATHS = 100_000
"""Of one pattern."""
_AZ = """\
here={here}
rest=
old_ifs=$IFS
IFS=:
for folder in $PATH; do
  if [ "$folder" != "$here" ]; then rest="$rest${{rest:+:}}$folder"; fi
done
IFS=$old_ifs
case "${{1-}} ${{2-}} $*" in
  "extension add "*azure_cli_ml*|"extension add "*azure-cli-ml*) echo "azure-cli-ml is part of Scoredock" >&2; exit 0 ;;
esac
if [ -z "$(PATH=$rest command -v az 2>/dev/null)" ]; then
  case "${{1-}} ${{2-}}" in
    "login "*|"logout "*|"account set"|"account clear"|"configure "*|"config set") exit 0 ;;
    "account show")
      id=00000000-0000-0000-0000-000000000000
      case " $* " in
        *" --query "*) echo "$id" ;;
        *) printf '{{"id": "%s", "tenantId": "%s", "name": "local", "state": "Enabled"}}\\n' "$id" "$id" ;;
      esac
      exit 0 ;;
  esac
fi
PATH=$rest exec {forwarder}/az "$@"
"""
"""Where there is no Azure CLI, signing in does nothing and the subscription has no number: `az ml` of v1 needs neither.
With one, everything but `az ml` goes to it."""


class Missing(Exception):
    """Raised if something that a step asks for is missing; its text is a sentence."""


class RunFolder:
    """Made for one run, and removed behind it."""

    def __init__(self, folder: Path, context: Context, operation: Operation) -> None:
        self.folder = folder
        self.cancel: CancelToken = operation.cancel
        self.tools = folder / "tools"
        for name in ("tools", "temp", "artifacts", "a", "b", "commands"):
            (folder / name).mkdir()
        require_contribution("az")
        from scoredock.contrib.az.api import AzFolderParams, install

        forwarder = install(AzFolderParams(str(folder / "az")), context, operation).folder
        self._program("az", _AZ.format(here=_quoted(str(self.tools)), forwarder=_quoted(forwarder)))
        words = " ".join(_quoted(word) for word in own_program())
        self._program("scoredock", f'exec {words} "$@"')
        self._variables = own_variables(context.settings, context.home)
        self.mark: dict[str, str] = {}
        """Of the job that goes on."""
        self._python = ""
        self._scripts = 0

    @contextlib.contextmanager
    def job(self, mark: str) -> Iterator[None]:
        """Marks all that the job's steps start by a variable of this name, by which it is found and ended, as the
        platforms do it: with the job, or with this process.
        """
        value = secrets.token_hex(16)
        self.mark = {mark: value}
        with run.ends_with_us(f"{mark}={value}"):
            try:
                yield
            finally:
                self.end_orphans()

    def end_orphans(self) -> int:
        """Ends the processes that the steps of a job have left behind; returns how many there were."""
        return sum(end_marked(name, value) for name, value in self.mark.items())

    def environment(self, variables: Mapping[str, str], paths: Sequence[str]) -> dict[str, str]:
        """Environment variables of a step. Raises Missing if no program can be started with them."""
        passed = {name: text for name in _PASSED_ON if (text := os.environ.get(name, "")) and "@" not in text}
        front = [*paths, *([self._python] if self._python else []), str(self.tools)]
        own = {**run.program_environment(passed), **self._variables}
        files = {name: str(self.folder / "commands" / name) for name in _COMMAND_FILES}
        path = os.pathsep.join([*front, own.get("PATH", os.defpath)])
        environment = {**own, **self.mark, **variables, **files, "PATH": path}
        _require_fit(environment)
        return environment

    def begin_step(self) -> None:
        """Makes new files for the commands of a step."""
        for name in _COMMAND_FILES:
            (self.folder / "commands" / name).write_bytes(b"")

    def commands(self) -> dict[str, str]:
        """Texts that a step has written into the files for commands, by name. Raises Missing if one is too large."""
        return {name: _text(self.folder / "commands" / name) for name in _COMMAND_FILES}

    def script(self, text: str) -> Path:
        """A file with the script of a step."""
        self._scripts += 1
        path = self.folder / "temp" / f"step-{self._scripts}"
        path.touch(0o600)  # a secret may be in it
        path.write_text(text if text.endswith("\n") else f"{text}\n", "utf-8", newline="\n")
        return path

    def use_python(self, version: str) -> str:
        """Puts a virtual environment of this run in front of PATH, so that steps can install packages; says what it
        is. Raises Missing."""
        if not self._python:
            folder = self.folder / "python"
            reason = ""
            for base in filter(None, map(_program_on_path, dict.fromkeys((f"python{version}", "python3", "python")))):
                reason = self._make_python(base, folder)
                if not reason:
                    break
            else:
                raise Missing(reason or l10n.t("There is no Python on PATH."))
            self._python = str(folder / ("Scripts" if os.name == "nt" else "bin"))
        program = next((path for path in Path(self._python).glob("python3.*")), Path("python3"))
        return l10n.t("A virtual environment of this run, with {version}.", version=program.name)

    def _make_python(self, base: str, folder: Path) -> str:
        """By the standard library, or by uv where Python came without pip; says why it could not be."""
        completion = run.run(
            [base, "-m", "venv", str(folder)], env=self.environment({}, ()), timeout=_SECONDS, cancel=self.cancel
        )
        if completion.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            words = ["venv", "--seed", "--python", base, str(folder)]
            completion = run_uv(words, timeout=_SECONDS, cancel=self.cancel, index_url="")
        lines = (completion.stderr or completion.stdout).strip().splitlines() if completion.returncode else []
        return l10n.t("No virtual environment could be made: {reason}", reason=" ".join(lines[-3:])) if lines else ""

    # ------------------------------------------------------------------------------------------------- artifacts

    def keep(self, name: str, patterns: str, root: Path, *, hidden: bool = True) -> int:
        """Copies files to the artifacts, but for those of patterns behind `!`; says how many. Raises Missing."""
        lines = [line.strip() for line in patterns.splitlines() if line.strip()]
        inside = [line for line in lines if not line.startswith("!")]
        others = {path for line in lines if line.startswith("!") for path in matching(line[1:], root)}
        artifacts = self.folder / "artifacts"
        files = dict.fromkeys(
            file
            for line in inside
            for path in matching(line, root)
            for file in _files(path, hidden=hidden)
            if not {file, *file.parents} & {artifacts, *others}
        )
        if not files:
            raise Missing(l10n.t("No file is at “{pattern}”.", pattern=patterns.strip()))
        base = Path(os.path.commonpath([_fixed(line, root) for line in inside]))
        for file in files:
            self.cancel.raise_if_cancelled()
            place = artifacts / _safe(name) / file.relative_to(base)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)
        return len(files)

    def add(self, name: str, source: Path) -> None:
        """Adds an artifact of another pipeline. Raises ScoredockError `pipeline-file-missing`."""
        target = self.folder / "artifacts" / _safe(name)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            target.mkdir()
            shutil.copy2(source, target)
        else:
            raise ScoredockError("pipeline-file-missing", l10n.t("There is no file {path}.", path=source))

    def fetch(self, name: str, target: Path, *, named: bool, pattern: str = "*") -> int:
        """Copies an artifact, or all of a pattern, each into a folder of its name where `named`; says how many. Raises
        Missing."""
        artifacts = self.folder / "artifacts"
        names = fnmatch.filter(sorted(each.name for each in artifacts.iterdir()), pattern)
        chosen = [artifacts / each for each in ([_safe(name)] if name else names)]
        for folder in chosen:
            if not folder.is_dir():
                raise Missing(l10n.t("No job before it has kept the artifact “{name}”.", name=name))
            shutil.copytree(folder, target / folder.name if named else target, dirs_exist_ok=True)
        return len(chosen)

    def _program(self, name: str, line: str) -> None:
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{line.rstrip()}\n", "utf-8", newline="\n")
        path.chmod(0o700)


def matching(pattern: str, root: Path) -> list[Path]:
    """The files and folders of a pattern, which may be absolute, each once. Raises Missing where there are too many."""
    paths: set[str] = set()
    several = re.sub(r"(\*\*/)+", "**/", pattern.strip())  # each `**` more would give the same folders again
    for number, path in enumerate(glob.iglob(str(root / several), recursive=True)):  # noqa: PTH207 (may be absolute)
        if number == _MOST_PATHS:
            raise Missing(l10n.t("More than {most:,} files are at “{pattern}”.", most=_MOST_PATHS, pattern=pattern))
        paths.add(path)
    return [Path(each) for each in sorted(paths)]


def _files(path: Path, *, hidden: bool) -> Iterator[Path]:
    """A file, or those of a folder."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        is_hidden = any(part.startswith(".") for part in file.relative_to(path.parent).parts)
        if file.is_file() and (hidden or not is_hidden):
            yield file


def _fixed(pattern: str, root: Path) -> Path:
    """The folder that a pattern begins with, which names of an artifact are relative to."""
    path = Path(*itertools.takewhile(lambda part: not set("*?[") & set(part), (root / pattern).parts))
    return path if path.is_dir() else path.parent


def _safe(name: str) -> str:
    """Name that is valid for one folder."""
    return name.replace("/", "_").replace("\\", "_").strip(". ") or "artifact"


def _require_fit(variables: Mapping[str, str]) -> None:
    """Raises Missing where no program can be started with them."""
    for name, text in variables.items():
        size = len(os.fsencode(f"{name}={text}"))
        if "\0" in name + text or "=" in name or not name:
            raise Missing(
                l10n.t("“{name}” cannot be a variable: its name or value has a sign that none can have.", name=name)
            )
        if size >= _MOST_VARIABLE_BYTES and sys.platform == "linux":
            message = l10n.t(
                "The variable {name} has {size:,} kB, and Linux gives a program at most {most} kB in one: write it to a"
                " file, or fill it into the script.",
                name=name,
                size=size // 1024,
                most=_MOST_VARIABLE_BYTES // 1024,
            )
            raise Missing(message)


def _text(path: Path) -> str:
    try:
        if (size := path.stat().st_size) > _MOST_COMMAND_BYTES:
            most = _MOST_COMMAND_BYTES // 1_000_000
            raise Missing(
                l10n.t(
                    "{file} has {size:,} MB, and at most {most} MB of it are read.",
                    file=path.name,
                    size=size // 1_000_000,
                    most=most,
                )
            )
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _program_on_path(name: str) -> str:
    try:
        return run.resolve_executable(name)
    except FileNotFoundError:
        return ""


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
