"""Refusals of the package installer, as errors that say what to do: an index that is away, packages that are not there
or do not go together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.checks.packages.package_facts import FAILS_SINCE
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.pip.requirement_lines import requirement_place
from scoredock.environments.spec import find_versions, suggest_command
from scoredock.errors import DiskFull, EnvironmentOffline, Place, ScoredockError

_EXTRA_INDEX = "--extra-index-url"
_NO_SUCH_VERSION = re.compile(r"cause: Because\s+there\s+is\s+no\s+version\s+of ")
_OFFLINE_SIGNS = (
    "network was disabled",
    "not found in the cache",
    "error sending request",
    "dns error",
    "tcp connect error",
    "Connection refused",
    "timed out",
    "failed to lookup address",
    "Could not resolve host",
    "Network is unreachable",
    "connect to server",
    "Remote Git fetches are not allowed",
    # What goes away while it answers, or answers that it cannot.
    "end of file before message length",
    "error reading a body from connection",
    "connection closed before message completed",
    "due to network timeout",
    "HTTP status server error",
)
_FULL = re.compile(r"No space left on device|os error (?:28|112|122)\b|Disk quota exceeded")
_REFUSED = re.compile(
    r"An index URL \((?P<index>[^)\s]+)\) could not be queried due to [^()]*\((?P<status>40[13][^)]*)\)"
    r"|HTTP status client error \((?P<answer>40[13][^)]*)\) for url \((?P<file>[^)\s]+)\)"
)
_LINKS = re.compile(r"Failed to read `--find-links` URL: (?P<address>\S+)")
_FETCHED = re.compile(r"Failed to fetch: `?(?P<address>https?://[^\s`]+)")
_OF_BUILD = "requirements from `build-system.requires`"
"""What has no solution are the build tools of a package."""
_NOT_ASKED_FOR = re.compile(
    r"(?:Failed to (?:build|download(?: and build)?|fetch)|Failed to prepare distribution[^`]*) `([^`]+)`"
)


def _extra_index(stderr: str, requirements: Sequence[str]) -> str:
    """The person's line of the extra index that a refusal of uv speaks of; empty where it is another index."""
    lines = (without_credentials(each) for each in requirements if each.startswith(_EXTRA_INDEX))
    return next((each for each in lines if f"{_address(each)}/" in stderr), "")


def _address(line: str) -> str:
    return line.removeprefix(_EXTRA_INDEX).strip(" =\t\"'/")


def is_offline(stderr: str) -> bool:
    """True if a refusal of uv comes from an index that cannot be reached."""
    return any(sign in stderr for sign in _OFFLINE_SIGNS)


def fails_anywhere(stderr: str) -> bool:
    """True if a refusal of uv comes from the build of a package, which the network does not change: it may take
    minutes, and is not to be done again."""
    return "The build backend returned an error" in stderr and not is_offline(stderr)


def _offline(stderr: str, requirements: Sequence[str], source: str, output: list[str]) -> EnvironmentOffline:
    named = _named(stderr, requirements)
    if gone := _extra_index(stderr, requirements):
        return EnvironmentOffline(
            l10n.t("The extra index {address} of this environment cannot be reached.", address=_address(gone)),
            l10n.t("Take its line out where the packages are in another index, or connect to its network."),
            place=requirement_place(source, gone.lstrip("-")),
            details={"requirement": named, "output": output},
        )
    if links := _LINKS.search(stderr):
        line = next((each for each in requirements if links["address"] in each), links["address"])
        return EnvironmentOffline(
            l10n.t(
                "The page {address} that this environment looks for packages on (-f) cannot be reached.",
                address=links["address"],
            ),
            l10n.t("Take its line out where the packages are in another index, or connect to its network."),
            place=requirement_place(source, line.lstrip("-")),
            details={"requirement": named, "output": output},
        )
    fetched = _FETCHED.search(stderr)
    direct = fetched and next((each for each in requirements if fetched["address"] in each), "")
    if fetched and direct:
        return EnvironmentOffline(
            l10n.t("The file {address} of this environment cannot be reached.", address=fetched["address"]),
            l10n.t("Connect to its network, or name a version that a package index has."),
            place=requirement_place(source, direct),
            details={"requirement": without_credentials(direct), "output": output},
        )
    message = l10n.t(
        "The package index cannot be reached, and {requirement} is not in the cache.",
        requirement=named or l10n.t("a requirement"),
    )
    from scoredock.origins import proxy_of  # for who has a proxy

    if proxy := proxy_of("https://pypi.org"):
        message += " " + l10n.t("Requests go through the proxy {proxy} of HTTPS_PROXY.", proxy=proxy)
    return EnvironmentOffline(
        message,
        place=requirement_place(source, named),
        details={"requirement": named, "output": output},
    )


