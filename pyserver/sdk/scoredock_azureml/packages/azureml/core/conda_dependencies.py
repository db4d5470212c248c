"""`CondaDependencies`: packages of an environment, as a conda file lists them."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

from azureml._scoredock import modern
from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.paths import here
from azureml._scoredock.server import request
from azureml._scoredock.temporary import scratch_folder
from azureml.exceptions import UserErrorException

PYTHON_DEFAULT_VERSION = "{}.{}".format(*sys.version_info[:2])
"""That of the Python that runs the script: what it has trained is loaded by the same one."""
_DEFAULTS = "azureml-defaults"
_NAME = re.compile(r"[A-Za-z0-9_.\-\[\]]+")
_PLAIN = re.compile(r"(--?)?[A-Za-z0-9][\w./\[\]=<>~!*+@%, :-]*")
"""What stands in YAML without quotes."""
_OTHER_FILES = re.compile(
    r"^[\s-]*[\"']?(?:(?:-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links)\b|\.{1,2}[/\\]|\S+\.whl\b)",
    re.MULTILINE,
)
_BESIDE = re.compile(r"\.{1,2}(?:[/\\]|$)")
CONDA_DEFAULT_CHANNELS = ["conda-forge"]
_PIN = re.compile(r"[A-Za-z\]]\s*={1,3}\s*\d")
_PYTHONS: Dict[str, str] = {}
"""Packages as JSON, and the Python that `_python_of_pins` has found for them."""


class CondaDependencies:
    """Channels, conda packages and pip packages; without a file Python and `azureml-defaults`."""

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 1
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 1

    def __init__(
        self, conda_dependencies_file_path: Optional[str] = None, _underlying_structure: Optional[Dict[str, Any]] = None
    ) -> None:
        self._text = self._as_read = ""
        self._leaves_python_open = False
        conda_dependencies_file_path = here(conda_dependencies_file_path)
        self._path = os.path.abspath(conda_dependencies_file_path) if conda_dependencies_file_path else ""
        if conda_dependencies_file_path and _underlying_structure:
            raise UserErrorException(
                "You can set at most one of conda_dependencies_file_path and _underlying_structure."
            )
        if conda_dependencies_file_path:
            self._structure, self._text = _read(conda_dependencies_file_path)
            self._as_read = json.dumps(self._structure)
        elif _underlying_structure is not None:
            self._structure = _underlying_structure
        else:
            self._structure = _new([_DEFAULTS])
            self._leaves_python_open = True

    @property
    def _is_default(self) -> bool:
        """True if nobody named packages, a Python or channels."""
        return not self._path and self._structure == _new([_DEFAULTS])

    @staticmethod
    def create(
        pip_indexurl: Optional[str] = None,
        pip_packages: Optional[List[str]] = None,
        conda_packages: Optional[List[str]] = None,
        python_version: str = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> "CondaDependencies":
        """Conda dependencies with these packages; `azureml-defaults` is added if no pip packages are named."""
        dependencies = CondaDependencies(_underlying_structure=_new([], python_version))
        # The very object: a script that writes the same number has chosen it.
        dependencies._leaves_python_open = python_version is PYTHON_DEFAULT_VERSION
        for package in conda_packages or ():
            dependencies.add_conda_package(package)
        for package in [_DEFAULTS] if pip_packages is None else pip_packages:
            dependencies.add_pip_package(package)
        if pip_indexurl:
            dependencies.set_pip_index_url(f"--index-url {pip_indexurl}")
        return dependencies

    @staticmethod
    def merge_requirements(requirements: Sequence[str]) -> List[str]:
        """Requirements merged to one line for each package."""
        merged: Dict[str, List[str]] = {}
        for line in requirements:
            found = _NAME.match(line)
            name = found.group() if found else line
            rest = line[len(name) :].strip()
            merged.setdefault(name, []).extend([rest] if rest else [])
        return [name + ",".join(dict.fromkeys(rests)) for name, rests in merged.items()]

    @staticmethod
    def sdk_origin_url() -> str:
        """Address of the package index that the SDK came from."""
        return "https://pypi.python.org/simple"

    @property
    def conda_channels(self) -> Any:
        """Channels, as an iterator."""
        return iter(list(self._structure.get("channels") or ()))

    @property
    def conda_packages(self) -> Any:
        """Conda packages, as an iterator; without the section for pip."""
        return iter([each for each in self._content["dependencies"] if isinstance(each, str)])

    @property
    def pip_packages(self) -> Any:
        """Packages of pip, as an iterator; without options."""
        return iter([each for each in self._pip if not each.startswith("-")])

    @property
    def pip_options(self) -> Any:
        """Lines of the pip section that begin with a dash."""
        return iter([each for each in self._pip if each.startswith("-")])

    def get_default_number_of_packages(self) -> Tuple[int, int]:
        """Numbers of packages of conda and of pip that an object without a file begins with."""
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES, self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def get_python_version(self) -> Optional[str]:
        """Version specifier of `python`, without the operator; None if Python is not listed."""
        line = next((each for each in self.conda_packages if _name(each) == "python"), None)
        return line[len("python") :].lstrip("=<>~ ") or None if line else None

    def set_python_version(self, version: str) -> None:
        """Lists that Python instead of another."""
        self.remove_conda_package("python")
        self._leaves_python_open = False
        self._dependencies.insert(0, f"python={version}")

    def _add_open_python(self) -> None:
        """Lists that of the script, or the one that the pins are for."""
        self.set_python_version(PYTHON_DEFAULT_VERSION)
        self._leaves_python_open = True

    def set_pip_index_url(self, index_url: str) -> None:
        """Sets `--index-url ADDRESS`, instead of another."""
        self._pip[:] = [each for each in self._pip if not each.startswith(("--index-url", "-i "))]
        self.set_pip_option(index_url)

    def add_channel(self, channel: str) -> None:
        """Adds a channel in which conda looks for packages."""
        channels = self._structure.setdefault("channels", [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Removes a channel of conda."""
        channels = self._structure.get("channels") or []
        if channel in channels:
            channels.remove(channel)

    def add_conda_package(self, conda_package: str) -> None:
        """Adds a conda package, instead of another line for the same package."""
        self.remove_conda_package(conda_package)
        if _name(conda_package) == "python":
            self._leaves_python_open = False
        at = next((n for n, each in enumerate(self._dependencies) if isinstance(each, dict)), len(self._dependencies))
        self._dependencies.insert(at, conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Removes a conda package, whatever version of it is listed."""
        self._dependencies[:] = [
            each for each in self._dependencies if not isinstance(each, str) or _name(each) != _name(conda_package)
        ]

    def add_pip_package(self, pip_package: str) -> None:
        """Adds a package of pip, instead of another line for the same package."""
        self.remove_pip_package(pip_package)
        if pip_package.strip():  # pip leaves a blank line out
            self._pip.append(pip_package)

    def remove_pip_package(self, pip_package: str) -> None:
        """Removes a package of pip, whatever version of it is listed."""
        self._pip[:] = [each for each in self._pip if each.startswith("-") or _name(each) != _name(pip_package)]

    def set_pip_option(self, pip_option: str) -> None:
        """Sets an option of pip, instead of the same option with another value. Raises UserErrorException for what is
        not an option.
        """
        if not pip_option.startswith("-"):
            raise UserErrorException(f"Invalid pip option {pip_option}")
        self.remove_pip_option(pip_option)
        self._pip.append(pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Removes an option of pip, whatever value it has."""
        word = pip_option.split()[0]
        self._pip[:] = [each for each in self._pip if not each.startswith("-") or each.split()[0] != word]

    def set_pip_requirements(self, pip_requirements: Sequence[str]) -> None:
        """Sets the requirements of pip to these and no others."""
        self._pip[:] = list(pip_requirements)

    def add_tensorflow_pip_package(self, core_type: str = "cpu", version: Optional[str] = None) -> None:
        """Adds TensorFlow, from pip; the same package serves cores and GPUs."""
        _require_core_type(core_type)
        self.add_pip_package("tensorflow" + (f"=={version}" if version else ""))

    def add_tensorflow_conda_package(self, core_type: str = "cpu", version: Optional[str] = None) -> None:
        """Adds TensorFlow, from conda; the same package serves cores and GPUs."""
        _require_core_type(core_type)
        self.add_conda_package("tensorflow" + (f"={version}" if version else ""))

    def add_cntk_package(self, core_type: str = "cpu") -> None:
        """Adds CNTK, from pip."""
        _require_core_type(core_type)
        self.add_pip_package("cntk")

    def save_to_file(self, base_directory: str, conda_file_path: Optional[str] = None) -> str:
        """Writes the conda file there; gives its name."""
        name = conda_file_path or "conda_dependencies.yml"
        self.save(os.path.join(base_directory, name))
        return name

    def save(self, path: Optional[str] = None) -> str:
        """Writes the conda file; gives its path. Raises UserErrorException for a folder that is not there."""
        place = path or "conda_dependencies.yml"
        if os.path.isdir(place):
            place = os.path.join(place, "conda_dependencies.yml")
        if not os.path.isdir(os.path.dirname(os.path.abspath(place))):
            raise UserErrorException("Cannot save the conda environment specification file to an invalid path.")
        with open(place, "w", encoding="utf-8") as file:
            file.write(self.serialize_to_string())
        return place

    def serialize_to_string(self) -> str:
        """The conda file as text: that of the file it was read from, as long as nothing is changed."""
        if self._text and json.dumps(self._structure) == self._as_read:
            return self._text
        lines: List[str] = []
        for key, value in self._content.items():
            if isinstance(value, list):
                lines.append(f"{key}:")
                lines += [line for each in value for line in _item(each, "")]
            else:
                lines.append(f"{key}: {_scalar(value)}")
        return "\n".join(lines) + "\n"

    def as_dict(self) -> Dict[str, Any]:
        """The content of the conda file."""
        copy: Dict[str, Any] = json.loads(json.dumps(self._content))
        return copy

    def _placed(self) -> Dict[str, Any]:
        """The same for a file elsewhere: folders and wheels that a script has named are where it runs."""
        placed = self.as_dict()
        for each in placed.get("dependencies") or ():
            if isinstance(each, dict):
                each["pip"] = [os.path.abspath(line) if _BESIDE.match(line) else line for line in each.get("pip") or ()]
        return placed

    @property
    def _content(self) -> Dict[str, Any]:
        """Content of the file, with the Python that the pins are for if the script names none and its own cannot have
        them.
        """
        first, others = self._dependencies[:1], self._dependencies[1:]
        if not self._leaves_python_open or first != [f"python={PYTHON_DEFAULT_VERSION}"]:
            return self._structure
        python = _python_of_pins({**self._structure, "dependencies": others})
        return {**self._structure, "dependencies": [f"python={python}", *others]}

    @property
    def _dependencies(self) -> List[Any]:
        found: List[Any] = self._structure.setdefault("dependencies", [])
        return found

    @property
    def _pip(self) -> List[str]:
        for each in self._dependencies:
            if isinstance(each, dict):
                found: List[str] = each.setdefault("pip", [])
                return found
        section: Dict[str, List[str]] = {"pip": []}
        self._dependencies.append(section)
        return section["pip"]

    def __repr__(self) -> str:
        return self.serialize_to_string()


def _new(pip: List[str], python: str = PYTHON_DEFAULT_VERSION) -> Dict[str, Any]:
    return {
        "name": "project_environment",
        "dependencies": [f"python={python}", {"pip": pip}],
        "channels": list(CONDA_DEFAULT_CHANNELS),
    }


def _require_core_type(core_type: str) -> None:
    if core_type not in ("cpu", "gpu"):
        raise UserErrorException(f"Invalid core type {core_type}. Only accept 'cpu' or 'gpu'")


def _read(path: str) -> Tuple[Dict[str, Any], str]:
    """The content of a conda file, as Scoredock reads it, and its text where that says the same anywhere else, too.
    Raises FileNotFoundError and UserErrorException."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    try:
        found = request("environment/definition", path=os.path.abspath(path))
    except ServerFailure as failure:
        raise exception_of(failure, kind=UserErrorException) from None
    structure: Dict[str, Any] = json.loads(found["text"])["python"].get("condaDependencies") or _new([])
    ordered = sorted(structure, key=lambda key: _place(key, text))
    is_whole = os.fspath(path).endswith((".yml", ".yaml")) and not _OTHER_FILES.search(text)
    return {key: structure[key] for key in ordered}, text if is_whole else ""


def _place(key: str, text: str) -> int:
    """Offset of a key in the file; a missing key comes last."""
    found = re.search(rf"^[\"']?{re.escape(key)}[\"']?\s*:", text, re.MULTILINE)
    return found.start() if found else len(text)


def _name(line: str) -> str:
    """Normalized name of the package that a line asks for."""
    found = re.match(r"\s*(?:[\w./-]+::)?([A-Za-z0-9_.\-]+)", line)
    return re.sub(r"[-_.]+", "-", found.group(1)).lower() if found else line


def _item(value: Any, indent: str) -> List[str]:
    if isinstance(value, dict):
        lines: List[str] = []
        for key, items in value.items():
            lines.append(f"{indent}- {key}:")
            lines += [line for each in items for line in _item(each, indent + "  ")]
        return lines
    return [f"{indent}- {_scalar(value)}"]


def _scalar(value: Any) -> str:
    text = str(value)
    plain = isinstance(value, str) and _PLAIN.fullmatch(text) and ": " not in f"{text} " and text.strip() == text
    return (
        text if plain and text.lower() not in ("true", "false", "null", "yes", "no", "on", "off") else json.dumps(value)
    )


def _python_of_pins(packages: Dict[str, Any]) -> str:
    """`3.11` for what a conda file lists without a Python; another one than that of the script is printed once."""
    text = json.dumps(packages)
    if modern.is_wanted() or not _PIN.search(text):  # to modernize moves the pins to those of the script's own Python
        return PYTHON_DEFAULT_VERSION
    if text not in _PYTHONS:
        _PYTHONS[text] = _nearest_python(text)
    return _PYTHONS[text]


def _nearest_python(text: str) -> str:
    with scratch_folder("script") as folder:
        path = os.path.join(folder, "conda.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)  # JSON is YAML
        try:
            answer = request("environment/definition", path=path, python=PYTHON_DEFAULT_VERSION)
        except ServerFailure:  # said where the packages are registered or installed
            return PYTHON_DEFAULT_VERSION
    if answer["nearestPython"]:
        print(answer["reason"], file=sys.stderr)
    return answer["nearestPython"] or PYTHON_DEFAULT_VERSION
