"""An `az` in a folder of its own: in front of PATH it gives `az ml` and what is about azure-cli-ml to Scoredock, and
everything else to the Azure CLI, if there is one."""

from __future__ import annotations

import shlex
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.own_program import own_program, own_variables
from scoredock.protocol import messages

_MARK = "Written by scoredock az install."
_SH = """#!/bin/sh
# {mark}
here={here}
case "${{1-}}" in
  ml) exec {program} az "$@" ;;
  extension)
    for word in "$@"; do
      if [ "$word" = azure-cli-ml ]; then exec {program} az "$@"; fi
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
_CMD = """@echo off\r
rem {mark}\r
setlocal\r
if /i "%~1"=="ml" goto ours\r
if /i not "%~1"=="extension" goto real\r
echo " %* " | findstr /c:"azure-cli-ml" >nul && goto ours\r
:real\r
for /f "delims=" %%i in ('where az.cmd az.exe az.bat 2^>nul') do if /i not "%%~dpi"=="%~dp0" (\r
  call "%%i" %*\r
  exit /b\r
)\r
:ours\r
{program} az %*\r
exit /b %errorlevel%\r
"""


def install(params: messages.AzFolderParams, context: Context, operation: Operation) -> messages.AzFolder:
    """Writes it. Raises ScoredockError `io-failed`, and for a file that is not ours `az-not-ours`."""
    folder = _folder(params, context)
    _write(folder)
    return messages.AzFolder(str(folder), own_variables(context))


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
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in (("az", _SH), ("az.cmd", _CMD)):
            path = folder / name
            if path.exists():
                _require_ours(path)
            written = text.format(mark=_MARK, here=shlex.quote(str(folder)), program=_program(windows=name == "az.cmd"))
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.write(written)
            path.chmod(0o700)
    except OSError as error:
        raise _failed(folder, error) from error


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
    return " ".join(f'"{word}"' for word in words) if windows else shlex.join(words)
