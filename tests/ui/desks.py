"""Desks: a person's editor with its window, a project folder and a data folder."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

import preloaded
from workbench import Chromium, EditorServer, Installation, SharedEditor, Window

SHOTS = Path(__file__).parent / "shots"
_ROOT = Path(__file__).parents[2]
PICTURES = _ROOT / "docs" / "images"
SIDE_BAR = 350
"""Pixels of a picture: rows with a name, a state and an address are not cut then."""


def place_of(name: str, theme: str) -> Path:
    """Where a picture goes: to the guide, where it is committed, if a page shows it in one of its themes; the others
    are for whoever wants to look at them."""
    pages = (_ROOT / "README.md", *_ROOT.glob("docs/*.md"))
    shown = any(re.search(rf"images/{name}-(dark|light)\.png", page.read_text(encoding="utf-8")) for page in pages)
    return (PICTURES if shown else SHOTS / "gallery") / f"{name}-{theme}.png"


def take_picture(window: Window, name: str) -> None:
    path = place_of(name, window.theme())
    window.screenshot(path)
    make_small(path)


def make_small(path: Path) -> None:
    """Leaves 256 colours, which makes it a third as large."""
    with Image.open(path) as opened:
        taken = opened.convert("RGB")
    few_colours(taken, 160, 96).save(path, optimize=True)


def few_colours(picture: Image.Image, common: int, others: int) -> Image.Image:
    """So many colours of most of its points, and so many that are nearest to all the rest: a small dot stays green."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    palette = [part for _, colour in counted[:common] for part in colour]  # type: ignore[union-attr]
    if rare := [colour for _, colour in counted[common:]]:
        strip = Image.new("RGB", (len(rare), 1))
        strip.putdata(rare)
        few = strip.quantize(others, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
        palette += few[: others * 3]
    target = Image.new("P", (1, 1))
    target.putpalette(palette)
    return picture.quantize(palette=target, dither=Image.Dither.NONE)


class OwnEditor:
    """An editor of one test alone."""

    def __init__(self, server: EditorServer, chromium: Chromium) -> None:
        self.server = server
        self._chromium = chromium
        self._window: Window | None = None

    def open_window(self, folder: Path) -> Window:
        self._window = Window(self._chromium, self.server.port, folder)
        self._window.open()
        return self._window

    def leave_window(self) -> None:
        if self._window is not None:
            self._window.close()
            self._window = None

    def give_back(self) -> None:
        self.leave_window()
        self.server.stop()

    def throw_away(self) -> None:
        self.give_back()


class Desk:
    """One person's editor, window, project folder and data folder. The editor is the shared one, or one of its own."""

    def __init__(
        self, base: Path, folder: Path, *, home: Path, env: dict[str, str], editor: SharedEditor | OwnEditor
    ) -> None:
        self.base = base
        self.folder = folder
        self.home = home
        """The data folder of this person (SCOREDOCK_HOME)."""
        self.env = {"SCOREDOCK_HOME": str(home), **env}
        """What the command line of this person is started with."""
        self._editor = editor
        self._window: Window | None = None
        self.used = False
        """Whether a test has had it already."""

    @property
    def server(self) -> EditorServer:
        return self._editor.server

    @property
    def window(self) -> Window:
        assert self._window is not None, "open_window comes first"
        return self._window

    def open_window(self) -> Window:
        """A window on the folder, for one that was not here before; the one before is closed."""
        self.close_window()
        self._window = self._editor.open_window(self.folder)
        self._window.wait_files()
        return self._window

    def close_window(self) -> None:
        if self._window is not None:
            self._editor.leave_window()
            self._window = None

    def scoredock(self, *words: str) -> Any:
        """Runs the command line on the same data folder and reads its JSON."""
        env = {**os.environ, **self.env}
        words = (*words, "--json")
        if preloaded.can_start(env):
            done = preloaded.run("scoredock.cli", words, cwd=self.folder, env=env, given=None, timeout=600)
        else:
            command = [sys.executable, "-m", "scoredock.cli", *words]
            done = subprocess.run(
                command, cwd=self.folder, env=env, check=False, capture_output=True, text=True, timeout=600
            )
        assert done.returncode == 0, f"scoredock {' '.join(words)} failed:\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def picture(self, name: str) -> None:
        """Writes <name>-dark.png and <name>-light.png where `place_of` says; only when SCOREDOCK_SHOTS is set, as
        those of the guide are committed."""
        if not os.environ.get("SCOREDOCK_SHOTS"):
            return
        self.window.widen_side_bar(SIDE_BAR)
        for _ in range(2):
            take_picture(self.window, name)
            self.window.toggle_theme()

    def service_processes(self) -> list[psutil.Process]:
        """What the services of this data folder run."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(str(self.home) in word for word in process.cmdline()):
                    found.append(process)
        return found

    def keep_evidence(self, name: str) -> None:
        """Saves what a failure looked like."""
        target = SHOTS / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        if self._window is not None:
            with contextlib.suppress(Exception):
                # As it is, also with an explanation that does not go.
                self._window.page.screenshot(path=str(target / "window.png"))
            (target / "console.txt").write_text("\n".join(self._window.console), encoding="utf-8")
        for number, log in enumerate(self.server.log_files()):
            with contextlib.suppress(OSError):
                shutil.copy(log, target / f"{number:02}-{log.name}")

    def clear_away(self, failed: bool) -> None:
        if failed:
            self._editor.throw_away()
        else:
            self._editor.give_back()
        left = self.service_processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        shutil.rmtree(self.base, ignore_errors=True)


class Desks:
    """Sets up desks; each is cleared away by whoever has asked for it."""

    def __init__(self, vsix: Path, kept: Path, chromium: Chromium, require: Callable[..., None]) -> None:
        self._vsix = vsix
        self._kept = kept
        """What the first start has made of the VSIX: the next ones need not wait for it again."""
        self._chromium = chromium
        self._require = require
        self._shared = SharedEditor(chromium, self._prepare)

    def _prepare(self, server: EditorServer) -> None:
        """Gives it the extension: as the first start has left it, or installed."""
        if not self._kept.is_dir() and self._shared.started:
            half = self._kept.with_suffix(".half")
            if self._shared.server.keep_first_start(half):
                half.rename(self._kept)
        if self._kept.is_dir():
            server.begin_with(self._kept)
        else:
            server.install(self._vsix)

    def _begin(self, server: EditorServer, prepared: bool, extension: Path | None) -> None:
        if prepared:
            self._prepare(server)
        else:
            server.install(self._vsix)
        if extension is not None:
            server.install(extension)
        server.start()

    def open(
        self,
        folder: Path,
        *,
        release: str = "newest",
        settings: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        fresh: bool = False,
        own: bool = False,
        language: str = "",
        extension: Callable[[Path], Path] | None = None,
    ) -> Desk:
        """A desk with its window open. A `fresh` one has its VSIX installed and started for the first time.

        It has an editor of its `own` where the test ends that or gives it another `extension` (made for its data
        folder), and where what is asked for is decided by its start: the release, the environment, the `language`.
        """
        installation = Installation(release)
        lack = installation.missing()
        self._require(not lack, lack, "browser")
        # Short, because sockets below it have a length limit.
        base = Path(tempfile.mkdtemp(prefix="sd-ui-"))
        home, env, settings = base / "home", env or {}, settings or {}
        shared = not (own or env or language or extension or release != "newest" or self._shared.taken)
        if shared and not (fresh and self._shared.started):
            desk = Desk(base, folder, home=home, env=env, editor=self._shared)
            begin = partial(self._shared.take, {"scoredock.home": str(home), **settings})
        else:
            started_with = {"SCOREDOCK_HOME": str(home), **env}
            server = EditorServer(
                installation, base / "profile", env=started_with, settings=settings, language=language
            )
            desk = Desk(base, folder, home=home, env=env, editor=OwnEditor(server, self._chromium))
            begin = partial(self._begin, server, release == "newest" and not fresh, extension and extension(home))
        try:
            begin()
            desk.open_window()
        except BaseException:
            desk.clear_away(failed=True)
            raise
        return desk

    @contextlib.contextmanager
    def opened(self, session: pytest.Session) -> Iterator[tuple[Callable[..., Desk], list[Desk]]]:
        """`open`, and the desks that it has made, which are cleared away afterwards."""
        made: list[Desk] = []
        failed = session.testsfailed

        def open_one(folder: Path, **how: Any) -> Desk:
            made.append(self.open(folder, **how))
            return made[-1]

        try:
            yield open_one, made
        finally:
            for desk in made:
                desk.clear_away(session.testsfailed > failed)
            if session.testsfailed > failed:
                # A time-out may have struck in the middle of a call; the next windows get a browser that knows nothing
                # of it.
                self._shared.throw_away()
                self._chromium.close()

    def close(self) -> None:
        self._shared.throw_away()
