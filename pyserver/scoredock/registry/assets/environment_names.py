"""Names of environments that a configuration may use. Apart from what they hold, as checks ask for it often."""

from __future__ import annotations

from scoredock.registry.assets import curated
from scoredock.registry.assets.assets import Assets


def environment_versions(assets: Assets) -> dict[str, tuple[int, ...]]:
    """Names that a configuration may use, with the live versions of each; curated ones take any and have none here."""
    found: dict[str, tuple[int, ...]] = {each.name: () for each in curated.ENVIRONMENTS}
    for name, version in assets.numbers("environment"):
        found[name] = (*found.get(name, ()), version)
    return found
