"""`scoredock completion`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command
from scoredock.cli.session import Session
from scoredock.errors import Place, ScoredockError
from scoredock.verb import CliCommand, argument

BASH = r"""# Completion of scoredock for bash, written by `scoredock completion bash`.
_scoredock() {
    local IFS=$'\n' line
    COMPREPLY=()
    for line in $("${COMP_WORDS[0]}" __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null); do
        case $line in
            :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")) ;;
            :folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "${COMP_WORDS[COMP_CWORD]#=}")) ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done
}
complete -F _scoredock scoredock
"""
ZSH = r"""#compdef scoredock
# Completion of scoredock for zsh, written by `scoredock completion zsh`.
_scoredock() {
    local -a answers
    answers=("${(@f)$("${words[1]}" __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    case $answers[1] in
        '') return 1 ;;
        :files) compset -P '--[^=]#='; _files ;;
        :folders) compset -P '--[^=]#='; _files -/ ;;
        *) _describe -t scoredock 'scoredock' answers ;;
    esac
}
if [ "${funcstack[1]}" = _scoredock ]; then
    _scoredock "$@"
else
    compdef _scoredock scoredock
fi
"""
FISH = r"""# Completion of scoredock for fish, written by `scoredock completion fish`.
function __scoredock_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l last (commandline -ct)
    set -l answers ($program __complete fish $words "$last" 2>/dev/null)
    switch "$answers[1]"
        case ':files'
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' $last)
        case ':folders'
            __fish_complete_directories (string replace -r -- '^--[^=]*=' '' $last)
        case '*'
            string join -- \n $answers
    end
end
complete -c scoredock -f -a '(__scoredock_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def _completion(options: Namespace, session: Session) -> int:
    script = SCRIPTS[options.shell]
    if not options.install:
        sys.stdout.write(script)
        return OK
    path = _place(options.shell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script, "utf-8")
    except OSError as error:
        problem = l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror)
        raise ScoredockError("io-failed", problem, place=Place(str(path))) from error
    text = l10n.t("wrote {path}; it counts from the next shell on", path=path)
    if options.shell == "zsh":
        text += "\n" + l10n.t(
            "zsh looks there if ~/.zshrc says so before compinit: {line}", line=f"fpath=({path.parent} $fpath)"
        )
    session.result({"path": str(path)}, text)
    return OK


def _place(shell: str) -> Path:
    """File of completions that a shell reads for an account."""
    if shell == "zsh":
        return Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zfunc" / "_scoredock"
    if shell == "fish":
        configured = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return configured / "fish" / "completions" / "scoredock.fish"
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "bash-completion" / "completions" / "scoredock"


COMMANDS = (
    Command(
        CliCommand(
            "completion",
            "Print the completion of commands, options and names for a shell, or install it.",
            (
                argument("shell", help="bash, zsh or fish", choices=tuple(SCRIPTS)),
                argument(
                    "--install",
                    help="write it where the shell looks for the completions of your account",
                    action="store_true",
                ),
            ),
            (
                "scoredock completion bash --install",
                "scoredock completion zsh --install",
                "scoredock completion fish --install",
            ),
        ),
        _completion,
    ),
)
