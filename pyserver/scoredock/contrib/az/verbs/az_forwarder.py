"""An `az` in a folder of its own: in front of PATH it gives `az ml` and what is about azure-cli-ml to Scoredock, and
everything else to the Azure CLI, if there is one."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.az import messages
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.verb import CliCommand, EditorCommand, argument, verb
from scoredock.workspace.own_program import own_program, own_variables

FOLDER = argument(
    "--folder", help="where the `az` lies; by default a folder of the data folder", default="", metavar="FOLDER"
)

_MARK = "Written by scoredock az install."
_SH = """#!/bin/sh
# {mark}
here={here}
case "${{1-}}" in
  ml) exec {program} az "$@" ;;
  extension)
    for word in "$@"; do
      case "$word" in azure-cli-ml|*azure_cli_ml-*.whl) exec {program} az "$@" ;; esac
    done ;;
esac
rest=
old_ifs=$IFS
IFS=:
for folder in $PATH; do
  if [ "$folder" != "$here" ]; then rest="$rest${{rest:+:}}$folder"; fi
done
IFS=$old_ifs
real=$(PATH=$rest command -v az 2>/dev/null)
if [ -n "$real" ]; then PATH=$rest exec "$real" "$@"; fi
exec {program} az "$@"
"""
# What comes behind is written as it came, on lines of its own: in a block a bracket of an argument would end the block,
# and `call` would read percent signs and carets once more. `shift` leaves %* as it is.
_CMD = """@echo off\r
rem {mark}\r
setlocal\r
if /i "%~1"=="ml" goto ours\r
if /i not "%~1"=="extension" goto real\r
:look\r
if "%~1"=="" goto real\r
if /i "%~1"=="azure-cli-ml" goto ours\r
set "scoredock_word=%~1"\r
if /i not "%scoredock_word:azure_cli_ml-=%"=="%scoredock_word%" goto ours\r
shift\r
goto look\r
:real\r
set "scoredock_az="\r
for /f "delims=" %%i in ('where $PATH:az.cmd $PATH:az.exe $PATH:az.bat 2^>nul') do call :other "%%i" "%%~dpi"\r
if not defined scoredock_az goto ours\r
"%scoredock_az%" %*\r
exit /b %errorlevel%\r
:other\r
if not defined scoredock_az if /i not "%~2"=="%~dp0" set "scoredock_az=%~1"\r
exit /b 0\r
:ours\r
{program} az %*\r
exit /b %errorlevel%\r
"""


@verb(
    "az/install",
    progress="Preparing the terminal",
    errors=("io-failed", "az-not-ours"),
    terminal=CliCommand(
        "az install",
        "Write an `az` that gives `az ml` to Scoredock and everything else to the Azure CLI, if there is one.",
        (
            FOLDER,
            argument(
                "--github", help="put it in front of PATH for the next steps of GitHub Actions", action="store_true"
            ),
            argument(
                "--azure-pipelines",
                help="put it in front of PATH for the next tasks of Azure Pipelines",
                action="store_true",
            ),
        ),
        ("scoredock az install", "scoredock az install --github"),
    ),
    editor=(EditorCommand("runAzLine", "Run with Scoredock", "contrib/az/lines"),),
)
def install(params: messages.AzFolderParams, context: Context, operation: Operation) -> messages.AzFolder:
    """Writes it. Raises ScoredockError `io-failed`, and for a file that is not ours `az-not-ours`."""
    folder = _folder(params, context)
    _write(folder)
    return messages.AzFolder(str(folder), own_variables(context.settings, context.home))


def uninstall(params: messages.AzFolderParams, context: Context, operation: Operation) -> messages.AzFolder:
    """Removes what was written. Raises ScoredockError `io-failed`, `az-not-ours`."""
    folder = _folder(params, context)
    try:
        for path in (folder / "az", folder / "az.cmd"):
            if path.exists():
                _require_ours(path)
                path.unlink()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise _failed(folder, error) from error
    return messages.AzFolder(str(folder), {})


def _folder(params: messages.AzFolderParams, context: Context) -> Path:
    return Path(params.folder) if params.folder else context.home / "az"


def _write(folder: Path) -> None:
    try:
        make_private(folder)
        for name, text in (("az", _SH), ("az.cmd", _CMD)):
            path = folder / name
            if path.exists():
                _require_ours(path)
            written = text.format(mark=_MARK, here=shlex.quote(str(folder)), program=_program(windows=name == "az.cmd"))
            path.write_bytes(_encoded(written) if name == "az.cmd" else written.encode())
            path.chmod(0o700)
    except OSError as error:
        raise _failed(folder, error) from error


def _encoded(text: str) -> bytes:
    """Bytes as the command interpreter of Windows reads them: in the code page of the machine."""
    try:
        return text.encode("oem" if os.name == "nt" else "utf-8")
    except UnicodeEncodeError:
        return text.encode()


def _failed(folder: Path, error: OSError) -> ScoredockError:
    return ScoredockError(
        "io-failed",
        l10n.t("{path} could not be written: {error}.", path=folder, error=error.strerror),
        place=Place(str(folder)),
    )


def _require_ours(path: Path) -> None:
    if _MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise ScoredockError(
            "az-not-ours",
            l10n.t("{path} was not written by Scoredock, and is left as it is.", path=path),
            place=Place(str(path)),
        )


def _program(*, windows: bool) -> str:
    """The command line of this installation, in words of a shell."""
    words = own_program()
    # In a batch file a percent sign is written twice.
    return " ".join('"{}"'.format(word.replace("%", "%%")) for word in words) if windows else shlex.join(words)
