"""Lines of notebooks that install packages, without those that Scoredock answers for."""

from __future__ import annotations

import os
import re
import sys
from typing import Sequence

from azureml._scoredock.absent import PACKAGES

_OURS = (
    "azureml-core",
    "azureml-sdk",
    "azureml-defaults",
    "azureml-dataset-runtime",
    "azureml-mlflow",
    "scoredock-azureml",
    *(each.replace(".", "-") for each in PACKAGES),
)
"""Beginnings of distributions whose modules Scoredock answers for; most of them would install azureml-core as well."""
_SEPARATOR = re.compile(r"[-_.]+")
_LIST_OF_PIP = re.compile(r"-r|-e|--requirement\b|--editable\b|--group\b")
"""Options of pip that name what is installed."""
_VALUES_OF_PIP = frozenset(
    (
        *("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "-c", "--constraint"),
        *("-t", "--target", "--prefix", "--root", "--src", "-C", "--config-settings", "--global-option"),
        *("--platform", "--python-version", "--implementation", "--abi", "--upgrade-strategy", "--progress-bar"),
        *("--no-binary", "--only-binary", "--root-user-action", "--report", "--python", "--log", "--proxy"),
        *("--retries", "--timeout", "--exists-action", "--trusted-host", "--cert", "--client-cert", "--cache-dir"),
        *("--keyring-provider", "--use-feature", "--use-deprecated", "--install-option", "--build", "-b"),
    )
)
"""Options of pip whose value is the next word."""

_CHANGE = re.compile(
    r"(?:^|[;&|(\n])\s*(?:sudo\s+|\w+=\S*\s+)*(?:(?P<python>\S+)\s+-m\s+)?(?P<pip>\S*pip[\d.]*)(?:\s+-\S+)*"
    r"\s+(?:un)?install\b(?P<rest>[^;&|\n]*)"
)
_ELSEWHERE = re.compile(r"\s(?:-t|--(?:target|prefix|root|dry-run|python)\b)")


def changes_own_python(command: str) -> bool:
    """True if pip installs or removes anything in Scoredock's own Python by it, where that runs the notebook."""
    if not os.environ.get("SCOREDOCK_SDK_OWN_PYTHON"):
        return False
    own = ("", os.path.dirname(sys.executable))
    return any(
        os.path.dirname((found["python"] or found["pip"]).strip("'\"")) in own and not _ELSEWHERE.search(found["rest"])
        for found in _CHANGE.finditer(command)
    )


def without_ours(command: str) -> str:
    """An installation without what Scoredock answers for, empty where nothing else is installed; other commands as
    they are."""
    words = command.split()
    if "pip" not in command or "install" not in words:
        return command
    kept = [word for word in words if not _SEPARATOR.sub("-", word.strip("'\"").lower()).startswith(_OURS)]
    if len(kept) == len(words):
        return command
    return " ".join(kept) if _asks_for_packages(kept[kept.index("install") + 1 :]) else ""


def _asks_for_packages(words: Sequence[str]) -> bool:
    """True if anything of an installation is left to install: the value of an option is none."""
    for before, word in zip(("", *words), words):
        if word.startswith("-"):
            if _LIST_OF_PIP.match(word):
                return True
        elif before not in _VALUES_OF_PIP:
            return True
    return False
