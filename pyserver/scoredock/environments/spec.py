"""Specification of an environment, from conda, pip or JSON as it is written. Pure: no files, no network."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.project_settings import Way
from scoredock.environments.packages import (
    BUNDLED,
    CONDA_BRINGS,
    CONDA_BRINGS_BEFORE,
    CONDA_DISTRIBUTIONS,
    CONDA_ONLY,
    CONDA_TO_PIP,
    FRAMEWORK_DEFAULTS,
    PROVIDED,
)
from scoredock.errors import Place, Remedy, ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from scoredock.checks.configs.environment.conda import CondaSpec

_RUNTIME_ONLY = "runtime only"
_PREVIEWS = "azuremlsdktestpypi.azureedge.net"
"""Where Azure ML had the previews of its SDK until 2020; conda files of then name it."""
MANAGEMENT = "azureml-model-management-sdk"
"""What azureml-defaults required at first, and through which it brought pandas."""
_WITHOUT_MANAGEMENT = "1.33"
"""The first release of azureml-defaults that does not."""
_LAST_WITH_MANAGEMENT = "1.32.0"
_PINNED = re.compile(r"[\w.-]+(?:\[[^\]]*\])?\s*==")
_OF_THAT_TIME = re.compile(r"==3\.[0-6]\.\*")
"""Pythons of conda files that were written when each release still did."""
_RUNS = {".py": "sdk run --modernize", ".ipynb": "sdk notebook --modernize"}
"""Files that make their environment in code."""


@dataclass(frozen=True, slots=True)
class CondaPackages:
    """Real conda packages, for what pip cannot bring."""

    specs: tuple[str, ...]
    """Match specs as conda writes them, Python's among them when it is named."""
    channels: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    """The packages that pip cannot bring; empty where the person chose conda."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Image settings of an environment. Only engines whose services run in one look at it."""

    base_image: str = ""
    """Empty takes the setting `scoredock.docker.baseImage`."""
    base_dockerfile: str = ""
    """Text of a Dockerfile to start from instead."""
    context: tuple[str, ...] = ()
    """Files that the Dockerfile copies, each as `kept_file` writes it; without any they come from the folder of the
    file that the environment is read from."""
    steps: tuple[str, ...] = ()
    """Instructions of `extraDockerfileSteps`, one each, after the base."""
    registry: str = ""
    """Address of the registry of the base image."""
    registry_user: str = ""
    """Its password is asked for once and kept in the secret store, never here."""
    platform: str = "linux/amd64"
    arguments: tuple[str, ...] = ()
    """Further arguments of `docker run`; notes name those that are not honoured."""
    shm_bytes: int = 0
    """0 for the default."""
    gpu: bool = False
    cuda: str = ""
    written_in: str = ""
    """Path of the file in which a person has written or named the Dockerfile or the steps; else empty. Nothing is made
    of it."""


def kept_file(name: str, place: Path, *, is_executable: bool) -> str:
    """A file of a build context, whose bytes lie at `place`."""
    return f"{'x' if is_executable else '-'}\t{place}\t{name}"


