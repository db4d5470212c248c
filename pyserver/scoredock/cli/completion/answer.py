"""`scoredock __complete SHELL …`: what a shell asks on each Tab. It says nothing of failures: a line that is being
typed may mean anything, and a message would stand in the middle of it."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.completion.candidates import FILES, FOLDERS
from scoredock.cli.completion.words import candidates

_BREAKS = ":="
"""Where bash begins a new word."""


def main(arguments: Sequence[str]) -> int:
    """`bash LINE`, or `zsh`/`fish` and the words behind the name of the program, the last as far as it was typed."""
    with contextlib.suppress(Exception):
        shell, *words = arguments
        l10n.use(l10n.language_of_terminal())
        if shell == "bash":
            words = _split(words[0])[1:]
        for value, meaning in _candidates(words):
            print(_shown(shell, words[-1] if words else "", value, meaning))
    sys.stdout.flush()
    return 0


def _candidates(words: Sequence[str]) -> list[tuple[str, str]]:
    """Candidates for the last word, each with its meaning; `files` or `folders` are left to the shell."""
    last = words[-1] if words else ""
    proposals = candidates(words)
    if proposals.kind in (FILES, FOLDERS):
        return [(f"\0{proposals.kind}", "")]
    begun = last.removeprefix(proposals.prefix)
    values = {name: l10n.t(meaning) if meaning else "" for name, meaning in proposals.words.items()}
    if proposals.kind:
        values = dict.fromkeys(_names(proposals.kind, begun, proposals.global_options), "")
    return [(f"{proposals.prefix}{each}", meaning) for each, meaning in values.items() if each.startswith(begun)]


def _names(kinds: str, prefix: str, arguments: Mapping[str, str]) -> list[str]:
    """Names of some kinds, in the workspace that the line means; behind `NAME:` the versions of that one."""
    if kinds == "check-rule":
        from scoredock.checks.catalogue import RULES

        return [rule.code for rule in RULES]
    from scoredock.context import Context
    from scoredock.features.contribution import contributions
    from scoredock.features.names import names
    from scoredock.settings import Values

    if values := [value for each in contributions() for value in each.values(kinds)]:
        return values
    context = Context(
        Values({}, os.environ),
        home=Path(arguments["--home"]).absolute() if arguments.get("--home") else None,
        folders=(Path.cwd(),),
        workspace=arguments.get("--workspace", ""),
        config=Path(arguments["--config"]).absolute() if arguments.get("--config") else None,
    )
    return names(kinds.split(), prefix, context)


def _shown(shell: str, last: str, value: str, meaning: str) -> str:
    if value.startswith("\0"):
        return f":{value[1:]}"
    if shell == "bash":
        # Bash replaces only what stands behind the last sign that it takes for the end of a word.
        begin = max((last.rfind(sign) for sign in _BREAKS), default=-1) + 1
        return value[begin:]
    if shell == "zsh":
        return f"{value.replace(':', chr(92) + ':')}:{meaning}" if meaning else value.replace(":", "\\:")
    return f"{value}\t{meaning}"


def _split(line: str) -> list[str]:
    """A line of bash as words, the last one empty behind a blank; with a quote that is still open."""
    for closing in ("", "'", '"'):
        with contextlib.suppress(ValueError):
            words = shlex.split(line + closing)
            return [*words, ""] if not closing and line[-1:].isspace() else words
    return []
