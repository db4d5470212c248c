"""Puts a service of v1 that was fetched into a folder: its code unpacked, its configurations written beside it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from scoredock import l10n
from scoredock.context import Operation
from scoredock.contrib.azure.domain.documents import yaml_text
from scoredock.contrib.azure.domain.service_files import (
    CODE,
    CONDA,
    DOCKER_STEPS,
    INFERENCE,
    SERVICE,
    ServiceCode,
    about,
    deploy_words,
    service_texts,
)
from scoredock.errors import ScoredockError
from scoredock.registry.archives.opening import members_of
from scoredock.registry.blobs.source import Limits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_LIMITS = Limits()
_MOST_OF_DRIVER = 256 << 10
_MOST_OF_CONDA = 4 << 20
_PIECE = 1 << 20


class ServicePlacing:
    """Placement of one service: `files` is what was fetched, `place` a folder that does not exist yet."""

    def __init__(self, document: Mapping[str, Any], files: Path, place: Path, operation: Operation) -> None:
        self._document = document
        self._files = files
        self._place = place
        self._operation = operation
        self.notes: list[str] = []
        self.commands: list[str] = []
        """Which deploy it here."""

    def write(self, here: Mapping[str, str], target: Path) -> None:
        """Writes the whole folder; `target` is where the folder will be. Raises ScoredockError for code that cannot be
        unpacked.
        """
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir()
        (self._place / SERVICE).write_text(about(self._document), "utf-8")
        for version in self._document["versions"]:
            below = version["name"]
            if below and not _NAME.fullmatch(below):
                self.notes.append(l10n.t("the version “{name}” has a name that no file can have", name=below))
                continue
            self._write_version(version, here, self._place / below, target / below)
        if len(self._document["versions"]) > 1:
            self.commands += self._endpoint_commands()

    def _write_version(self, version: Mapping[str, Any], here: Mapping[str, str], place: Path, target: Path) -> None:
        code = self._code(version, place / CODE)
        texts = service_texts(self._document, version, code, here)
        for name, text in texts.files.items():
            (place / name).write_text(text, "utf-8")
        self.notes += texts.notes
        models = [here.get(f"model:{each}", each) for each in version["models"]]
        self.notes += [
            l10n.t("it names the model {model}, which did not come", model=each)
            for each in version["models"]
            if f"model:{each}" not in here
        ]
        words = deploy_words(self._document, version, models, str(target), INFERENCE in texts.files)
        self.commands.append(shlex.join(words))

    def _endpoint_commands(self) -> list[str]:
        """Which put its services behind one address, with their shares."""
        name, (first, *others) = self._document["name"], self._document["versions"]
        lines = [["scoredock", "endpoint", "create", name, "--service", name, "--version", first["name"]]]
        for version in others:
            service, share = f"{name}-{version['name']}", version["settings"].get("trafficPercentile") or 0
            words = ["scoredock", "endpoint", "set-version", name, version["name"]]
            lines.append([*words, "--service", service, "--traffic", f"{share:g}"])
        return [shlex.join(line) for line in lines]

    # ------------------------------------------------------------------------------------------ code

    def _code(self, version: Mapping[str, Any], place: Path) -> ServiceCode:
        place.mkdir(parents=True, exist_ok=True)
        driver = ""
        for asset in version["assets"]:
            for file in _files_of(self._files / asset["below"]):
                if asset["driver"] and (wrapper := _wrapper(file)):
                    driver = wrapper
                elif asset["unpack"]:
                    self._unpack(file, place)
                else:
                    self._copy(file, place / file.name)
        conda = self._conda(version, place)
        steps = next(_files_of(self._files / version["folder"] / "docker"), None)
        if steps is not None:
            self._copy(steps, place / DOCKER_STEPS)
        paths = sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
        return ServiceCode(
            [path for path in paths if path not in (CONDA, DOCKER_STEPS)], driver, conda, steps is not None
        )

    def _conda(self, version: Mapping[str, Any], place: Path) -> Any:
        """That of an image: read, and written again, as a name of a file of the code may be its own."""
        file = next(_files_of(self._files / version["folder"] / "conda"), None)
        if file is None or file.stat().st_size > _MOST_OF_CONDA:
            return None
        try:
            document = yaml.safe_load(file.read_text("utf-8", "replace"))
        except (yaml.YAMLError, RecursionError, ValueError):
            document = None
        if not isinstance(document, dict):
            self.notes.append(l10n.t("its conda file cannot be read"))
            return None
        (place / CONDA).write_text(yaml_text(document), "utf-8")
        return document

    def _unpack(self, archive: Path, place: Path) -> None:
        for member in members_of(archive, _LIMITS, self._operation.cancel):
            if member.name and member.opener is not None:
                target = place / member.name
                _require_place(target)
                target.parent.mkdir(parents=True, exist_ok=True)
                with member.opener() as stream, target.open("wb") as output:
                    buffer = memoryview(bytearray(_PIECE))
                    while count := stream.readinto(buffer):
                        output.write(buffer[:count])

    def _copy(self, file: Path, target: Path) -> None:
        _require_place(target)
        shutil.copyfile(file, target)


def _require_place(target: Path) -> None:
    """Raises ScoredockError `model-path-clash` for a file where a folder is, or the other way round."""
    if target.is_dir() or any(parent.is_file() for parent in target.parents):
        raise ScoredockError(
            "model-path-clash", l10n.t("Its code has {name} as a file and as a folder.", name=target.name)
        )


def _files_of(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _wrapper(file: Path) -> str:
    """The text of a script that the SDK wrote around an entry script; empty for an entry script itself."""
    if file.stat().st_size > _MOST_OF_DRIVER:
        return ""
    text = file.read_text("utf-8", "replace")
    return text if "driver_module" in text else ""