@dataclass(frozen=True, slots=True)
class SparkSpec:
    """Needs of a spark-py environment besides Python packages: Java, and packages of Spark."""

    packages: tuple[str, ...] = ()
    """Maven coordinates, `group:artifact:version`; Spark fetches them when its session starts."""
    repositories: tuple[str, ...] = ()
    """Addresses of further Maven repositories."""


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """An environment as asked for, in the words of pip."""

    python: str | None
    """Version specifier as PEP 440 writes it (`==3.8.*`), or None when none is named."""
    requirements: tuple[str, ...]
    """Lines of a requirements file; options such as `--extra-index-url` included."""
    source: str
    """Where it comes from: the absolute path of a file, what a registered one is called, or `default`."""
    display_name: str
    """For people: the environment's name, or what the default is for."""
    fallback: tuple[str, ...] | None = None
    """Requirements to take when the ones above cannot be installed; only where we chose the pins ourselves."""
    notes: tuple[str, ...] = ()
    """What was left out or replaced and why, one sentence each."""
    provided: tuple[str, ...] = ()
    """Normalised names that were asked for and that the scoring runtime stands in for."""
    conda: CondaPackages | None = None
    """When set, the environment is a conda one and `requirements` are pip's part of it."""
    conda_way: CondaPackages | None = None
    """How channels of conda bring what a conda file lists, for where pip turns out not to have a name."""
    of_conda: tuple[str, ...] = ()
    """Those of the requirements that a conda file lists as packages of conda, which has releases that pip has not."""
    is_open: bool = False
    """It stands for more than the requirements, as a whole distribution of conda does."""
    of_sdk: tuple[str, ...] = ()
    """What the script imports that packages of the SDK among the requirements bring, for where these are left out."""
    unused_sdk: tuple[str, ...] = ()
    """Lines of further packages of the SDK, such as automated ML, of which the script imports nothing."""
    image: ImageSpec = ImageSpec()
    user_managed: bool = False
    """The interpreter below, or the image, brings all packages; nothing is installed."""
    python_is_wish: bool = False
    """The Python is the one that a model was made with: where it is not to be had, another one is taken in which the
    very `requirements` install."""
    interpreter: str = ""
    """`interpreterPath` of a user-managed environment; empty for the Python on the path."""
    spark: SparkSpec | None = None
    """When set, the environment is of the kind spark-py: local Spark beside Java."""

    def attempt_after(self, before: tuple[str, ...], python: str, refusal: str) -> tuple[str, ...] | None:
        """Requirements to try in a Python such as `3.11.7` after `before` failed: the same without the pins that the
        resolver's refusal names, in the end the whole fallback; None if there is nothing more. Newer packages than a
        model's own are for its own Python: in another one they may not read it."""
        if self.fallback in (None, before) or (self.python_is_wish and not self.takes(python)):
            return None
        named = {word.rstrip(".-") for word in re.findall(r"[a-z0-9][a-z0-9.-]*", refusal)}
        instead = {_distribution(line): line for line in self.fallback}
        pins = {line for line in before if line not in self.fallback and _distribution(line) in named}
        after = (instead.get(_distribution(line), "") if line in pins else line for line in before)
        return tuple(dict.fromkeys(filter(None, after))) if pins else self.fallback

    def takes(self, python: str) -> bool:
        """True if a Python such as `3.11.7` fits the specifier."""
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(self.python or "").contains(python, prereleases=True)


def _distribution(line: str) -> str:
    """The normalised name that a line of requirements begins with; empty for an option."""
    return "" if line.startswith("-") else re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line, maxsplit=1)[0]).lower()


def place_of(source: str) -> Place | None:
    """The file that an environment comes from, when it is one."""
    return Place(source) if PurePosixPath(source).is_absolute() or PureWindowsPath(source).is_absolute() else None


def find_versions(source: str) -> tuple[Remedy, ...]:
    """The button that looks for versions that install, where the environment comes from a file that lists them."""
    place = place_of(source)
    return (
        (Remedy(l10n.t("Find Versions That Install"), "scoredock.suggestVersions", (place.path,)),)
        if place is not None and not place.path.endswith(tuple(_RUNS))
        else ()
    )


def suggest_command(place: Place) -> str:
    """The line that finds versions that install: for a script or notebook of the SDK, which makes the environment
    itself, the one that runs it with them."""
    words = _RUNS.get(PurePosixPath(place.path).suffix, "environment suggest")
    return f"scoredock {words} {shlex.quote(place.path)}"


