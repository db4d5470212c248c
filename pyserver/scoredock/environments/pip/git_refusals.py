"""Reasons why a requirement cannot be had from its Git repository, from what uv and Git say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.pip.requirement_lines import requirement_place
from scoredock.errors import EnvironmentOffline, ScoredockError

_OPERATION = "Git operation failed"
_FORBIDDEN = "Remote Git fetches are not allowed"
_NAMED = re.compile(r"failed to (?:fetch|find) (?:branch or tag|commit|branch, tag, or commit) `([^`]+)`")
_REPOSITORY = re.compile(r"git\S* fetch [^\n]*?'([a-z+]+://[^']+|[^'\s]*:[^']+)' '")
_NO_SUCH_NAME = re.compile(
    r"couldn't find remote ref|not our ref|unknown revision|bad revision|reference is not a tree"
)
_NO_REPOSITORY = re.compile(r"does not appear to be a git repository|repository .*not found|Repository not found")
_NO_LOGIN = re.compile(
    r"could not read (?:Username|Password)|Authentication failed|Permission denied|terminal prompts disabled"
    r"|returned error: 40[13]"
)
_AWAY = re.compile(
    r"Could not resolve host|[Cc]ould(?:n't| not) connect to server|Connection (?:refused|reset|timed out)"
    r"|Operation timed out|Network is unreachable|Could not resolve hostname|No route to host"
)


def explain_git(stderr: str, requirements: Sequence[str], source: str) -> ScoredockError | None:
    """A refusal that comes from Git as one sentence that names the requirement; None for any other."""
    if _OPERATION not in stderr and _FORBIDDEN not in stderr:
        return None
    name, repository = _first(_NAMED, stderr), without_credentials(_first(_REPOSITORY, stderr))
    requirement = _requirement(requirements, repository, name)
    repository = repository or without_credentials(re.sub(r"^.*?git\+|[@#][^/]*$", "", requirement))
    place = requirement_place(source, requirement)
    details: dict[str, str | list[str]] = {"requirement": requirement, "output": stderr.strip().splitlines()[-40:]}
    if _AWAY.search(stderr) or _FORBIDDEN in stderr:
        return EnvironmentOffline(
            l10n.t(
                "The Git repository {address} cannot be reached, and {requirement} is not in the cache.",
                address=repository,
                requirement=requirement or l10n.t("a requirement"),
            ),
            place=place,
            details=details,
        )
    reason, fix = _reason(stderr, repository, name)
    return ScoredockError(
        "environment-requirement-unsatisfiable",
        l10n.t(
            "{requirement} cannot be installed: {reason}",
            requirement=requirement or l10n.t("A requirement from Git"),
            reason=reason,
        ),
        fix,
        place=place,
        details=details,
    )


def _reason(stderr: str, repository: str, name: str) -> tuple[str, str]:
    """Why, and what to do."""
    listing = f"git ls-remote {repository}"
    if name and _NO_SUCH_NAME.search(stderr):
        return (
            l10n.t("{address} has no branch, tag or commit “{name}”.", address=repository, name=name),
            l10n.t("Correct what follows the @, or push it. To list what there is, run `{command}`.", command=listing),
        )
    if _NO_LOGIN.search(stderr):
        return (
            l10n.t("{address} asks for a login that Git does not have here.", address=repository),
            l10n.t("Set up a credential helper or an SSH key for it, until `{command}` works.", command=listing),
        )
    if _NO_REPOSITORY.search(stderr):
        return (
            l10n.t("{address} is not a Git repository, or may not be read from here.", address=repository),
            l10n.t("Correct the address, or ask for access. To try it, run `{command}`.", command=listing),
        )
    last = [line.strip() for line in stderr.splitlines() if line.strip().startswith(("fatal:", "error:", "cause:"))]
    words = re.sub(r"^(?:\w+: )+", "", (last or [_OPERATION])[-1]).rstrip(".")
    return l10n.t("Git says: {error}.", error=without_credentials(words)), ""


def _requirement(requirements: Sequence[str], repository: str, name: str) -> str:
    """The line that means it; the only one of Git's where several could."""
    lines = [without_credentials(line) for line in requirements if "git+" in line or line.startswith("git@")]
    exact = [line for line in lines if repository and repository in line and (not name or f"@{name}" in line)]
    return (exact or (lines if len(lines) == 1 else [""]))[0]


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match is not None else ""
