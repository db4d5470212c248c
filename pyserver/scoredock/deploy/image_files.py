"""The texts of a package: Dockerfile, requirements and README. Pure: parsed fields in, text out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scoredock.configs.image_reference import is_image_reference
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    from scoredock.deploy.package import Packaged

APP, SERVICE = "azureml-app", "service"
"""Folders of the package; in the image both lie in /var, so that the paths in the spec hold in either place."""

_LOCAL = re.compile(r"(-e\s|--editable|[./\\~]|[A-Za-z]:[\\/]|file:)|.*@\s*(file:|[./\\])")
_INDEXES = {"-i": "--index-url", "--index-url": "--index-url", "--extra-index-url": "--extra-index-url",
            "-f": "--find-links", "--find-links": "--find-links"}  # fmt: skip


def require_image(image: str) -> None:
    """Raises ScoredockError `base-image-invalid`."""
    if not is_image_reference(image):
        raise ScoredockError("base-image-invalid", f"`{image[:80]}` is not the name of an image.")


def dockerfile(service: str, revision: int, base_image: str, wheel: str, port: int) -> str:
    """Of names that passed their grammars; what a person wrote freely is in files that are copied, never in here."""
    require_image(base_image)
    install = ["python", "-m", "pip", "install", "--no-cache-dir", "--no-deps",
               "--requirement", "/opt/scoredock/requirements.txt", f"/opt/scoredock/{wheel}"]  # fmt: skip
    folders = ["install", "-d", "-o", "1000", "-g", "1000", f"/var/{APP}", "/var/scoredock"]
    start = ["python", "-I", "-m", "scoredock_runtime", "serve", "/var/scoredock"]
    return f"""\
# The service {service}, revision {revision}, written by Scoredock. README.md says how to build and run it.
FROM {base_image}
USER root
COPY requirements.txt {wheel} /opt/scoredock/
RUN {json.dumps(install)}
RUN {json.dumps(folders)}
COPY --chown=1000:1000 {APP}/ /var/{APP}/
COPY --chown=1000:1000 {SERVICE}/ /var/scoredock/
ENV HOME=/tmp
USER 1000:1000
WORKDIR /var/scoredock
EXPOSE {port}
CMD {json.dumps(start)}
"""


def requirements_text(lock: str, asked: Sequence[str], index_url: str, service: str) -> tuple[str, list[str]]:
    """What pip installs in the image, and what is to be told about it.

    `lock` holds the exact packages, `asked` the lines that the person wrote, whose package indexes are kept. Raises
    ScoredockError `package-not-portable` for packages that lie on this machine.
    """
    packages = [
        line.strip() for line in lock.splitlines() if line.strip() and not line.startswith(("#", "scoredock-runtime"))
    ]
    local = [line for line in packages if _LOCAL.match(line)]
    if local:
        raise ScoredockError(
            "package-not-portable",
            f"The environment of {service} has packages that lie on this machine: {', '.join(local)[:300]}.",
            details={"packages": local},
        )
    options: list[str] = []
    notes: list[str] = []
    for line in (*([f"--index-url {index_url}"] if index_url else []), *asked):
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option not in _INDEXES:
            continue
        address = urlsplit(value.strip())
        if address.scheme not in ("http", "https"):
            notes.append(f"{option} {value.strip()} is left out: the image cannot reach it.")
        elif address.username or address.password:
            notes.append(f"{option} of {address.hostname} is left out, because it holds credentials.")
        else:
            options.append(f"{_INDEXES[option]} {value.strip()}")
    return "\n".join([*dict.fromkeys(options), *packages]) + "\n", notes


def readme(packaged: Packaged, variables: Sequence[str], models: Sequence[str]) -> str:
    """For whoever gets the folder."""
    holds = f"It holds {', '.join(models)}." if models else "It holds no registered model."
    lines = [
        f"# {packaged.image}",
        "",
        f"A scoring service, written by Scoredock as a Docker build context. {holds}",
        "",
        "Build the image in this folder, then run it:",
        "",
        f"    {shlex.join(packaged.build)}",
        f"    {shlex.join(packaged.run)}",
        "",
        "It answers on http://127.0.0.1:6789/score, on this machine only; another `-p` opens it to others.",
        "It asks for no key. `docker logs` shows what the script prints.",
        "",
        "| file | what it is |",
        "|---|---|",
        f"| `{APP}/` | entry script, its folder, and the models |",
        f"| `{SERVICE}/spec.json` | how the service starts |",
        "| `requirements.txt` | the exact packages; building the image fetches them, nothing else needs a network |",
        "| `scoredock_runtime-*.whl` | the scoring runtime |",
    ]
    if variables:
        lines += ["", f"Environment variables with their values are in `{SERVICE}/spec.json`: {', '.join(variables)}."]
    if packaged.notes:
        lines += ["", *(f"- {note}" for note in packaged.notes)]
    return "\n".join(lines) + "\n"