def from_conda(conda: CondaSpec, source: str, *, way: Way = "auto") -> EnvironmentSpec:
    """A conda file: by pip's means as far as they go, else by real conda packages. The notes say which, and why.

    Raises ScoredockError `environment-conda-only` (only for `pip`) naming all packages pip cannot bring, and
    `environment-requirement-invalid` for what cannot be understood.
    """
    reasons = tuple(dict.fromkeys(name for name in map(conda_name, conda.conda) if _is_conda_only(name)))
    if way == "conda" or (reasons and way == "auto"):
        return _by_conda(conda, source, reasons)
    if reasons:
        raise ScoredockError(
            "environment-conda-only",
            l10n.t("{packages} cannot be installed by pip.", packages=", ".join(reasons)),
            place=place_of(source),
            details={"packages": list(reasons)},
        )
    lines: list[str] = []
    notes: list[str] = []
    for written in conda.conda:
        name, specifier = _split_conda(written, source)
        if name == "python":
            continue
        if name in BUNDLED:
            notes.append(l10n.t("{name} is left out: the pip packages contain what they need of it.", name=name))
        elif mapped := CONDA_TO_PIP.get(name, name):
            lines.append(mapped + specifier)
    line_by_name = {conda_name(each): each for each in conda.conda}
    for name in line_by_name:
        there = (*lines, *conda.pip)
        others = (*CONDA_BRINGS.get(name, ()), *_of_old_release(name, lines))
        brought = [each for each in others if not any(line.lower().startswith(each.split("<")[0]) for line in there)]
        lines += brought
        if name in CONDA_DISTRIBUTIONS:
            notes.append(
                l10n.t(
                    "{name} of conda is a whole distribution: of it {others} are added, in the newest releases that"
                    " install together and not in those that it has; add what else the script imports.",
                    name=line_by_name[name],
                    others=", ".join(brought),
                )
            )
        elif brought:
            notes.append(l10n.t("{name} of conda brings {other}: it is added.", name=name, other=", ".join(brought)))
    lines, replaced = _replaced_by_pip(lines, conda.pip)
    notes += replaced
    python = python_specifier(conda.python, source)
    requirements, more, provided = _without_provided([*lines, *conda.pip], source, python)
    return EnvironmentSpec(
        python=python,
        requirements=requirements,
        source=source,
        display_name=conda.name or "environment",
        notes=(*notes, *more),
        provided=provided,
        conda_way=_by_conda(conda, source, ()).conda if way == "auto" and lines else None,
        of_conda=tuple(line for line in lines if line in requirements),
        is_open=not CONDA_DISTRIBUTIONS.isdisjoint(line_by_name),
    )


