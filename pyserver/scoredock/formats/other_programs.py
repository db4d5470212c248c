"""Files of other programs that look like ours.

Python programs that are not entry scripts although they have functions `init` and `run`, or the name of one: games,
plug-ins, animations, programs with a command line, notebooks of another platform. YAML files with dependencies: package
lists of other languages, charts, roles, templates.
"""

from __future__ import annotations

import re

from scoredock.formats.signs import AZURE, HANDED_ON, HOME, READS_REQUEST, ROUTE, SERVER, SERVES

_DATABRICKS = "# Databricks notebook source"
_COMMAND = re.compile(r"\b(?:argparse|click|fire|sys\.argv)\b|^if[ \t]+__name__\b", re.MULTILINE)
_ARGUMENT_PARSER = re.compile(r"\b(?:ArgumentParser|sys\.argv)\b|^@click\.", re.MULTILINE)
_MAIN = re.compile(r"^if[ \t]+__name__\b", re.MULTILINE)
_CALLS_RUN = re.compile(
    r"^[ \t]+(?:[\w, ]+=[ \t]*|return[ \t]+|(?:print|exit|sys\.exit|asyncio\.run)\()?run[ \t]*\(", re.MULTILINE
)
_CALLS_RUN_AT_ONCE = re.compile(r"^run[ \t]*\(", re.MULTILINE)
_NO_REQUEST = re.compile(
    r"^(?:async[ \t]+)?def[ \t]+run[ \t]*\([ \t]*(?:(?:func|function|fn|callback|coro|cmd|command|argv)\b[^()\n]*)?\)",
    re.MULTILINE,
)
"""A `run()` that gets nothing, or something to be run."""
_YAML_KEY = re.compile(r"^\ufeff?[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*:", re.MULTILINE)
_OTHER_KEYS = frozenset(
    {
        "asyncapi",
        "collections",
        "dev_dependencies",
        "env_specs",
        "flutter",
        "galaxy_info",
        "includes",
        "openapi",
        "requirements",
        "roles",
        "spack",
    }
)
"""Keys of AsyncAPI, Ansible, Dart, anaconda-project, conda-devenv, conda-build and Spack."""
_MAPPING = re.compile(r"^dependencies[ \t]*:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]+[\w.-]+[ \t]*:", re.MULTILINE)
_OBJECTS = re.compile(
    r"^dependencies[ \t]*:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-[ \t]+(?:name|role|src|git|package|url)[ \t]*:",
    re.MULTILINE,
)
"""Dependencies of charts, roles and packages are objects."""


def is_other_program(head: str) -> bool:
    """True if a text says by itself that it is a program of another kind, whatever its functions are called."""
    if AZURE.search(head):
        return False
    if head.startswith(_DATABRICKS) or HOME.search(head) or HANDED_ON.search(head):
        return True
    return has_routes(head)


def has_routes(head: str) -> bool:
    """True if a text has routes of Flask, FastAPI or another web framework, so that it answers requests by itself."""
    return bool(SERVER.search(head) and ROUTE.search(head))


def may_answer(head: str) -> bool:
    """True if anything in a text has to do with requests or models."""
    return bool(SERVES.search(head))


def is_program(head: str, named: bool) -> bool:
    """True if a file without `init()` is started for itself: with arguments, or by a `run()` that gets no request."""
    if (not named and _COMMAND.search(head)) or calls_itself(head):
        return True
    return bool(_NO_REQUEST.search(head) and not AZURE.search(head))


def has_main(head: str) -> bool:
    """True if a file has a part that only its start as a program comes to, or calls its own `run()` at once."""
    return bool(_MAIN.search(head) or _CALLS_RUN_AT_ONCE.search(head))


def calls_itself(head: str) -> bool:
    """True if a file calls its own `run()` when it is started, with arguments or with something else than a request."""
    if _CALLS_RUN_AT_ONCE.search(head):
        return not READS_REQUEST.search(head)
    if _MAIN.search(head) is None or not _CALLS_RUN.search(head):
        return False
    return bool(_ARGUMENT_PARSER.search(head)) or not READS_REQUEST.search(head)


def is_started_alone(head: str) -> bool:
    """True if a file calls its own `run()`, which gets nothing: no server can call that."""
    calls = _CALLS_RUN.search(head) or _CALLS_RUN_AT_ONCE.search(head)
    return bool(calls and _NO_REQUEST.search(head) and not AZURE.search(head))


def is_other_environment(name: str, head: str) -> bool:
    """True if a YAML file whose name or keys are like those of a conda file belongs to another program."""
    if name.endswith((".devenv.yml", ".devenv.yaml")) or name in ("anaconda-project.yml", "anaconda-project.yaml"):
        return True
    keys = set(_YAML_KEY.findall(head))
    if keys & _OTHER_KEYS or _OBJECTS.search(head):
        return True
    # The lists of RAPIDS: groups of packages for several outputs.
    return "files" in keys and _MAPPING.search(head) is not None
