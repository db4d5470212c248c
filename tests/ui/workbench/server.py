"""The editor's own server process: installs the VSIX into a fresh profile and serves the workbench to a browser."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from ports import free_port
from workbench.install import Installation
from workbench.wait import until

# A quiet window: nothing opens, updates, recommends or forwards by itself.
QUIET: dict[str, Any] = {
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "explorer.compactFolders": False,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "files.simpleDialog.enable": True,
    "git.openRepositoryInParentFolders": "never",
    "remote.autoForwardPorts": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.confirmBeforeClose": "never",
    "workbench.editor.enablePreview": False,
    "workbench.enableExperiments": False,
    # A pointer that rests where something opens makes that explain itself, over what is to be pressed next.
    "workbench.hover.delay": 1500,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
}


def _own_home(folder: Path) -> dict[str, str]:
    """A home folder that nobody else writes to: the editor looks for instructions of assistants there after each
    change.

    What other tests have downloaded is found all the same.
    """
    folder.mkdir(parents=True)
    home = Path.home()
    return {
        "HOME": str(folder),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(home / ".cache")),
        "XDG_DATA_HOME": os.environ.get("XDG_DATA_HOME", str(home / ".local" / "share")),
        "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG", str(home / ".docker")),
    }


@cache
def compiled() -> str:
    """Where Node keeps what it has compiled of the editor's programs, for as long as this run: each window has some."""
    folder = tempfile.mkdtemp(prefix="scoredock-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_script(path: Path) -> bool:
    """Whether a program of an environment names the Python that runs it in its first line."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


class EditorServer:
    """One profile folder and the process that serves it; `stop` ends all of it."""

    def __init__(
        self,
        installation: Installation,
        profile: Path,
        *,
        env: Mapping[str, str],
        settings: Mapping[str, Any],
        language: str = "",
    ) -> None:
        self._installation = installation
        self._profile = profile
        self._data = profile / "data"
        self._extensions = profile / "extensions"
        config = profile / "config.yaml"
        self._env = {
            **os.environ,
            "CODE_SERVER_CONFIG": str(config),
            "EXTENSIONS_GALLERY": "{}",
            **_own_home(profile / "home"),
            "NODE_COMPILE_CACHE": compiled(),
            **env,
        }
        self._env.pop("PORT", None)
        self._extensions.mkdir(parents=True)
        config.write_text("auth: none\n", encoding="utf-8")
        self.set(settings)
        self._language = language
        if language:
            self._add_language(language)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def set(self, settings: Mapping[str, Any]) -> None:
        """Writes the settings. Those of Scoredock are the machine's, as some of them count nowhere else."""
        of_machine = {key: value for key, value in settings.items() if key.startswith("scoredock.")}
        of_person = {**QUIET, **{key: value for key, value in settings.items() if key not in of_machine}}
        for place, values in (("User", of_person), ("Machine", of_machine)):
            (self._data / place).mkdir(parents=True, exist_ok=True)
            (self._data / place / "settings.json").write_text(json.dumps(values, indent=2), encoding="utf-8")

    def _add_language(self, language: str) -> None:
        """A language pack without a text: the editor stays as it is, and tells extensions that this is its language."""
        texts = self._profile / "language" / "main.i18n.json"
        texts.parent.mkdir()
        texts.write_text(json.dumps({"version": "1.0.0", "contents": {}}), encoding="utf-8")
        pack = {
            "hash": "empty",
            "extensions": [{"extensionIdentifier": {"id": f"scoredock.language-{language}"}, "version": "1.0.0"}],
            "translations": {"vscode": str(texts)},
            "label": language,
        }
        (self._data / "languagepacks.json").write_text(json.dumps({language: pack}), encoding="utf-8")

    def _arguments(self) -> list[str]:
        node, entry = self._installation.node, self._installation.entry
        return [str(node), str(entry), "--user-data-dir", str(self._data), "--extensions-dir", str(self._extensions)]

    def install(self, vsix: Path) -> None:
        """Installs a packaged extension as `code --install-extension` does."""
        command = [*self._arguments(), "--install-extension", str(vsix), "--force"]
        done = subprocess.run(command, env=self._env, check=False, capture_output=True, text=True, timeout=400)
        said = done.stdout + done.stderr
        if done.returncode != 0 or "successfully installed" not in said:
            raise AssertionError(f"{vsix.name} was not installed:\n{said}")

    def keep_first_start(self, target: Path) -> bool:
        """Copies what the first start has made of the VSIX: the installed extension and the environment of its server.

        False when there is nothing that another profile can begin with.
        """
        others = [path for path in self._extensions.iterdir() if path.is_dir() and not path.name.startswith(".")]
        storage = [
            mark.parent.parent.parent for mark in self._data.glob("User/globalStorage/*/environments/*/complete.json")
        ]
        if len(others) != 1 or len(storage) != 1:
            return False
        shutil.copytree(self._extensions, target / "extensions", symlinks=True)
        below = storage[0].relative_to(self._data) / "environments"
        shutil.copytree(self._data / below, target / "data" / below, symlinks=True)
        (target / "profile").write_text(str(self._profile), encoding="utf-8")
        return True

    def begin_with(self, kept: Path) -> None:
        """Takes over what `keep_first_start` has copied, instead of `install`."""
        former = (kept / "profile").read_text(encoding="utf-8")
        shutil.copytree(kept / "extensions", self._extensions, symlinks=True, dirs_exist_ok=True)
        shutil.copytree(kept / "data", self._data, symlinks=True, dirs_exist_ok=True)
        programs = self._data.glob("User/globalStorage/*/environments/*/bin/*")
        named = [self._extensions / "extensions.json", *(path for path in programs if _is_script(path))]
        for path in named:
            path.write_text(path.read_text(encoding="utf-8").replace(former, str(self._profile)), encoding="utf-8")

    def start(self) -> None:
        """Serves on a free port of 127.0.0.1."""
        self.port = free_port()
        command = [*self._arguments(), "--auth", "none", "--bind-addr", f"127.0.0.1:{self.port}"]
        command += ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"]
        command += ["--locale", self._language] if self._language else []
        with (self._profile / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self._env, stdout=log, stderr=log, start_new_session=True)
        until(self._answers, "the editor's server answers", timeout=60)

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            log = (self._profile / "server.log").read_text(errors="replace")
            raise AssertionError(f"the editor's server ended:\n{log[-3000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=20) as answer:
                return answer.status == 200
        except OSError:
            return False

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Living descendants, of those with `word` in their command line."""
        if self._process is None or self._process.poll() is not None:
            return []
        found = []
        for process in psutil.Process(self._process.pid).children(recursive=True):
            try:
                if word in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill_extension_hosts(self) -> None:
        """Ends them as a crash would."""
        hosts = self.processes("--type=extensionHost")
        assert hosts, "no extension host runs"
        for host in hosts:
            host.kill()
        psutil.wait_procs(hosts, timeout=10)

    def wait_left(self) -> None:
        """Until nothing runs any more for a window that was left: its extension host, and what that has started."""

        def ended() -> bool:
            return not self.processes("--type=extensionHost") and not self.processes("scoredock.server")

        try:
            until(ended, "the extension host of a window that was left to end", timeout=5)
        except AssertionError:
            # It takes the end of a broken connection for a short one.
            self.kill_extension_hosts()
            until(ended, "what the extension host has started to end", timeout=30)

    def log_files(self) -> list[Path]:
        """Everything the editor and its extensions wrote, oldest first."""
        return sorted(self._data.glob("logs/**/*.log"), key=lambda path: path.stat().st_mtime)

    def extension_host_log(self) -> str:
        """Activations of extensions, and why one failed."""
        return "".join(
            path.read_text(errors="replace") for path in self.log_files() if path.name == "remoteexthost.log"
        )

    def stop(self) -> None:
        """Ends the server and whatever it left behind."""
        if self._process is None:
            return
        family = self.processes()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        # Extension hosts would wait a while for a window that comes back.
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(family, timeout=5)
        for process in alive:
            process.kill()
        self._process = None