def _replaced_by_pip(lines: Sequence[str], pip: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines of conda without those of packages that pip pins as well, and what is to be said of them: conda
    installs first, and pip puts its release in the place of conda's."""
    pins = {_plain_name(line): line for line in pip if _PINNED.match(line)}
    others, notes = [], []
    for line in lines:
        pin = pins.get(_plain_name(line))
        if pin is None:
            others.append(line)
        elif pin != line.removesuffix(".*"):
            notes.append(l10n.t("{pip} of pip takes the place of {conda} of conda.", pip=pin, conda=line))
    return others, notes


def _plain_name(line: str) -> str:
    return re.split(r"[^\w.-]", line, maxsplit=1)[0].lower().replace("_", "-")


def _of_old_release(name: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Packages that the conda package brings, if it is pinned to a release whose wheel leaves them out."""
    from packaging.version import Version

    first, others = CONDA_BRINGS_BEFORE.get(name, ("", ()))
    pin = re.compile(rf"{re.escape(name)}={{2,3}}(\d+(?:\.\d+)*)(?:\.\*)?")
    matches = [match for match in map(pin.fullmatch, lines) if match] if others else []
    return others if any(Version(match[1]) < Version(first) for match in matches) else ()


def _by_conda(conda: CondaSpec, source: str, reasons: tuple[str, ...]) -> EnvironmentSpec:
    named_python = python_specifier(conda.python, source)
    requirements, more, provided = _without_provided(conda.pip, source, named_python)
    specs: list[str] = []
    for written in conda.conda:
        name = conda_name(written)
        if name in PROVIDED:
            provided = (*provided, name)
        elif name not in ("python", "pip"):
            specs.append(written)
    written_python = (conda.python or "").strip()
    python = (
        f"python{'' if written_python[:1] in '=<>!~ ' else '='}{written_python}" if written_python else "python >=3.9"
    )
    way = (
        _because(reasons)
        if reasons
        else l10n.t(
            "The conda packages are installed from conda channels, as the project is configured; pip packages are"
            " installed by uv."
        )
    )
    return EnvironmentSpec(
        python=named_python,
        requirements=requirements,
        source=source,
        display_name=conda.name or "environment",
        notes=(way, *more),
        provided=provided,
        conda=CondaPackages((python, *specs), conda.channels, reasons),
    )


def by_channels(spec: EnvironmentSpec, name: str) -> EnvironmentSpec | None:
    """The specification with its conda packages from channels of conda, as pip has none of a name; None where no
    conda file lists that. The last note says so."""
    from packaging.utils import canonicalize_name  # of refusals only

    if spec.conda_way is None or all(canonicalize_name(conda_name(line)) != name for line in spec.of_conda):
        return None
    return replace(
        spec,
        requirements=tuple(line for line in spec.requirements if line not in spec.of_conda),
        conda=replace(spec.conda_way, reasons=(name,)),
        conda_way=None,
        of_conda=(),
        notes=(*spec.notes, _because((name,))),
    )


def _because(reasons: Iterable[str]) -> str:
    return l10n.t(
        "The conda packages are installed from conda channels, because pip does not have {packages}; pip packages are"
        " installed by uv.",
        packages=", ".join(reasons),
    )


def conda_name(match_spec: str) -> str:
    """Package name in a match spec as conda writes it (`conda-forge::flask=2.2`), in lower case; empty if there is
    none."""
    found = re.match(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*", match_spec.split("::", 1)[-1].strip())
    return found.group().lower() if found else ""


def _is_conda_only(name: str) -> bool:
    return name in CONDA_ONLY or name.startswith(("r-", "spacy-model-"))


def from_requirements(lines: Iterable[str], source: str, display_name: str) -> EnvironmentSpec:
    """A pip requirements file. Raises ScoredockError `environment-requirement-invalid`."""
    requirements, notes, provided = _without_provided(lines, source)
    return EnvironmentSpec(
        python=None, requirements=requirements, source=source, display_name=display_name, notes=notes, provided=provided
    )


def shown_name(name: str) -> str:
    """The name of an environment for people. One that nobody named has words for a name, in their language."""
    if name == _RUNTIME_ONLY:
        return l10n.t("runtime only")
    framework, _, last = name.rpartition(" default")
    if framework.lower() in FRAMEWORK_DEFAULTS and not last:
        return l10n.t("{framework} default", framework=framework)
    framework, _, last = name.rpartition(" without code")
    return l10n.t("{framework} without code", framework=framework) if framework and not last else name


def for_model(framework: str, framework_version: str) -> EnvironmentSpec:
    """The default set when nobody names an environment; without a framework only the runtime."""
    names = FRAMEWORK_DEFAULTS.get(framework.lower(), ())
    if not names:
        return EnvironmentSpec(python=None, requirements=(), source="default", display_name=_RUNTIME_ONLY)
    from packaging.version import InvalidVersion, Version

    pinned: tuple[str, ...] = names
    if framework_version and framework.lower() != "onnx":  # an ONNX version is that of the format, not of the package
        try:
            pinned = (f"{names[0]}=={Version(framework_version)}", *names[1:])
        except InvalidVersion:
            pinned = names
    return EnvironmentSpec(
        python=None,
        requirements=pinned,
        source="default",
        display_name=f"{framework} default",
        fallback=names,
    )


def python_specifier(version_spec: str | None, source: str) -> str | None:
    """`3.8`, `=3.8`, `==3.8.13`, `>=3.8,<3.11`, `3.8.*` or `3.8*` as a PEP 440 specifier; None stays None.

    A full version such as `3.8.13` asks for its minor version: patch releases of Python differ in nothing that a
    scoring script can tell, and seldom is the very same one installed.
    """
    if version_spec is None or not version_spec.strip() or version_spec.strip() in ("*", "python"):
        return None
    clauses: list[str] = []
    for part in version_spec.replace(" ", "").split(","):
        if exact := re.fullmatch(r"(?:={1,3}|~=)?(\d+)(?:\.(\d+))?(?:\.(?:\d+|\*))*\*?(?:=[\w.*]*)?", part):
            major, minor = exact.group(1), exact.group(2)
            is_cut = minor == "1" and re.fullmatch(r"\D*3\.1\*.*", part)  # conda's `3.1*` is 3.10 and its next
            clauses.append(">=3.10,<3.20" if is_cut else f"=={major}.{minor}.*" if minor else f"=={major}.*")
        elif re.fullmatch(r"(?:<=|>=|<|>|!=)\d+(?:\.\d+)*(?:\.\*)?", part):
            clauses.append(part)
        else:
            written = version_spec.strip()
            raise _invalid(f"python{written}" if written[0] in "=<>!~" else f"python={written}", source)
    return ",".join(clauses)


def _split_conda(match_spec: str, source: str) -> tuple[str, str]:
    """Conda's `channel::name=1.2=build` as a name and a pip specifier."""
    text = match_spec.split("::", 1)[-1].strip()
    found = re.fullmatch(r"([A-Za-z0-9_][A-Za-z0-9_.\-]*)\s*(.*)", text)
    if not found or "[" in text or "|" in text:
        raise _invalid(match_spec, source)
    name, rest = found.group(1).lower(), found.group(2).strip()
    if not rest or rest == "*":
        return name, ""
    if not rest.startswith(("=", "<", ">", "!", "~")):
        rest = "=" + rest.split()[0]  # `numpy 1.19.* py38_0`
    if fuzzy := re.fullmatch(r"=([0-9][\w.!+]*?)(\.?\*)?(?:=[\w.*]+)?", rest):
        return name, f"=={fuzzy.group(1)}.*"
    rest = re.sub(r"(==[0-9][\w.!+*]*)=[\w.*]+", r"\1", rest)  # `==1.19.2=py38_0`
    clauses = rest.replace(" ", "").split(",")
    return name, ",".join(f"=={clause[1:]}.*" if re.match(r"=[^=]", clause) else clause for clause in clauses)


def _without_provided(
    lines: Iterable[str], source: str, python: str | None = None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The lines to install, and what was left out because the runtime stands in for it, as notes and as names. `python`
    is the specifier of the Python that the file names."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    requirements: list[str] = []
    provided: list[str] = []
    brings_management = False
    for written in lines:
        line = re.sub(r"(^|\s)#.*$", "", written).strip()
        if not line:
            continue
        if line.startswith("-") or _is_location(line):
            requirements.append(line)
            continue
        try:
            requirement = Requirement(line.split(" --", 1)[0])
        except InvalidRequirement:
            raise _invalid(line, source) from None
        extras = PROVIDED.get(canonicalize_name(requirement.name))
        if extras is None:
            requirements.append(line)
            continue
        provided.append(requirement.name)
        brings_management = brings_management or _brings_management(requirement, python)
        for extra in sorted(requirement.extras):
            requirements.extend(extras.get(canonicalize_name(extra), ()))
    previews = [line for line in requirements if line.startswith("-") and _PREVIEWS in line]
    if previews and not any(line.startswith("azureml") for line in requirements):
        requirements = [line for line in requirements if line not in previews]
    else:
        previews = []
    brought = [MANAGEMENT] if brings_management else []
    names = tuple(canonicalize_name(name) for name in (*provided, *brought))
    own = ", ".join(dict.fromkeys(provided))  # a conda file and what it includes may both name one
    notes = [l10n.t("Provided by the scoring runtime: {packages}.", packages=own)] if own else []
    if previews:
        notes.append(
            l10n.t(
                "The index {address} is left out: it is for previews of the packages that the scoring runtime stands in"
                " for.",
                address=_PREVIEWS,
            )
        )
    if "azureml-core" in names:
        notes.append(
            l10n.t(
                "azureml-core is not installed, as scoring needs no account: the script gets the runtime's stand-in,"
                " unless another package brings azureml-core."
            )
        )
    return tuple(dict.fromkeys(requirements)), tuple(notes), names


def _brings_management(requirement: Requirement, python: str | None) -> bool:
    """True if it asks for a release of azureml-defaults that required `azureml-model-management-sdk`, or takes any for
    a Python of that time."""
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    if canonicalize_name(requirement.name) != "azureml-defaults":
        return False
    if _OF_THAT_TIME.fullmatch(python or "") and requirement.specifier.contains(_LAST_WITH_MANAGEMENT):
        return True
    return any(
        (each.operator in ("==", "<", "<=") or (each.operator == "~=" and each.version.count(".") > 1))
        and Version(each.version.removesuffix(".*")) < Version(_WITHOUT_MANAGEMENT)
        for each in requirement.specifier
    )


def _is_location(line: str) -> bool:
    """True if a line names a file, a folder or an address instead of a package."""
    return bool(re.match(r"(\.{0,2}[/\\]|[A-Za-z]:[\\/]|[a-z+]+://|git@)", line)) or line.endswith(
        (".whl", ".tar.gz", ".zip")
    )


def _invalid(requirement: str, source: str) -> ScoredockError:
    return ScoredockError(
        "environment-requirement-invalid",
        l10n.t("The requirement `{requirement}` cannot be read.", requirement=requirement),
        place=place_of(source),
        details={"requirement": requirement},
    )
