"""Where a Python looks for packages, from the text of its site.py: what `site.getsitepackages()` would tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

_FUNCTION = re.compile(r"^def getsitepackages\(.*?(?=^\S)", re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(r"""["']/usr/local["']""")


class UnknownSite(ValueError):
    """A site.py is missing, or neither Python's own nor Debian's."""


def site_folders(text: str, prefixes: Sequence[str], name: str, library: str, *, environment: bool) -> tuple[str, ...]:
    """The folders in their order, whether they exist or not.

    `text` is site.py, `prefixes` are those of the interpreter, `name` is `python3.11`, `library` is `sys.platlibdir`,
    and `environment` says whether it is of a virtual environment. Raises UnknownSite.
    """
    function = _FUNCTION.search(text)
    # Fedora's puts /usr/local in front, depending on variables.
    if function is None or _LOCAL.search(text):
        raise UnknownSite
    libraries = list(dict.fromkeys((library, "lib")))
    folders: list[str] = []
    for prefix in dict.fromkeys(prefixes):
        if '"dist-packages"' in function[0]:
            folders += [posixpath.join(prefix, "lib", name, "site-packages")] if environment else []
            folders.append(posixpath.join(prefix, "local/lib", name, "dist-packages"))
            folders.append(posixpath.join(prefix, "lib/python3/dist-packages"))
            folders += [posixpath.join(prefix, each, name, "dist-packages") for each in libraries]
        else:
            folders += [posixpath.join(prefix, each, name, "site-packages") for each in libraries]
    return tuple(folders)
