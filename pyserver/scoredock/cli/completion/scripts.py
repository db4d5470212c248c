"""What `scoredock completion` prints: a function for each shell that asks `scoredock __complete`."""

from __future__ import annotations

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
