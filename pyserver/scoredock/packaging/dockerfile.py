"""The Dockerfile of a packaged folder: what a base brings, the environment in it, models and code. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import field

from scoredock.clusters.objects import PORT
from scoredock.images.built import SERVER_PREFIX, interpreter_in
from scoredock.late_dataclass import dataclass
from scoredock.packaging.base import DOCKERFILE, Foundation
from scoredock.packaging.conda import INSTALLER, INSTALLER_IMAGE, LOCAL, LOCK, SCRIPT
from scoredock.packaging.lock import CARRIED
from scoredock.packaging.package import (
    APP,
    EPOCH,
    HEALTH_INTERVAL,
    HEALTH_RETRIES,
    HEALTH_START,
    MODELS,
    SERVICE,
    PackageSource,
    health_check,
    labels_of,
)
from scoredock.packaging.texts import ENVIRONMENT

MANAGED_SCRIPT, UNCHECKED = "managed_python.py", "unchecked-requirements.txt"
SERVER_REQUIREMENTS, OLD_PIP = "server-requirements.txt", "old-pip.txt"
"""What the scoring runtime needs where it has an environment of its own, and the pip that the other Python can run."""
_PLACE = "/opt/scoredock"
_PYTHON = f"{ENVIRONMENT}/bin/python"
_INSTALLER_PYTHON = f"{_PLACE}/installer/bin/python"
_CONDA_STAGE = "scoredock-conda"
_PLACES = (
    "python3",
    "python",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
    "/opt/conda/bin/python",
    "/opt/miniconda/bin/python",
)
"""Where images have their Python: Debian's, python.org's and conda's."""
_FIRST = (
    f'for python in "$@"; do "$python" -I {_PLACE}/{MANAGED_SCRIPT} {ENVIRONMENT} && exit 0; done;'
    " echo 'The base image has no Python 3.9 or later that an environment can be made with.' >&2; exit 1"
)
_FIND = (
    'test=$1; lacking=$2; how=$3; shift 3; for python in "$@"; do "$python" -I -c "$test" 2>/dev/null &&'
    ' exec "$python" -m venv $how; done; echo "$lacking" >&2; exit 1'
)
"""Makes an environment with the first Python that passes a test."""
_OLD_PIP_PLACE = f"{_PLACE}/old-pip"
_QUIET = ("--no-cache-dir", "--disable-pip-version-check")
_SUPPORTED = "Python 3.9 or later, which the scoring runtime needs"
_COMPILE = (
    "import compileall, py_compile, sysconfig; compileall.compile_dir(sysconfig.get_path('stdlib'), quiet=2,"
    " invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, workers=0)"
)
"""Once, as nothing can be written there when the service runs; files in the syntax of another Python are passed
over."""
_COMPILE_OLD = _COMPILE.replace("import", "import sys,", 1).replace(
    "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH",
    "**({'invalidation_mode': py_compile.PycInvalidationMode.UNCHECKED_HASH} if sys.version_info >= (3, 7) else {})",
)
"""The same in any Python that scripts run in."""
_LOCKED, _JAVA = "The packages were locked for Python ", "ENV JAVA_HOME="
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_HOMELESS = (
    "HOME=/tmp",
    "USER=scoredock",
    "MPLCONFIGDIR=/tmp/matplotlib",
    "NUMBA_CACHE_DIR=/tmp/numba",
    "XDG_CACHE_HOME=/tmp/cache",
)
"""Libraries write caches into a home; the account of the service has none, and /tmp can always be written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of `azureml-app`, as the Dockerfile copies them."""

    folders: tuple[str, ...]
    """Names right below it, models left out."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BaseStart:
    """Start of the service by the base image, in the place of what we start it by."""

    instructions: tuple[str, ...]
    """Of the Dockerfile."""
    port: int
    """On which it listens."""
    address: str
    """Sentences of the README: where it answers."""
    files: tuple[tuple[str, str], ...]
    """What else lies in the packaged folder, each with what it is."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Installation of the environment into the image."""

    wheel: str
    """Name of the scoring runtime's file."""
    runtime: str
    """What that is to pip: `scoredock-runtime==0.1.0`."""
    hashed: bool
    """pip installs only files whose hash is in the lock."""
    has_files: bool = False
    """Files of the lock come along in the folder."""
    has_unchecked: bool = False
    """Packages without a hash are in a file of their own."""
    conda: bool = False
    """Below pip's packages lie those of a conda lock."""
    along: bool = False
    """Some of them come along in the folder."""
    managed: bool = False
    """The Python of the base keeps its packages; only the runtime is added."""
    interpreter: str = field(default="")
    """Of a managed one: where it was said to lie; looked at first."""
    java: str = ""
    """Where Spark finds the Java that is among pip's packages, in the image."""
    python: str = ""
    """`3.11`: what pip's packages were locked for, when they go on the Python of the base."""
    beside: bool = False
    """The Python of the packages cannot host the scoring runtime, which gets an environment of its own."""
    server_hashed: bool = False
    """pip installs into that one only files whose hash is in its lock."""
    start: BaseStart | None = None
    """Where the base image starts the service."""

    @property
    def server(self) -> str:
        """The interpreter of the scoring runtime in the image."""
        return interpreter_in(SERVER_PREFIX) if self.beside else _PYTHON


