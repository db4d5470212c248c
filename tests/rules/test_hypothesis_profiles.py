"""Whatever hypothesis draws follows the depth of the run."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings

from depth import LONG

TESTS = Path(__file__).parents[1]


def test_each_layer_that_draws_loads_the_profile() -> None:
    drawing = {
        path.relative_to(TESTS).parts[0]
        for path in TESTS.rglob("*.py")
        if re.search(r"^(from|import) hypothesis\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    layers = [TESTS / name for name in sorted(drawing - {"rules"}) if (TESTS / name).is_dir()]
    assert len(layers) > 8
    without = [
        layer.name
        for layer in layers
        if not re.search("^import hypothesis_profiles", (layer / "conftest.py").read_text(), re.MULTILINE)
    ]
    assert without == []


def test_the_profile_is_the_one_of_the_depth() -> None:
    import hypothesis_profiles

    assert hypothesis_profiles.LONG is LONG
    assert settings.default is not None
    assert settings.default.derandomize is not LONG
