"""Kinds of our files where only what lies around them can tell: a script that an inference configuration names, a
module that an entry script imports, and a script that a parallel run or a batch deployment names."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from scoredock.formats.client_kinds import is_run_script, is_sdk_script, is_test, requirement_files
from scoredock.formats.document_kind import (
    DocumentKind,
    asks_for_several,
    has_functions,
    is_beside_script,
    is_inference_configuration,
    is_started,
    kind_of,
    may_be_batch,
)
from scoredock.formats.script_uses import batch_scripts, deployed_scripts, submitted_scripts
from scoredock.scripts.environment import read_configuration, scripts_of_v2
from scoredock.scripts.texts import listing, read_text

_LEVELS = 3
"""Folders above a module in which its entry script is looked for."""
_MOST_FILES = 40
_MOST_SCRIPTS = 10
"""Of one folder: files that are read, and entry scripts among them that are followed."""
_REMEMBERED_SECONDS = 2.0
_BATCHES_REMEMBERED_SECONDS = 30.0
"""Notebooks are large; `clear` forgets them as soon as a file changes."""
_REMEMBERED_FOLDERS = 500
_SCRIPTS = ("entry-script", "batch-script")
_MAKERS = (".py", ".ipynb", ".yml", ".yaml")
"""Files that may name the script of a run of batches."""
_PROGRAMS = (".py", ".ipynb")
_LISTS = (".txt", ".in")
"""Ends of the names of lists of packages, and of those that may name one."""


class Importer(NamedTuple):
    """An entry script that imports a module."""

    script: str
    """Its absolute path."""
    surely: bool
    """Whether a start of the service surely imports the module."""


class FileKinds:
    """Answers for one file after the other; the entry scripts of a folder are looked for once in a while."""

    def __init__(self, overlays: Callable[[], Mapping[str, str]]) -> None:
        self._overlays = overlays
        self._folders: dict[Path, tuple[float, dict[str, Importer]]] = {}
        self._batches: dict[Path, tuple[float, frozenset[str]]] = {}
        self._deployed: dict[Path, tuple[float, frozenset[str]]] = {}
        self._submitted: dict[Path, tuple[float, frozenset[str]]] = {}
        self._named: dict[Path, tuple[float, frozenset[str]]] = {}
        self._of_v2: dict[Path, tuple[float, dict[str, bool]]] = {}
        self._lists: dict[Path, tuple[float, frozenset[str]]] = {}
        self._helping: dict[Path, tuple[float, bool]] = {}

    def clear(self) -> None:
        """Files changed."""
        self._folders.clear()
        self._batches.clear()
        self._deployed.clear()
        self._submitted.clear()
        self._named.clear()
        self._of_v2.clear()
        self._lists.clear()
        self._helping.clear()

    def kind(self, path: Path, text: str) -> DocumentKind | None:
        """Kind by `kind_of`, and by what lies around: a script with `init()` and `run()` that runs of batches name is a
        batch script, another Python file that an inference configuration names an entry script, and one that an
        entry script imports a module. What lacks a function of an entry script, or has a `run()` that no server can
        call, is none where another program imports it; nor is what only prints, or has routes of its own, beside the
        script that is deployed. A job that only logs to its run is a script of the SDK where nothing imports it; so is
        a program that others only start."""
        kind = kind_of(str(path), text)
        if kind is None and path.suffix in _LISTS and self._is_list(path):
            return "requirements"
        is_script = kind == "entry-script" or (kind is None and path.suffix == ".py" and has_functions(text))
        if is_script and may_be_batch(text) and self._is_batch(path):
            return "batch-script"
        if kind in (None, "sdk-script") and path.suffix == ".py" and self._is_named(path):
            return "entry-script"
        if kind in _SCRIPTS and not has_functions(text) and not self._is_named(path):
            if is_beside_script(text) and self._is_beside_deployed(path):
                return None
            # One of the two functions is somebody else's where another program imports this one.
            if self.importer(path) is not None:
                return "module"
            return None if self._is_imported(path) else kind
        if kind == "entry-script" and self._is_of_a_program(path, text):
            own = not asks_for_several(text) and (is_run_script(text) or is_sdk_script(text))
            return "sdk-script" if own else None
        if kind is not None or path.suffix != ".py":
            return kind
        if self.importer(path) is not None:
            return "module"
        return "sdk-script" if is_run_script(text) and not is_test(str(path)) else None

    def _is_list(self, path: Path) -> bool:
        """True if a program beside or above a text gives it to an environment as the list of its packages."""
        for folder in [path.parent, *path.parent.parents][:_LEVELS]:
            if any(path.as_posix().endswith(f"/{name}") for name in self._lists_of(folder)):
                return True
        return False

    def _lists_of(self, folder: Path) -> frozenset[str]:
        now = time.monotonic()
        remembered = self._lists.get(folder)
        if remembered is not None and now < remembered[0]:
            return remembered[1]
        overlays = self._overlays()
        files = [name for name in sorted(listing(str(folder))) if name.endswith(_PROGRAMS)][:_MOST_FILES]
        texts = (read_text(folder / name, overlays) for name in files)
        names = frozenset(name for text in texts if text is not None for name in requirement_files(text))
        if len(self._lists) >= _REMEMBERED_FOLDERS:
            self._lists.clear()
        self._lists[folder] = now + _BATCHES_REMEMBERED_SECONDS, names
        return names

    def _is_named(self, path: Path) -> bool:
        """True if an inference configuration beside or above a Python file, or a deployment of v2 around it, names it
        as its entry script."""
        if any(str(path) in self._scripts(folder) for folder in [path.parent, *path.parent.parents][:_LEVELS]):
            return True
        return self._scripts_of_v2(path.parent).get(str(path)) is False

    def _scripts_of_v2(self, folder: Path) -> dict[str, bool]:
        """Scripts that the v2 deployments around a folder name; True for those of batches."""
        now = time.monotonic()
        remembered = self._of_v2.get(folder)
        if remembered is None or now >= remembered[0]:
            if len(self._of_v2) >= _REMEMBERED_FOLDERS:
                self._of_v2.clear()
            # One script may serve single requests and batches: what the one needs, the other needs as well.
            scripts = sorted(scripts_of_v2(folder, self._overlays()), reverse=True)
            remembered = self._of_v2[folder] = now + _BATCHES_REMEMBERED_SECONDS, dict(scripts)
        return remembered[1]

    def _scripts(self, folder: Path) -> frozenset[str]:
        """Paths of the scripts that the inference configurations of a folder name."""
        now = time.monotonic()
        remembered = self._named.get(folder)
        if remembered is not None and now < remembered[0]:
            return remembered[1]
        overlays = self._overlays()
        files = [name for name in sorted(listing(str(folder))) if is_inference_configuration(name)][:_MOST_FILES]
        read = (read_configuration(folder / name, overlays) for name in files)
        names = frozenset(each.script for each in read if each is not None)
        if len(self._named) >= _REMEMBERED_FOLDERS:
            self._named.clear()
        self._named[folder] = now + _REMEMBERED_SECONDS, names
        return names

    def _is_batch(self, path: Path) -> bool:
        return any(path.name in self._batch_names(folder) for folder in [path.parent, *path.parent.parents][:_LEVELS])

    def _is_beside_deployed(self, path: Path) -> bool:
        """True if deployments or inference configurations beside or above a Python file name scripts of its folder,
        and not this one."""
        folders = [path.parent, *path.parent.parents][:_LEVELS]
        named = frozenset[str]().union(*(self._names(each, self._deployed, deployed_scripts) for each in folders))
        beside = [str(path.with_name(name)) for name in listing(str(path.parent))]
        configured = any(not self._scripts(each).isdisjoint(beside) for each in folders)
        return path.name not in named and (configured or any(Path(each).name in named for each in beside))

    def _is_of_a_program(self, path: Path, text: str) -> bool:
        """True if another program calls run() with all that it asks for, or the file is one that others only start."""
        if asks_for_several(text) and self._is_imported(path) and not self._is_named(path):
            return True
        return is_started(str(path), text) and self._is_only_submitted(path)

    def _is_only_submitted(self, path: Path) -> bool:
        """True if programs and pipelines beside or above a Python file start it, and none deploys it."""
        folders = [path.parent, *path.parent.parents][:_LEVELS]
        if not any(path.name in self._names(each, self._submitted, submitted_scripts) for each in folders):
            return False
        deployed = any(path.name in self._names(each, self._deployed, deployed_scripts) for each in folders)
        return not deployed and not self._is_named(path)

    def _batch_names(self, folder: Path) -> frozenset[str]:
        """Names of the scripts that pipelines, notebooks and deployments of a folder use for batches."""
        return self._names(folder, self._batches, batch_scripts)

    def _names(
        self,
        folder: Path,
        names_by_folder: dict[Path, tuple[float, frozenset[str]]],
        named_in: Callable[[str], Iterator[str]],
    ) -> frozenset[str]:
        """Names of the scripts that the files of a folder have in them."""
        now = time.monotonic()
        remembered = names_by_folder.get(folder)
        if remembered is not None and now < remembered[0]:
            return remembered[1]
        overlays = self._overlays()
        files = [name for name in sorted(listing(str(folder))) if name.endswith(_MAKERS)][:_MOST_FILES]
        texts = (read_text(folder / name, overlays) for name in files)
        names = frozenset(name for text in texts if text is not None for name in named_in(text))
        if len(names_by_folder) >= _REMEMBERED_FOLDERS:
            names_by_folder.clear()
        names_by_folder[folder] = now + _BATCHES_REMEMBERED_SECONDS, names
        return names

    def importer(self, path: Path) -> Importer | None:
        """The entry script beside or above a Python file that imports it; None when there is none."""
        if path.suffix != ".py":
            return None
        wanted = path.as_posix()
        for folder in [path.parent, *path.parent.parents][:_LEVELS]:
            found = self._imported(folder).get(wanted)
            if found is not None:
                return found
        return None

    def _is_imported(self, path: Path) -> bool:
        """True if a program beside or above a Python file, which is not a test, imports it."""
        now = time.monotonic()
        remembered = self._helping.get(path)
        if remembered is None or now >= remembered[0]:
            if len(self._helping) >= _REMEMBERED_FOLDERS:
                self._helping.clear()
            remembered = self._helping[path] = now + _BATCHES_REMEMBERED_SECONDS, self._look_for_importer(path)
        return remembered[1]

    def _look_for_importer(self, path: Path) -> bool:
        from scoredock.checks.script.imported_modules import imports_of

        overlays = self._overlays()
        for number, folder in enumerate([path.parent, *path.parent.parents][:_LEVELS]):
            module = ".".join(path.with_suffix("").parts[-number - 1 :])
            for name in [name for name in sorted(listing(str(folder))) if name.endswith(".py")][:_MOST_FILES]:
                if folder / name == path or is_test(str(folder / name)):
                    continue
                text = read_text(folder / name, overlays) or ""
                if path.stem not in text:
                    continue
                names = {each for level, each in imports_of(text) if level <= 1}
                if any(f"{each}.".startswith(f"{module}.") for each in names):
                    return True
        return False

    def _imported(self, folder: Path) -> dict[str, Importer]:
        """Module → entry script, for all entry scripts of a folder."""
        now = time.monotonic()
        remembered = self._folders.get(folder)
        if remembered is not None and now < remembered[0]:
            return remembered[1]
        importers = self._look(folder)
        if len(self._folders) >= _REMEMBERED_FOLDERS:
            self._folders.clear()
        self._folders[folder] = now + _REMEMBERED_SECONDS, importers
        return importers

    def _look(self, folder: Path) -> dict[str, Importer]:
        from scoredock.checks.script.imported_modules import imported_modules

        overlays = self._overlays()

        def exists(name: str) -> bool:
            return name in overlays or os.path.isfile(name)  # noqa: PTH113 (strings from user files)

        def read(name: str) -> str | None:
            return read_text(Path(name), overlays)

        importers: dict[str, Importer] = {}
        scripts = 0
        names = [name for name in listing(str(folder)) if name.endswith(".py")]
        for name in sorted(names, key=lambda n: ("scor" not in n.lower(), n))[:_MOST_FILES]:
            script = folder / name
            text = read(str(script))
            if text is None or kind_of(str(script), text) not in _SCRIPTS:
                continue
            scripts += 1
            if scripts > _MOST_SCRIPTS:
                break
            for module, surely in imported_modules(script.as_posix(), text, "", exists, read).items():
                # A script that another one imports is deployed by itself as well, and judged as such.
                is_script = kind_of(module, read(module) or "") is not None or self._is_named(Path(module))
                if not is_script and (module not in importers or surely > importers[module].surely):
                    importers[module] = Importer(str(script), surely)
        return importers