def folder_dockerfile(source: PackageSource, base: Foundation, how: Installation, layout: Layout) -> str:
    """Dockerfile of a packaged folder. What a person wrote freely stands in their own Dockerfile and steps, or in files
    that are copied."""
    used_names = [
        base.stage.lower(),
        *(name.lower() for name in re.findall(r"(?i)\sAS\s+(\S+)", "\n".join(base.dockerfile))),
    ]
    stage = next(each for each in (_CONDA_STAGE, f"{_CONDA_STAGE}-2", f"{_CONDA_STAGE}-3") if each not in used_names)
    head = (
        f"# The service {source.service}, revision {source.revision}, written by Scoredock. README.md says how to"
        " run it."
    )
    arguments = (
        ["# The conda packages are installed in this image; see README.md.", f"ARG INSTALLER_IMAGE={INSTALLER_IMAGE}"]
        if how.conda
        else []
    )
    own = base.name == DOCKERFILE
    lines = [
        # A directive of the person's (`# syntax=`) counts on the first line only.
        *(
            [*base.lines(arguments), "", f"# Up to here: the {DOCKERFILE} of the environment.", head]
            if own
            else [head, *arguments]
        ),
        *(_conda_stage(how, stage) if how.conda else []),
        f"FROM {base.stage}",
        "USER root",
        *base.steps,
        *(["USER root"] if any(step.upper().startswith("USER") for step in base.steps) else []),
        *(_from_conda(stage, how) if how.conda else _by_pip(how)),
        f"RUN {json.dumps(_folders())}",
        *_copies(layout, bool(source.models)),
        *_labels(source),
        *_start(how),
    ]
    return "\n".join(lines) + "\n"


def _epoch() -> list[str]:
    return [
        "# Compiled modules then hold no time, so that two builds make equal layers.",
        f"ARG SOURCE_DATE_EPOCH={EPOCH}",
    ]


def _pip(python: str, *rest: str, into: str = "") -> str:
    """`into` is the interpreter of the environment where that has no pip of its own."""
    other = ["--python", into] if into else []
    system = ["--break-system-packages"] if into else []
    command = [python, "-m", "pip", *other, "install", "--no-cache-dir", "--disable-pip-version-check", *system, *rest]
    return f"RUN {json.dumps(command)}"


def _copied_lock(how: Installation, *more: str) -> list[str]:
    files = [f"COPY {CARRIED}/ {_PLACE}/{CARRIED}/"] if how.has_files else []
    names = ("requirements.txt", *([UNCHECKED] if how.has_unchecked else []), *more)
    return [f"COPY {' '.join(names)} {_PLACE}/", *files]


def _packages(python: str, how: Installation, into: str = "") -> list[str]:
    checked = ["--require-hashes"] if how.hashed else []
    files = [[*checked, "--requirement", f"{_PLACE}/requirements.txt"]]
    if how.has_unchecked:
        files.append(["--requirement", f"{_PLACE}/{UNCHECKED}"])
    if how.beside:
        return [f"COPY {OLD_PIP} {_PLACE}/", _by_old_pip(python, files)]
    return [
        *(_pip(python, "--no-deps", *words, into=into) for words in files),
        *_runtime(python, how, into),
    ]


