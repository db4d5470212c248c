"""Entry scripts that a file deploys or uses for batches, in a parallel step or a batch deployment, and programs that it
starts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LOOK = 400_000
"""Characters of a notebook that are searched."""
_CALL = re.compile(r"\b(?:ParallelRunConfig|ParallelRunStep|parallel_run_function)[ \t]*\(")
_AFTER = 2_000
"""Characters behind the name of the call in which its arguments are looked for; a notebook writes its lines as texts of
JSON."""
_ARGUMENT = re.compile(
    r"\b(?:entry_script|scoring_script)[ \t]*=[ \t]*(?:r|f)?\\?[\"']([^\"'\\\r\n]{1,200}\.py)\\?[\"']"
)
_YAML = re.compile(
    r"^[ \t-]*(?:type[ \t]*:[ \t]*[\"']?parallel\b|\$schema[ \t]*:[^\r\n]*(?:batchDeployment|parallelComponent)"
    r"|parallel_run_config[ \t]*:[ \t]*\r?$)",
    re.MULTILINE,
)
_KEY = re.compile(r"^[ \t-]*(?:entry_script|scoring_script)[ \t]*:[ \t]*[\"']?([^\"'#\r\n]{1,200}\.py)\b", re.MULTILINE)
_NAMED = re.compile(
    r"\b(?:entry_script|scoring_script)\\?[\"']?[ \t]*[:=][ \t]*(?:r|f)?\\?[\"']?([^\"'\\#\r\n]{1,200}\.py)\b"
)
_SUBMITTED = re.compile(
    r"\b(?:script|script_name)[ \t]*[=:][ \t]*(?:r|f)?\\?[\"']?([^\"'\\#\r\n,]{1,200}\.py)\b"
    r"|\b(?:ScriptRunConfig|PythonScriptStep)\([^()=]{0,200}?\\?[\"']([^\"'\\\r\n]{1,200}\.py)\\?[\"']"
    r"|\bpython3?[ \t]+(?:-\w+[ \t]+)*([\w./\\-]{1,200}\.py)\b"
)


def batch_scripts(text: str) -> Iterator[str]:
    """Names of the scripts that a file uses for batches, without their folders: in a parallel step of v1 or v2, or in a
    batch deployment."""
    text = text[:_LOOK]
    calls = (_ARGUMENT.search(text, call.end(), _end(text, call)) for call in _CALL.finditer(text))
    found = [argument.group(1) for argument in calls if argument is not None]
    if _YAML.search(text):
        found += [match.group(1) for match in _KEY.finditer(text)]
    for path in found:
        yield re.split(r"[\\/]", path.strip())[-1]


def deployed_scripts(text: str) -> Iterator[str]:
    """Names of the scripts that a file deploys, without their folders: in a deployment of v2, or in a call of an
    SDK."""
    for named in _NAMED.finditer(text[:_LOOK]):
        yield re.split(r"[\\/]", named.group(1).strip())[-1]


def submitted_scripts(text: str) -> Iterator[str]:
    """Names of the scripts that a file starts as programs, without their folders: in a run, a step or a command."""
    for started in _SUBMITTED.finditer(text[:_LOOK]):
        yield re.split(r"[\\/]", next(filter(None, started.groups())).strip())[-1]


def _end(text: str, call: re.Match[str]) -> int:
    """How far the arguments of a call may reach: not into the next one."""
    following = _CALL.search(text, call.end())
    return min(call.end() + _AFTER, following.start() if following else len(text))
