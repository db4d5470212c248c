"""YAML files with dependencies that other programs read: package lists of other languages, charts, roles, templates."""

from __future__ import annotations

import re

_KEY = re.compile(r"^\ufeff?[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*:", re.MULTILINE)
_OTHERS = frozenset(
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
_ITEMS = re.compile(
    r"^dependencies[ \t]*:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-[ \t]+(?:name|role|src|git|package|url)[ \t]*:",
    re.MULTILINE,
)
"""Dependencies of charts, roles and packages are objects."""


def is_other_environment(name: str, head: str) -> bool:
    """Whether a YAML file whose name or keys are like those of a conda file belongs to another program."""
    if name.endswith((".devenv.yml", ".devenv.yaml")) or name in ("anaconda-project.yml", "anaconda-project.yaml"):
        return True
    keys = set(_KEY.findall(head))
    if keys & _OTHERS or _ITEMS.search(head):
        return True
    # The lists of RAPIDS: groups of packages for several outputs.
    return "files" in keys and _MAPPING.search(head) is not None
