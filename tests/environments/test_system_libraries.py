"""What is advised about libraries that the dynamic linker does not find, by Debian's index of files."""

from __future__ import annotations

import pytest
from scoredock.environments.system_libraries import advice_for

MESSAGE = "ImportError: {}: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libX11.so.6", "libx11-6"),
        ("libbz2.so.1.0", "libbz2-1.0"),
        ("libgomp.so.1", "libgomp1"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libmariadb.so.3", "libmariadb3"),
        ("libodbc.so.2", "libodbc2"),
        ("libopenblas.so.0", "libopenblas0"),
        ("libpq.so.5", "libpq5"),
        ("libpython3.11.so.1.0", "libpython3.11"),
        ("libstdc++.so.6", "libstdc++6"),
        ("libxcb.so.1", "libxcb1"),
        ("libz.so.1", "zlib1g"),
    ],
)
def test_each_library_has_its_package(library: str, package: str) -> None:
    advice = advice_for(MESSAGE.format(library))
    assert f"run `apt-get install {package}` on this machine" in advice
    assert f"`RUN apt-get update && apt-get install -y --no-install-recommends {package} && " in advice


@pytest.mark.parametrize("library", ["libcuda.so.1", "libhdf5.so.103", "libsd-of-mine.so.3"])
def test_what_debian_does_not_have_is_in_no_package(library: str) -> None:
    advice = advice_for(MESSAGE.format(library))
    assert f"Install the system package with {library} on this machine" in advice
    assert "apt-get" not in advice


def test_all_that_a_package_lacks_is_one_step_and_what_does_without_is_named() -> None:
    told = (
        MESSAGE.format("libxcb.so.1") + " (cv2 needs it, libGL.so.1, libglib-2.0.so.0, libgthread-2.0.so.0, libx.so.9)"
    )
    advice = advice_for(told, ["numpy", "Opencv_Python==4.8.1.78"])
    assert advice.count("RUN ") == 1
    assert "--no-install-recommends libgl1 libglib2.0-0 libxcb1 &&" in advice
    assert "Install the system package with libx.so.9 on this machine" in advice
    assert advice.endswith("Or list opencv-python-headless>=4.3 in place of opencv-python: it needs none of this.")
    for others in (["opencv-python-headless"], []):
        assert "Or list" not in advice_for(told, others)
    assert "Or list" not in advice_for(told.replace("cv2", "lightgbm"), ["opencv-python", "lightgbm"])
