"""From what a person wrote (conda, pip, nothing at all) to a virtual environment that is built once and reused."""

from scoredock.environments.build import BuiltEnvironment, build
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings, Resolved, resolve
from scoredock.environments.spec import EnvironmentSpec, for_model, from_conda, from_requirements

__all__ = [
    "BuiltEnvironment",
    "EnvironmentCache",
    "EnvironmentSettings",
    "EnvironmentSpec",
    "Resolved",
    "build",
    "for_model",
    "from_conda",
    "from_requirements",
    "resolve",
]