def _runtime(python: str, how: Installation, into: str = "") -> list[str]:
    return [
        f"COPY {how.wheel} {_PLACE}/",
        # By its name: of what it installs by path pip notes the place (`direct_url.json`), which says nothing to
        # anybody.
        _pip(python, "--no-deps", "--no-index", "--find-links", _PLACE, how.runtime, into=into),
    ]


def _server(how: Installation) -> list[str]:
    """The environment of the scoring runtime, made with a supported Python of the base."""
    checked = ["--require-hashes"] if how.server_hashed else []
    return [
        f"COPY {SERVER_REQUIREMENTS} {_PLACE}/",
        _find_python("sys.version_info >= (3, 9)", _SUPPORTED, SERVER_PREFIX, _PLACES),
        _pip(how.server, "--no-deps", *checked, "--requirement", f"{_PLACE}/{SERVER_REQUIREMENTS}"),
        *_runtime(how.server, how),
    ]


def _find_python(test: str, what: str, how: str, places: Sequence[str]) -> str:
    """`how` are the arguments of venv."""
    program = f"import sys; sys.exit(not ({test}))"
    command = ["/bin/sh", "-c", _FIND, "sh", program, f"The base image has no {what}.", how, *places]
    return f"RUN {json.dumps(command)}"


def _by_old_pip(python: str, files: Sequence[Sequence[str]]) -> str:
    """The packages of the script by the pip of `OLD_PIP`, which `python` unpacks and which does not stay."""
    hashed = ["--no-deps", "--require-hashes", "--target", _OLD_PIP_PLACE, "--requirement", f"{_PLACE}/{OLD_PIP}"]
    # Otherwise it builds with what the Python has, which need not be setuptools.
    built = ["--use-pep517", "--no-deps"]
    commands = (
        [python, "-m", "pip", "install", *_QUIET, *hashed],
        *([_PYTHON, f"{_OLD_PIP_PLACE}/pip", "install", *_QUIET, *built, *words] for words in files),
        ["rm", "-r", _OLD_PIP_PLACE],
    )
    return f"RUN {json.dumps(['/bin/sh', '-c', ' && '.join(map(shlex.join, commands))])}"


def _by_pip(how: Installation) -> list[str]:
    if how.beside:
        test = f"'%d.%d' % sys.version_info[:2] == {how.python!r}"
        return [
            *_epoch(),
            *_server(how),
            *_copied_lock(how),
            _find_python(
                test, f"Python {how.python}", f"--without-pip {ENVIRONMENT}", (f"python{how.python}", *_PLACES)
            ),
            *_packages(how.server, how),
        ]
    if not how.managed:
        make = ["python3", "-m", "venv", ENVIRONMENT]
        return [
            *_epoch(),
            *_same_python(how.python),
            *_copied_lock(how),
            f"RUN {json.dumps(make)}",
            *_packages(_PYTHON, how),
        ]
    first = [how.interpreter] if how.interpreter not in ("", "python") else []
    find = ["/bin/sh", "-c", _FIRST, "sh", *first, *_PLACES]
    return [
        *_epoch(),
        *_copied_lock(how, MANAGED_SCRIPT),
        f"RUN {json.dumps(find)}",
        *_packages(_PYTHON, how),
    ]


def locked_python(dockerfile: str) -> str:
    """The version that a Dockerfile of ours says its packages were locked for, as `3.11`; empty where it says none."""
    match = re.search(rf"{_LOCKED}(\d+\.\d+)", dockerfile)
    return match.group(1) if match is not None else ""


def java_home(dockerfile: str) -> str:
    """Path of the Java of Spark below the environment in a Dockerfile of ours; empty if it has none."""
    match = re.search(rf"^{_JAVA}{ENVIRONMENT}/([\w./-]+)$", dockerfile, re.MULTILINE)
    return match.group(1) if match is not None else ""


def _same_python(minor: str) -> list[str]:
    """Which packages are needed depends on the version; pip would leave some out without a word."""
    if not minor:
        return []
    text = f"{_LOCKED}{minor}, and python3 of the base image is "
    check = (
        f"import sys; own = '%d.%d' % sys.version_info[:2]; own == {minor!r}"
        f" or sys.exit({text!r} + own + {f': begin from an image with Python {minor}.'!r})"
    )
    return [f"RUN {json.dumps(['python3', '-I', '-c', check])}"]