def explain(stderr: str, requirements: Sequence[str], source: str, of_conda: Sequence[str] = ()) -> ScoredockError:
    """A refusal of uv as one sentence that names the requirement and why; `of_conda` are those of the requirements that
    a conda file lists as packages of conda."""
    from scoredock.environments.pip import refusals  # where there is one
    from scoredock.environments.pip.git_refusals import explain_git

    if of_git := explain_git(stderr, requirements, source):
        return of_git
    causes = _causes(stderr)
    because = causes[0] if causes else _last_words(stderr)
    place = requirement_place(source, _named(stderr, requirements))
    output = stderr.strip().splitlines()[-40:]
    if "Couldn't parse requirement" in stderr or re.search(r"Unexpected '.+', expected", stderr):
        named = _parsed(stderr) or _named(stderr, requirements)
        place = requirement_place(source, named)
        return ScoredockError(
            "environment-requirement-invalid",
            l10n.t(
                "The requirement `{requirement}` cannot be read: {error}.",
                requirement=named,
                error=_first_line(because),
            ),
            place=place,
            details={"requirement": named, "output": output},
        )
    if _FULL.search(stderr):
        return DiskFull(
            l10n.t("There is no space left for the packages of the environment."), details={"output": output}
        )
    if is_offline(stderr):
        return _offline(stderr, requirements, source, output)
    if refusing := _REFUSED.search(stderr):
        address, status = (
            without_credentials(refusing["index"] or refusing["file"]),
            refusing["status"] or refusing["answer"],
        )
        return ScoredockError(
            "environment-index-refused",
            l10n.t(
                "The package index {address} responded with {status}: it needs a sign-in, or a different one.",
                address=address,
                status=status,
            ),
            place=place,
            details={"requirement": _named(stderr, requirements), "output": output},
        )
    if "No solution found" in stderr and _OF_BUILD not in stderr:
        named = _named(stderr, requirements)
        return ScoredockError(
            "environment-requirement-unsatisfiable",
            l10n.t(
                "{requirement} cannot be installed: {reason}",
                requirement=named or l10n.t("This set of requirements"),
                reason=refusals.reason_of(stderr) or _reason(stderr, because),
            ),
            _of_channels(stderr, of_conda) or _next_step(stderr, named, place),
            place=place,
            remedies=() if refusals.is_unknown(stderr) or _is_retired(stderr, named) else find_versions(source),
            details={"requirement": named, "output": output},
        )
    package, reason = refusals.untrue(stderr)
    if reason:
        return ScoredockError(
            "environment-build-failed",
            l10n.t("{package} cannot be installed: {reason}.", package=without_credentials(package), reason=reason),
            l10n.t("Choose another version, or have its file repaired in the package index."),
            place=place,
            details={"requirement": _named(stderr, requirements), "output": output},
        )
    if built := _NOT_ASKED_FOR.search(stderr):
        package = built.group(1)
        return ScoredockError(
            "environment-build-failed",
            l10n.t(
                "{package} has no wheel for this Python, and could not be built from source: {error}.",
                package=package,
                error=refusals.build_reason(stderr) or refusals.reason_of(stderr).rstrip(".") or _last_words(stderr),
            ),
            _instead(stderr, package)
            or _relax(place, refusals.how_to_build(stderr))
            or l10n.t(
                "Choose a version of {package} that has a wheel for this Python, or install what its build needs.",
                package=package.split("==")[0],
            ),
            place=place,
            remedies=find_versions(source),
            details={"requirement": built.group(1), "output": output},
        )
    named = _named(stderr, requirements)
    return ScoredockError(
        "environment-build-failed",
        l10n.t("The environment could not be built: {error}.", error=_whole(stderr, causes)),
        place=place,
        details={"requirement": named, "output": output},
    )


_AUTOMATED_ML = ("azureml-train-automl", "azureml-automl")


def _is_retired(stderr: str, named: str) -> bool:
    """True if a release of automated ML lacks parts that the index has no more: no later release loads its models."""
    from scoredock.environments.pip import refusals

    return named.lower().startswith(_AUTOMATED_ML) and refusals.is_gone(stderr)


