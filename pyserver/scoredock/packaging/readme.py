"""The README of a packaged folder. Pure: what was packaged in, text out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from scoredock.packaging.base import BASE_FILES, DOCKERFILE, Foundation
from scoredock.packaging.conda import INSTALLER, INSTALLER_IMAGE, LOCAL, LOCK, SCRIPT, CondaPart
from scoredock.packaging.dockerfile import MANAGED_SCRIPT, OLD_PIP, SERVER_REQUIREMENTS, UNCHECKED, Installation
from scoredock.packaging.lock import CARRIED
from scoredock.packaging.package import APP, HOST_PORT, SERVICE, Packaged, PackageSource, run_command
from scoredock.packaging.sbom import SBOM
from scoredock.packaging.sums import SUMS
from scoredock.packaging.texts import registry_host

if TYPE_CHECKING:
    from scoredock.packaging.folder import Ingredients


def readme(packaged: Packaged, source: PackageSource, ingredients: Ingredients) -> str:
    """README.md for whoever gets the folder."""
    base, how, conda = ingredients.base, ingredients.installation, ingredients.conda
    reference = packaged.name.reference
    holds = f"It holds {', '.join(source.model_ids)}." if source.models else "It holds no registered model."
    run = list(run_command(reference, keys=source.asks_for_keys))
    address = (
        f"It answers on http://127.0.0.1:{HOST_PORT}/score, on this machine only; another `-p` opens it to others."
    )
    start = ingredients.start
    if start is not None:
        run[run.index("-p") + 1] = f"127.0.0.1:{HOST_PORT}:{start.port}"
        address = start.address
    limits = _limits(source)
    lines = [
        f"# {reference}",
        "",
        f"A scoring service, written by Scoredock as a Docker build context. {holds}",
        "",
        "Build the image in this folder, then run it:",
        "",
        f"    {shlex.join(packaged.build)}",
        f"    {shlex.join([*run[:-1], *limits, run[-1]])}",
        "",
        address,
        "`docker logs` shows what the script prints.",
        "",
        *_network_section(base, how, conda),
        *_registry_section(base),
        *_keys_section(source),
        "| file | what it is |",
        "|---|---|",
        "| `Dockerfile` | how the image is made |",
        f"| `{APP}/` | entry script, its folder, and the models |",
        f"| `{SERVICE}/spec.json` | how the service starts |",
        *(f"| `{file}` | {what} |" for file, what in (start.files if start else ())),
        *_environment_rows(base, how, conda),
        "| `scoredock_runtime-*.whl` | the scoring runtime |",
        f"| `{SBOM}` | what all of it is made of (CycloneDX) |",
        f"| `{SUMS}` | a checksum of every file |",
        "",
        (
            f"`sha256sum --check {SUMS}` tells whether the folder is as it was written (`shasum -a 256 -c {SUMS}` on a"
            " Mac)."
        ),
        (
            f"Digest of what the image is made from: `{packaged.digests.context}`; of the packages:"
            f" `{packaged.digests.lock}`."
        ),
        "The same models, script and packages give the same digests.",
    ]
    if packaged.variables:
        text = ", ".join(sorted(packaged.variables))
        lines += ["", f"Environment variables with their values are in `{SERVICE}/spec.json`: {text}."]
    if packaged.notes:
        lines += ["", *(f"- {note}" for note in packaged.notes)]
    return "\n".join(lines) + "\n"


def _limits(source: PackageSource) -> list[str]:
    """Options of `docker run` for the limits that the deployment configuration gave the container."""
    found = []
    if source.resources.cpu_limit is not None:
        found += ["--cpus", f"{source.resources.cpu_limit:g}"]
    if source.resources.memory_limit_gb is not None:
        found += ["--memory", f"{round(source.resources.memory_limit_gb * 1024)}m"]
    return found


def _network_section(base: Foundation, how: Installation, conda: CondaPart | None) -> list[str]:
    """Section on what building downloads, and from where."""
    images = [f"`{image}`" for image in base.images]
    if base.name == DOCKERFILE:
        images = [*images, f"whatever else the {DOCKERFILE} at the beginning of `Dockerfile` fetches"]
    fetched = [" and ".join([", ".join(images[:-1]), images[-1]]) if len(images) > 1 else images[0]]
    if base.steps:
        fetched.append("what the environment's further Dockerfile instructions fetch")
    if conda is not None:
        fetched.append(f"`{INSTALLER_IMAGE}`, in which the conda packages are installed")
        if conda.hosts:
            fetched.append(f"the conda packages of `{LOCK}`, from {', '.join(conda.hosts)}")
        fetched.append(f"py-rattler and pip of `{INSTALLER}`, which install them and do not stay in the image, by pip")
    fetched.append(
        "the scoring runtime's packages of `requirements.txt`, by pip"
        if how.managed
        else "the packages of `requirements.txt`, by pip"
    )
    if how.beside:
        fetched.append(f"the packages of `{SERVER_REQUIREMENTS}` and `{OLD_PIP}`, by pip")
    lines = [
        "Building the image fetches:",
        "",
        *(f"- {each}" for each in fetched),
        "",
        "Nothing else needs a network.",
        "",
    ]
    if conda is not None:
        system = "linux/arm64" if conda.lock.platform == "linux-aarch64" else "linux/amd64"
        lines += [
            (
                f"The conda packages are for {conda.lock.platform}: on a machine of another kind, build with"
                f" `--platform {system}`. Another image with Python 3.10 or later takes the place of"
                f" `{INSTALLER_IMAGE}` by `--build-arg INSTALLER_IMAGE=NAME`. Scripts that conda packages bring for"
                " their activation or to be run after their installation are not run."
            ),
            "",
        ]
    return lines


def _environment_rows(base: Foundation, how: Installation, conda: CondaPart | None) -> list[str]:
    rows = []
    if base.members:
        rows.append(f"| `{BASE_FILES}/` | files that the environment's own Dockerfile instructions copy |")
    if conda is not None:
        rows.append(f"| `{LOCK}` | the exact conda packages, with their addresses and SHA-256 |")
        if conda.files:
            rows.append(
                f"| `{LOCAL}/` | conda packages of channels that only the machine of this package could reach |"
            )
        rows.append(f"| `{SCRIPT}`, `{INSTALLER}` | what installs them, without conda |")
    if how.managed:
        rows.append(
            f"| `{MANAGED_SCRIPT}` | puts an environment beside the image's own Python, whose packages stay in use |"
        )
    what = "the exact packages of the scoring runtime" if how.managed else "the exact packages"
    hashes = ", with their hashes" if how.hashed else ""
    below = "; pip puts them on top of conda's" if conda is not None else ""
    rows.append(f"| `requirements.txt` | {what}{hashes}{below} |")
    if how.has_unchecked:
        rows.append(f"| `{UNCHECKED}` | packages that have no hash, as those from Git |")
    if how.has_files:
        rows.append(f"| `{CARRIED}/` | packages of no index, which `requirements.txt` names with their hashes |")
    if how.beside:
        rows += [
            (
                f"| `{SERVER_REQUIREMENTS}` | what the scoring runtime needs, which runs in a Python of its own (3.9 or"
                " later) beside the script's |"
            ),
            f"| `{OLD_PIP}` | the pip that installs the script's packages; it does not stay in the image |",
        ]
    return rows


def _registry_section(base: Foundation) -> list[str]:
    lines: list[str] = []
    for host in dict.fromkeys(filter(None, map(registry_host, base.images))):
        lines += [
            (
                f"The base image comes from {host}. Where that asks for a login, give the password to standard input,"
                " so that neither the list of processes nor the shell's history shows it:"
            ),
            "",
            f"    docker login {host} --username NAME --password-stdin < password.txt",
            "",
        ]
    return lines


def _keys_section(source: PackageSource) -> list[str]:
    if not source.asks_for_keys:
        return ["It asks for no key.", ""]
    return [
        (
            "It asks callers for a key and does not start without one. The image holds none: hand in the SHA-256 of"
            " each key,"
        ),
        "so that not even the container knows the keys themselves:",
        "",
        "    export SCOREDOCK_KEY_DIGESTS=$(printf %s \"$(cat key.txt)\" | sha256sum | cut -d ' ' -f 1)",
        "",
        "Several are separated by commas; or mount a file with one digest a line as `/run/secrets/scoredock_keys`.",
        "Callers send `Authorization: Bearer KEY`.",
        "",
    ]