def _conda_stage(how: Installation, stage: str) -> list[str]:
    """The environment at the place that it has in the image, as conda packages hold the name of their folder."""
    along = [f"COPY {LOCAL}/ {_PLACE}/{LOCAL}/"] if how.along else []
    checked = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", f"{_PLACE}/{INSTALLER}"]
    install = [_INSTALLER_PYTHON, f"{_PLACE}/{SCRIPT}", f"{_PLACE}/{LOCK}", ENVIRONMENT]
    return [
        f"FROM ${{INSTALLER_IMAGE}} AS {stage}",
        "USER root",
        *_epoch(),
        f"COPY {INSTALLER} {SCRIPT} {LOCK} {_PLACE}/",
        *along,
        f"RUN {json.dumps(['python3', '-m', 'venv', f'{_PLACE}/installer'])}",
        _pip(_INSTALLER_PYTHON, *checked),
        f"RUN {json.dumps(install)}",
        f"RUN {json.dumps([_PYTHON, '-I', '-c', _COMPILE_OLD if how.beside else _COMPILE])}",
        *_copied_lock(how),
        *_packages(_INSTALLER_PYTHON, how, into=_PYTHON),
        "",
    ]


def _from_conda(stage: str, how: Installation) -> list[str]:
    # A base image of another C library or machine fails the build, not the start of the service.
    prove = [_PYTHON, "-I", "-B", "-c", "import json, socket" if how.beside else "import scoredock_runtime.contract"]
    beside = [*_epoch(), *_server(how)] if how.beside else []
    return [f"COPY --from={stage} {ENVIRONMENT}/ {ENVIRONMENT}/", f"RUN {json.dumps(prove)}", *beside]


def _folders() -> list[str]:
    return ["install", "-d", "-o", "1000", "-g", "1000", f"/var/{APP}", f"/var/{APP}/{MODELS}", "/var/scoredock"]


def _copies(layout: Layout, models: bool) -> list[str]:
    """Models before code, so that a changed script leaves their layer alone."""
    own = "COPY --chown=1000:1000"
    service = f"{own} {SERVICE}/ /var/scoredock/"
    if not all(_PLAIN.fullmatch(name) for name in (*layout.folders, *layout.files)):
        # A Dockerfile gives $, * and [ in a path a meaning of their own; the folder as a whole has a plain name.
        return [f"{own} {APP}/ /var/{APP}/", service]
    copies = [f"{own} {APP}/{MODELS}/ /var/{APP}/{MODELS}/"] if models else []
    copies += [f"{own} {APP}/{name}/ /var/{APP}/{name}/" for name in layout.folders]
    if layout.files:
        copies.append(f"{own} {' '.join(f'{APP}/{name}' for name in layout.files)} /var/{APP}/")
    return [*copies, service]


def _labels(source: PackageSource) -> list[str]:
    """Labels that describe the image to whoever meets it in a registry; they change no layer."""
    labels = labels_of(source)
    return ["LABEL " + " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())]


def _start(how: Installation) -> list[str]:
    start = [how.server, "-I", "-m", "scoredock_runtime", "serve", "/var/scoredock"]
    # Scripts call the programs that conda packages bring by their names.
    conda = [f"ENV CONDA_PREFIX={ENVIRONMENT} PATH={ENVIRONMENT}/bin:$PATH"] if how.conda else []
    java = [f"{_JAVA}{how.java}"] if how.java else []
    if how.start is not None:
        return [*java, *how.start.instructions]
    return [
        *conda,
        *java,
        f"ENV {' '.join(_HOMELESS)}",
        "USER 1000:1000",
        "WORKDIR /var/scoredock",
        f"EXPOSE {PORT}",
        (
            f"HEALTHCHECK --interval={HEALTH_INTERVAL}s --timeout=5s --start-period={HEALTH_START}s"
            f" --retries={HEALTH_RETRIES} CMD {json.dumps(health_check(how.server))}"
        ),
        "ENTRYPOINT []",
        f"CMD {json.dumps(start)}",
    ]