def _of_channels(stderr: str, of_conda: Sequence[str]) -> str:
    """Advice on a package of conda that the index of pip lacks; empty for another refusal."""
    from packaging.utils import canonicalize_name

    from scoredock.environments.pip import refusals

    name = refusals.unknown_name(stderr)
    names = {canonicalize_name(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in of_conda}
    if name not in names or refusals.meant_by(stderr)[1]:
        return ""
    return l10n.t(
        "The file lists {name} as a package of conda, which pip need not have. To take it from a channel of conda, add"
        " {line} below {section} in pyproject.toml; correct or remove a name that no channel has.",
        name=name,
        line='`environment = "conda"`',
        section="`[tool.scoredock]`",
    )


def _next_step(stderr: str, named: str, place: Place | None) -> str:
    """Advice where there is no solution."""
    from scoredock.environments.pip import refusals

    if refusals.is_unknown(stderr):
        return l10n.t("Correct or remove the name; a package of your own needs its index, or a path.")
    if _is_retired(stderr, named):
        return l10n.t(
            "Nobody can install this release of automated ML from that index today. Train the model again, with"
            " scikit-learn for example, or take the package from an index that still has its parts."
        )
    advice = _instead(stderr, named)
    if advice or not _NO_SUCH_VERSION.search(stderr):
        return advice or _relax(place)
    if place is None:
        return l10n.t(
            "Choose a version that exists, or remove the pin. A script of the SDK gets the nearest with `{command}`.",
            command="scoredock sdk run --modernize",
        )
    return l10n.t(
        "Choose a version that exists, or remove the pin. To find the nearest, run `{command}`.",
        command=suggest_command(place),
    )


def _instead(stderr: str, package: str) -> str:
    """Advice where no other Python and no other build tool help; empty for another refusal."""
    from scoredock.environments.pip import refusals

    name, meant = refusals.meant_by(stderr)
    if meant:
        return l10n.t("Write {meant} in the place of {name}.", meant=meant, name=name)
    if refusals.only_fails(stderr):
        name = package.split("==")[0]
        _, part = FAILS_SINCE.get(name, ("", ""))
        if not part:
            return l10n.t("List the packages that are imported in the place of {name}.", name=name)
        return l10n.t(
            "List the packages that are imported in the place of {name}, such as {part}, or pin an older release of"
            " it.",
            name=name,
            part=part,
        )
    if refusals.needs_a_wheel(stderr):
        return l10n.t(
            "Choose a version of {package} that has a wheel, or leave it out where no script imports it.",
            package=package.split("==")[0],
        )
    return ""


def _relax(place: Place | None, build: str = "") -> str:
    """The next step; the code's own where no file can be given. `build` is a command that brings what a build lacks."""
    if place is None and not build:
        return l10n.t(
            "Relax or remove the pin, or choose another Python version. A script of the SDK gets the nearest versions"
            " that can be installed with `{command}`.",
            command="scoredock sdk run --modernize",
        )
    if place is None:
        return ""
    if build:
        return l10n.t(
            "Install it (`{build}` on Debian and Ubuntu), or choose a version with a wheel: `{command}` finds the"
            " nearest.",
            build=build,
            command=suggest_command(place),
        )
    return l10n.t(
        "Relax or remove the pin, or choose another Python version. To find the nearest versions that can be installed,"
        " run `{command}`.",
        command=suggest_command(place),
    )


def _causes(stderr: str) -> list[str]:
    """The texts after `cause:`, continuation lines joined."""
    causes: list[str] = []
    for line in stderr.splitlines():
        if started := re.match(r"\s*cause: (.*)", line):
            causes.append(started.group(1))
        elif causes and line.startswith("         ") and line.strip():
            causes[-1] += "\n" + line.strip()
    return causes


def _reason(stderr: str, because: str) -> str:
    """Why there is no solution, in the words of the resolver, without its first and last formula."""
    if hint := re.search(r"hint: (You require .*)", stderr):
        return hint.group(1).rstrip(".") + "."
    text = " ".join(because.split())
    text = re.sub(
        r",? (?:and you require [^,]+, )?we can conclude that your requirements are unsatisfiable\.?$", "", text
    )
    text = text.removeprefix("Because ")
    if missing := re.match(r"there is no version of (\S+)", text):
        version = missing.group(1).partition("==")[2] or missing.group(1)
        return l10n.t("version {version} does not exist.", version=version)
    return re.sub(r"was not found in the package registry", "is not in the package index", text).rstrip(".") + "."


def _named(stderr: str, requirements: Sequence[str]) -> str:
    """The requirement, as the person wrote it, that the message speaks of last."""
    best, best_at = "", -1
    for requirement in requirements:
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
        if not name:
            continue
        # `-`, `_` and `.` are one in package names, and uv writes them normalised.
        pattern = r"(?<![\w-])" + "[-_.]+".join(re.split(r"[-_.]+", name.group())) + r"(?![\w-])"
        required = re.search(r"you require " + pattern, stderr, re.IGNORECASE)
        last = max((found.start() for found in re.finditer(pattern, stderr, re.IGNORECASE)), default=-1)
        rank = last + (len(stderr) if required else 0)
        if last >= 0 and rank > best_at:
            best, best_at = requirement, rank
    return without_credentials(best)


def _parsed(stderr: str) -> str:
    """The text above the carets of a parse error."""
    lines = stderr.splitlines()
    for number, line in enumerate(lines):
        if number and re.fullmatch(r"\s+\^+\s*", line):
            return without_credentials(lines[number - 1].strip())
    return ""


def _whole(stderr: str, causes: Sequence[str]) -> str:
    """Text of what failed, and the last of its causes, which is the first of them that happened."""
    failed = re.search(r"^error: (.+)", stderr, re.MULTILINE)
    if failed is None or not causes:
        return _first_line(causes[0] if causes else _last_words(stderr)).removeprefix("error: ")
    return without_credentials(f"{failed[1].rstrip('.:')}: {_first_line(causes[-1])}")


def _first_line(text: str) -> str:
    return text.splitlines()[0].rstrip(".")


def _last_words(stderr: str) -> str:
    """The last line of a build's own output that says something."""
    said = re.split(r"^hint:", stderr, maxsplit=1, flags=re.MULTILINE)[0]  # what is behind it is a part of the hint
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines or [l10n.t("no message")])[-1].removeprefix("cause: ").rstrip(".")
