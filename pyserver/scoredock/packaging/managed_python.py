"""Makes an environment beside the Python that runs this, which keeps its own packages: they are found from there.

This file goes into packaged folders as it is, and runs while their image is built: `managed_python.py PREFIX`.
"""

from __future__ import annotations

import importlib.util
import platform
import site
import sys
import venv
from pathlib import Path


def main(prefix: Path) -> None:
    """Ends with a sentence and a code that is not 0 on a Python that cannot host the scoring runtime."""
    if platform.python_implementation() != "CPython" or sys.version_info < (3, 9):
        sys.exit(f"{sys.executable} is not CPython of 3.9 or later.")
    # Where Debian leaves ensurepip out, the pip of the image itself is found by the lines below.
    venv.create(prefix, with_pip=importlib.util.find_spec("ensurepip") is not None, symlinks=True, clear=True)
    lines = [
        f"import site; site.addsitedir({folder!r})\n" for folder in site.getsitepackages() if Path(folder).is_dir()
    ]
    for packages in prefix.glob("lib/python*/site-packages"):
        (packages / "_base_image.pth").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
