"""The package installer that ships with Scoredock: where it is, how and where it is run, what its refusals mean."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.checks.packages.package_facts import FAILS_SINCE
from scoredock.data_folder import data_home, make_private, require_owner
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.pip.requirement_lines import requirement_place
from scoredock.environments.spec import find_versions, suggest_command
from scoredock.errors import DiskFull, EnvironmentOffline, Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.run import Completed, TimedOut, child_environment, run
from scoredock.temporary.folders import TemporaryFolder
from scoredock.temporary.places import installer_home, installer_scratch

_finding = threading.Lock()
"""Of the program: until Python 3.12 `sysconfig` answers a second thread with what the first has filled in so far."""
_EXTRA_INDEX = "--extra-index-url"
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
_NOT_ASKED_FOR = re.compile(
    r"(?:Failed to (?:build|download(?: and build)?|fetch)|Failed to prepare distribution[^`]*) `([^`]+)`"
)


_OPTIONS = ("--no-progress", "--color", "never")
_NO_PYTHONS = "--no-python-downloads"
_WARNINGS = {"RUST_LOG": "uv_resolver=warn"}


def run_uv(
    arguments: Sequence[str],
    *,
    timeout: float,
    index_url: str = "",
    cancel: CancelToken | None = None,
    on_line: Callable[[str], None] | None = None,
    settings: str | None = None,
) -> Completed:
    """Run uv to its end, in a folder where only this account writes.

    uv reads its configuration from the working directory and every folder above it, which may be a stranger's: a
    repository, or a temporary folder that all accounts share. It is run where that search ends at once; what the person
    has set for uv (`~/.config/uv/uv.toml`, variables) counts as before, UV_FIND_LINKS also beside folders that the
    arguments name. `index_url` is taken for the index where it is not empty. `settings`, as `uv.toml` has them, count
    for this call alone, which then prints the warnings of the resolver, too. Only `python install` fetches a Python.

    Raises ScoredockError `runtime-missing` and `cancelled`, TimedOut, OSError.
    """
    options = _OPTIONS if list(arguments[:2]) == ["python", "install"] else (*_OPTIONS, _NO_PYTHONS)
    command = [_program(), *options, *arguments, *_links_of_the_person(arguments)]
    environment = {**uv_environment(index_url), **({} if settings is None else _WARNINGS)}
    with _folder_with(settings or "") as folder:
        if settings and (named := environment.get("UV_CONFIG_FILE")):  # it counts in the place of all others
            file = folder / "uv.toml"
            file.write_text(f"{Path(named).read_text('utf-8')}\n{settings}", "utf-8")
            environment["UV_CONFIG_FILE"] = str(file)
        return run(command, env=environment, timeout=timeout, cancel=cancel, on_line=on_line, cwd=folder)


def installer_version() -> tuple[str, str]:
    """Where uv is, and its version. Works also where the data folder cannot be written to.

    Raises ScoredockError `runtime-missing`, OSError where it does not start.
    """
    program = _program()
    try:
        completed = run([program, "--version"], env=uv_environment(""), timeout=20)
    except TimedOut as error:
        raise ScoredockError("runtime-missing", f"{error}.") from None
    if completed.returncode != 0:
        raise ScoredockError(
            "runtime-missing",
            l10n.t("The uv program that ships with Scoredock fails: {error}.", error=completed.stderr.strip()),
        )
    return program, completed.stdout.strip().removeprefix("uv ").split(" ")[0]


def _program() -> str:
    try:
        from uv import find_uv_bin

        with _finding:
            return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        raise ScoredockError(
            "runtime-missing", l10n.t("The uv program that ships with Scoredock was not found.")
        ) from None


def _private_folder() -> Path:
    """Where uv is run. Its own settings file, which is empty, ends the search upwards. Raises OSError,
    ScoredockError `workspace-not-yours`."""
    require_owner(data_home())
    folder = installer_home()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    settings = folder / "uv.toml"
    settings.touch(mode=0o600)
    settings.write_bytes(b"")
    return folder


@contextlib.contextmanager
def _folder_with(settings: str) -> Iterator[Path]:
    """The same with settings for one call, which is a folder of its own then."""
    folder = _private_folder()
    if not settings:
        yield folder
        return
    with TemporaryFolder("settings", folder) as own:
        (own / "uv.toml").write_text(settings, "utf-8")
        yield own


def _links_of_the_person(arguments: Sequence[str]) -> list[str]:
    """What UV_FIND_LINKS names, as arguments: uv passes over the variable where an argument names a folder."""
    if list(arguments[:2]) not in (["pip", "compile"], ["pip", "install"]) or "--find-links" not in arguments:
        return []
    named = [each.strip() for each in os.environ.get("UV_FIND_LINKS", "").split(",")]
    return [part for each in named if each for part in ("--find-links", each)]


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for what uv is given and builds: beside the caches of this account, as uv and build backends look for
    settings and projects above it, and the data folder may be in a repository. Raises OSError."""
    private = installer_scratch()
    try:
        make_private(private)
    except OSError:  # an account without a home
        private = _private_folder()
    with TemporaryFolder("uv", private) as folder:
        yield folder


