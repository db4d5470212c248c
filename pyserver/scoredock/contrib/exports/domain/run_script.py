"""`run.sh`: a packaged folder or an image, started in the foreground by a POSIX shell. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.packaged_folder import PackagedFolder
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, require_subject
from scoredock.packaging.conda import INSTALLER, LOCK, SCRIPT
from scoredock.packaging.dockerfile import UNCHECKED
from scoredock.packaging.package import SERVICE
from scoredock_runtime.contract import ALLOWED_HOSTS, SPEC_FILE

FILE = "run.sh"
HOST, PORT_VARIABLE, STATE = "SCOREDOCK_HOST", "SCOREDOCK_PORT", "SCOREDOCK_STATE"
_SPEC = """\
import json, os, sys

source, target, host, port = sys.argv[1:]
with open(source, encoding="utf-8") as stream:
    spec = json.load(stream)
for name in ("app_root", "model_dir"):
    if spec.get(name):
        spec[name] = os.path.normpath(os.path.join(os.path.dirname(source), spec[name]))
spec.update(host=host, port=int(port))
with open(target, "w", encoding="utf-8") as stream:
    json.dump(spec, stream)
"""
"""The spec for this machine: where its files lie, and where it listens."""


def run_folder(folder: PackagedFolder, origin: str, variables: Mapping[str, str]) -> ExportFiles:
    """The script that stands in a packaged folder."""
    lines = [
        "#!/bin/sh",
        f"# Written by Scoredock from {origin}: starts the service in the foreground, without a container.",
        *_fill_in(folder.keys),
        *_needs(folder),
        f"# {HOST} (127.0.0.1) and {PORT_VARIABLE} ({PORT}) say where it listens, {ALLOWED_HOSTS} by which names it is",
        f"# called where {HOST} is not a loopback address, {STATE} where environment, log, status lie (.state here).",
        "set -eu",
        'here=$(cd "$(dirname "$0")" && pwd -P)',
        f"state=${{{STATE}:-${{STATE_DIRECTORY:-$here/.state}}}}",
        f'mkdir -p "$state/{SERVICE}"',
        'state=$(cd "$state" && pwd -P)',
        "current=$state/environment",
        "environment=$current",
        "python=$environment/bin/python",
        "# What killed starts have left: their programs may still write there, so that each start has its own folder.",
        'for each in "$current".*; do [ "$each" -ef "$current" ] || rm -rf "$each" 2>/dev/null || true; done',
        f'lock=$(cat "$here/requirements.txt"{_more_lock(folder)} | cksum)',
        'if [ "$(cat "$environment/.complete" 2>/dev/null || true)" != "$lock" ]; then',
        "  environment=$current.$$.$(date +%s)",
        "  python=$environment/bin/python",
        '  echo "Installing the packages into $environment …" >&2',
        '  [ -L "$current" ] || [ ! -e "$current" ] || mv "$current" "$environment.former"',
        '  mkdir "$environment"',
        *(f"  {line}" for line in (_by_conda(folder) if folder.conda else _by_pip(folder))),
        '  printf %s "$lock" > "$environment/.complete"',
        '  ln -sfn "${environment##*/}" "$current"',
        "fi",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())),
        *([f'export JAVA_HOME="$environment/{folder.java}"'] if folder.java else []),
        *(['export CONDA_PREFIX="$environment" PATH="$environment/bin:$PATH"'] if folder.conda else []),
        f'"$python" -I - "$here/{SERVICE}/{SPEC_FILE}" "$state/{SERVICE}/{SPEC_FILE}" "${{{HOST}:-127.0.0.1}}"'
        f" \"${{{PORT_VARIABLE}:-{PORT}}}\" <<'END'",
        *_SPEC.splitlines(),
        "END",
        f'exec "$python" -I -m scoredock_runtime serve "$state/{SERVICE}"',
    ]
    fill_in = (KEY_DIGESTS,) if folder.keys else ()
    return ExportFiles({FILE: "".join(f"{line}\n" for line in lines)}, FILE, fill_in, frozenset({FILE}))


def run_image(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    words = container_words(subject, f'"${{{HOST}:-127.0.0.1}}:${{{PORT_VARIABLE}:-{PORT}}}:{PORT}"', shlex.quote)
    lines = [
        "#!/bin/sh",
        f"# Written by Scoredock from {subject.origin or subject.image}: starts its container in the foreground.",
        *_fill_in(subject.hints.keys),
        f"# {HOST} (127.0.0.1) and {PORT_VARIABLE} ({PORT}) say where it listens.",
        "# CONTAINER_ENGINE names the program that runs it; without that it is docker, else podman.",
        "set -eu",
        "engine=${CONTAINER_ENGINE:-$(command -v docker || command -v podman || true)}",
        'if [ -z "$engine" ]; then echo "Neither docker nor podman is on the PATH." >&2; exit 127; fi',
        f'exec "$engine" {" ".join(words)}',
    ]
    fill_in = (KEY_DIGESTS,) if subject.hints.keys else ()
    return ExportFiles({FILE: "".join(f"{line}\n" for line in lines)}, FILE, fill_in, frozenset({FILE}))


def container_words(subject: ExportSubject, published: str, quoted: object) -> list[str]:
    """`run` and its options up to the image; `published` is the value of `-p`, as it is to stand there."""
    quote = quoted if callable(quoted) else str
    given = {ALLOWED_HOSTS: "localhost", **subject.variables}
    words = ["run", "--rm", "--init", "-p", published]
    for name, value in sorted(given.items()):
        words += ["--env", quote(f"{name}={value}")]
    if subject.hints.keys:
        words += ["--env", KEY_DIGESTS]
    resources = subject.hints.resources
    if resources.cpu_limit is not None:
        words += ["--cpus", f"{resources.cpu_limit:g}"]
    if resources.memory_limit_gb is not None:
        words += ["--memory", f"{max(6, round(resources.memory_limit_gb * 1024))}m"]
    hardened = ["--read-only", "--tmpfs", "/tmp", "--volume", "/var/scoredock", "--cap-drop", "ALL"]  # noqa: S108
    return [*words, *hardened, "--security-opt", "no-new-privileges", quote(subject.image)]


def _fill_in(keys: bool) -> list[str]:
    if not keys:
        return ["# There is nothing to fill in."]
    return [
        f"# Callers need a key. Fill in {KEY_DIGESTS}, the SHA-256 of each key, separated by commas, as a variable."
    ]


def _needs(folder: PackagedFolder) -> list[str]:
    python = "Python 3.10 or later" if folder.conda else f"Python {folder.python or '3'}"
    return [
        f"# The first start needs {python} with venv (PYTHON names another one) and a network, and installs exactly",
        "# the packages of the lock. What a base image brings besides Python packages has to be on this machine.",
    ]


def _more_lock(folder: PackagedFolder) -> str:
    unchecked = f' "$here/{UNCHECKED}"' if folder.has_unchecked else ""
    return unchecked + (f' "$here/{LOCK}"' if folder.conda else "")


_PIP = "-m pip --disable-pip-version-check"


def _by_pip(folder: PackagedFolder) -> list[str]:
    usual = f"python{folder.python}" if folder.python else "python3"
    same = (
        [
            f'"$base" -I -c \'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "{folder.python}")\' || {{',
            f'  echo "The packages were locked for Python {folder.python}; PYTHON names one." >&2; exit 1; }}',
        ]
        if folder.python
        else []
    )
    hashes = " --require-hashes" if folder.hashed else ""
    return [
        f"base=${{PYTHON:-$(command -v {usual} || command -v python3 || true)}}",
        'if [ -z "$base" ]; then echo "There is no Python on the PATH; PYTHON names one." >&2; exit 1; fi',
        *same,
        '"$base" -m venv "$environment"',
        f'"$python" {_PIP} install --quiet --no-deps{hashes} --requirement "$here/requirements.txt"',
        *(
            [f'"$python" {_PIP} install --quiet --no-deps --requirement "$here/{UNCHECKED}"']
            if folder.has_unchecked
            else []
        ),
        f'"$python" {_PIP} install --quiet --no-deps --no-index --find-links "$here" {folder.runtime}',
    ]


def _by_conda(folder: PackagedFolder) -> list[str]:
    hashes = " --require-hashes" if folder.hashed else ""
    own = '"$environment.installer/bin/python"'
    into = f'{own} {_PIP} --python "$python" install --quiet --break-system-packages --no-deps'
    return [
        "base=${PYTHON:-$(command -v python3 || true)}",
        'if [ -z "$base" ]; then echo "There is no Python on the PATH; PYTHON names one." >&2; exit 1; fi',
        '"$base" -m venv --clear "$environment.installer"',
        f"{own} {_PIP} install --quiet --no-deps --only-binary :all: --require-hashes"
        f' --requirement "$here/{INSTALLER}"',
        f'{own} "$here/{SCRIPT}" "$here/{LOCK}" "$environment"',
        f'{into}{hashes} --requirement "$here/requirements.txt"',
        *([f'{into} --requirement "$here/{UNCHECKED}"'] if folder.has_unchecked else []),
        f'{into} --no-index --find-links "$here" {folder.runtime}',
        'rm -rf "$environment.installer"',
    ]
