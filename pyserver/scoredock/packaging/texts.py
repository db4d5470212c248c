"""Rules for the Dockerfile of a package, and for the files that go into its image. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.packaging.sbom import SBOM
from scoredock.packaging.sums import SUMS
from scoredock.registry.grammar import printable

NOT_IN_THE_IMAGE = ("README.md", SBOM, SUMS, ".dockerignore", "Dockerfile")
"""Files of the folder that are about the package; a change of theirs builds nothing anew."""

ENVIRONMENT = "/opt/scoredock/environment"
_STEPS = ("ADD", "ARG", "COPY", "ENV", "EXPOSE", "LABEL", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")


def require_image(image: str) -> None:
    """Raises ScoredockError `base-image-invalid`."""
    if not is_image_reference(image):
        raise ScoredockError(
            "base-image-invalid", l10n.t("{image} is not the name of an image.", image=printable(image[:80]))
        )


def require_steps(steps: Sequence[str]) -> tuple[str, ...]:
    """Instructions of `extraDockerfileSteps`, one a line. Raises ScoredockError `package-not-portable`.

    Each must be one instruction: a line end in it could begin another one that nobody has seen.
    """
    instructions = []
    for step in steps:
        word = step.strip().partition(" ")[0].upper()
        goes_on = step.rstrip().endswith("\\")  # into what would stand below
        if any(character in step for character in "\r\n\0") or goes_on or word not in _STEPS:
            raise ScoredockError(
                "package-not-portable",
                l10n.t("The Dockerfile step “{step}” cannot be used in a package.", step=printable(step[:80])),
                l10n.t("Write one instruction per step. Use one of {instructions}.", instructions=", ".join(_STEPS)),
            )
        instructions.append(step.strip())
    return tuple(instructions)


def dockerignore() -> str:
    """Text of the `.dockerignore`: files that the image does not need, so that a change of one builds nothing anew."""
    return "".join(f"{name}\n" for name in NOT_IN_THE_IMAGE if name != "Dockerfile")


def registry_host(reference: str) -> str:
    """The registry that a reference names, with its port; empty for Docker Hub."""
    first, slash, _ = reference.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return first if named else ""
