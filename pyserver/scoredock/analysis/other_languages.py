"""Scripts that are not of Python, where one of Python is wanted."""

from __future__ import annotations

import re

from scoredock import l10n

_LANGUAGES = {
    ".r": "R",
    ".rmd": "R",
    ".jl": "Julia",
    ".sh": "Shell",
    ".bash": "Bash",
    ".ps1": "PowerShell",
    ".cmd": "cmd",
    ".bat": "cmd",
    ".js": "JavaScript",
    ".ts": "TypeScript",
    ".java": "Java",
    ".scala": "Scala",
    ".cs": "C#",
    ".go": "Go",
    ".ipynb": "JSON",
    ".json": "JSON",
}
_PROGRAMS = {"rscript": "R", "julia": "Julia", "sh": "Shell", "bash": "Bash", "zsh": "Zsh", "pwsh": "PowerShell"}
_PROGRAMS |= {"node": "JavaScript"}
_FIRST_LINE = re.compile(r"#![ \t]*(?:\S*/)?([^/\s]+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?")


def other_language(path: str, text: str) -> str:
    """The language of a script that is not one of Python, by its ending or its first line; empty where neither says
    so."""
    match = _FIRST_LINE.match(text)
    program = (match[2] if match and match[1] == "env" else match[1] if match else "") or ""
    return _LANGUAGES.get(path[path.rfind(".") :].lower(), "") or _PROGRAMS.get(program.lower(), "")


def language_problem(path: str, language: str) -> str:
    """Sentence that says that a script is in another language."""
    name = re.split(r"[\\/]", path)[-1]
    return l10n.t("“{name}” is written in {language} and is not a Python script.", name=name, language=language)