_PYTHONS = (
    "UV_PYTHON_INSTALL_DIR",
    "UV_PYTHON_INSTALL_MIRROR",
    "UV_PYTHON_DOWNLOADS_JSON_URL",
    "UV_PYTHON_CACHE_DIR",
)
"""Where uv gets Pythons from and puts them: a company's mirror is named there."""
_TIME = "315619200"
"""Of all files of a wheel that is built, the second day of 1980: equal sources make equal wheels."""
_PASSED = (*_PYTHONS, "SOURCE_DATE_EPOCH")


def uv_environment(index_url: str) -> dict[str, str]:
    """Ours without our own interpreter's variables; uv's own settings pass, and so does an index that was set."""
    extra = {"SOURCE_DATE_EPOCH": _TIME, **{name: os.environ[name] for name in _PASSED if name in os.environ}}
    if index_url:
        extra["UV_DEFAULT_INDEX"] = index_url
    return child_environment(extra, drop=("UV_PROJECT", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_OFFLINE"))


def _extra_index(stderr: str, requirements: Sequence[str]) -> str:
    """The person's line of the extra index that a refusal of uv speaks of; empty where it is another index."""
    lines = (without_credentials(each) for each in requirements if each.startswith(_EXTRA_INDEX))
    return next((each for each in lines if f"{_address(each)}/" in stderr), "")


def _address(line: str) -> str:
    return line.removeprefix(_EXTRA_INDEX).strip(" =\t\"'/")


def is_offline(stderr: str) -> bool:
    """Whether a refusal of uv comes from an index that cannot be reached."""
    return any(sign in stderr for sign in _OFFLINE_SIGNS)


def fails_anywhere(stderr: str) -> bool:
    """Whether a refusal of uv comes from the build of a package, which the network does not change: it may take
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
    if "No solution found" in stderr:
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
                error=refusals.build_reason(stderr) or _last_words(stderr),
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
    """Whether a release of automated ML lacks parts that the index has no more: no later release loads its models."""
    from scoredock.environments.pip import refusals

    return named.lower().startswith(_AUTOMATED_ML) and refusals.is_gone(stderr)


def _of_channels(stderr: str, of_conda: Sequence[str]) -> str:
    """What to do for a package of conda that the index of pip lacks; empty for another refusal."""
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
    """What to do where there is no solution."""
    from scoredock.environments.pip import refusals

    if refusals.is_unknown(stderr):
        return l10n.t("Correct or remove the name; a package of your own needs its index, or a path.")
    if _is_retired(stderr, named):
        return l10n.t(
            "Nobody can install this release of automated ML from that index today. Train the model again, with"
            " scikit-learn for example, or take the package from an index that still has its parts."
        )
    return _instead(stderr, named) or _relax(place)


def _instead(stderr: str, package: str) -> str:
    """What to do where no other Python and no other build tool help; empty for another refusal."""
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
    """What failed, and the last of its causes, which is the first of them that happened."""
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
