"""Fills dist/wheelhouse: the project's three wheels and, from the lock file, every wheel they need for given Pythons.

Run by build.mjs with the project's own virtual environment. Downloads are kept in a cache folder, one sub-folder for
each Python and set of requirements, so that a second run copies only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent
PYSERVER = ROOT / "pyserver"

# pip tries platforms in this order, so the oldest C library that a wheel is offered for comes first.
_MANYLINUX = ("2_5", "2_12", "2_17", "2_28")
_LEGACY = {"2_5": "manylinux1", "2_12": "manylinux2010", "2_17": "manylinux2014"}


@dataclass(frozen=True)
class Platform:
    """What a VSIX target means to pip and to environment markers."""

    tags: tuple[str, ...]
    markers: dict[str, str]


def _linux(machine: str) -> Platform:
    tags: list[str] = []
    for version in _MANYLINUX:
        tags.append(f"manylinux_{version}_{machine}")
        if version in _LEGACY:
            tags.append(f"{_LEGACY[version]}_{machine}")
    markers = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": machine}
    return Platform(tuple(tags), markers)


def _mac(machine: str) -> Platform:
    tags = [f"macosx_{major}_0_{kind}" for major in (11, 12, 13, 14) for kind in (machine, "universal2")]
    tags += [f"macosx_10_{minor}_{kind}" for minor in range(9, 17) for kind in (machine, "universal2", "intel")]
    markers = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": machine}
    return Platform(tuple(tags), markers)


def _windows(machine: str, tag: str) -> Platform:
    markers = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": machine}
    return Platform((tag,), markers)


PLATFORMS = {
    "linux-x64": _linux("x86_64"),
    "linux-arm64": _linux("aarch64"),
    "darwin-x64": _mac("x86_64"),
    "darwin-arm64": _mac("arm64"),
    "win32-x64": _windows("AMD64", "win_amd64"),
    "win32-arm64": _windows("ARM64", "win_arm64"),
}


@dataclass(frozen=True)
class Requirement:
    """One locked package of an exported requirements file."""

    pin: str
    """`name==version`."""
    marker: str
    hashes: tuple[str, ...]

    def applies(self, python: str, platform: Platform) -> bool:
        """Whether any release of this Python on this platform needs it."""
        if not self.marker:
            return True
        fixed = {
            "python_version": python,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
            **platform.markers,
        }
        # A marker may name a patch release; the first and the last of a minor version stand for all.
        return any(
            Marker(self.marker).evaluate(
                {**fixed, "python_full_version": f"{python}.{patch}", "implementation_version": f"{python}.{patch}"}
            )
            for patch in (0, 99)
        )


def parse(text: str) -> list[Requirement]:
    """Reads what `uv export` writes."""
    found: list[Requirement] = []
    for logical in text.replace("\\\n", " ").splitlines():
        line = logical.split("#", 1)[0].strip()
        if not line:
            continue
        hashes = tuple(re.findall(r"--hash=(\S+)", line))
        pin, _, marker = re.sub(r"--hash=\S+", "", line).partition(";")
        found.append(Requirement(pin.strip(), marker.strip(), hashes))
    return found


def export(*arguments: str) -> str:
    """The lock file as pinned, hashed requirements without the project's own packages."""
    command = [
        _uv(),
        "export",
        "--frozen",
        "--no-dev",
        "--no-emit-workspace",
        "--no-header",
        "--no-annotate",
        *arguments,
    ]
    return subprocess.run(command, cwd=PYSERVER, check=True, capture_output=True, text=True).stdout


def _uv() -> str:
    name = "uv.exe" if os.name == "nt" else "uv"
    return str(Path(sys.executable).parent / name)


def download(requirements: list[Requirement], python: str, platform: Platform, cache: Path) -> Path:
    """A folder with the wheels of one Python; made once for each set of requirements."""
    wanted = [item for item in requirements if item.applies(python, platform)]
    lines = "".join(f"{item.pin} {' '.join('--hash=' + digest for digest in item.hashes)}\n" for item in wanted)
    key = hashlib.sha256("\0".join([lines, python, *platform.tags]).encode()).hexdigest()[:20]
    folder = cache / f"cp{python.replace('.', '')}-{key}"
    if folder.is_dir():
        return folder
    partial = cache / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    listing = partial / "requirements.txt"
    listing.write_text(lines, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
    command += [f"--platform={tag}" for tag in platform.tags]
    outcome = subprocess.run(
        [*command, "-d", str(partial), "-r", str(listing)], check=False, capture_output=True, text=True
    )
    if outcome.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        errors = [line for line in outcome.stderr.splitlines() if not line.startswith("WARNING")]
        sys.exit(f"Downloading wheels for Python {python} failed: " + "\n".join(errors[-5:]))
    listing.unlink()
    missing = len(wanted) - len(list(partial.glob("*.whl")))
    if missing:
        shutil.rmtree(partial, ignore_errors=True)
        sys.exit(f"Python {python}: {missing} of {len(wanted)} wheels did not arrive.")
    try:
        partial.rename(folder)
    except OSError:
        # Another run was quicker; its folder holds the same files.
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def build_own(target: Path, repository: str) -> list[Path]:
    """Builds the wheels of scoredock, scoredock-azureml and scoredock-runtime; the same sources give the same bytes.

    With the address of a repository they name it, and the page of scoredock is the README of the project.
    """
    shutil.rmtree(target, ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "1577836800")}
    command = [_uv(), "build", "--quiet", "--all-packages", "--wheel", "--out-dir", str(target)]
    with tempfile.TemporaryDirectory() as scratch:
        sources = _with_address(Path(scratch) / "pyserver", repository) if repository else PYSERVER
        subprocess.run(command, cwd=sources, env=environment, check=True)
    return sorted(target.glob("*.whl"))


def _with_address(copy: Path, repository: str) -> Path:
    """A copy of pyserver whose projects name their repository."""
    shutil.copytree(PYSERVER, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info"))
    urls = f'[project.urls]\nRepository = "{repository}"\nIssues = "{repository}/issues"\n\n'
    for project in (copy / "pyproject.toml", copy / "runtime" / "pyproject.toml", copy / "sdk" / "pyproject.toml"):
        before, head, after = project.read_text(encoding="utf-8").partition("[build-system]")
        project.write_text(before + urls + head + after, encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', (copy / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version, "pyserver/pyproject.toml has a version"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (copy / "README.md").write_text(absolute_links(readme, repository, f"v{version[1]}"), encoding="utf-8")
    return copy


def absolute_links(markdown: str, repository: str, revision: str) -> str:
    """The text with every link to a file of the checkout, and every image, led to that revision in the repository."""

    def absolute(found: re.Match[str]) -> str:
        kind = "raw" if found["image"] else "blob"
        return f"{found['image']}{found['label']}({repository}/{kind}/{revision}/{found['target']})"

    local = r"(?!https?:|mailto:|#)(?P<target>[^)\s]+)"
    return re.sub(rf"(?P<image>!?)(?P<label>\[[^\]]*\])\({local}\)", absolute, markdown)


def own_requirements(wheels: list[Path]) -> str:
    """The project's own wheels as hashed requirements."""
    lines = []
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{digest}\n")
    return "".join(lines)


def main() -> None:
    """Makes OUT/wheelhouse and OUT/requirements.txt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--target", choices=sorted(PLATFORMS))
    parser.add_argument("--python", action="append", help="such as 3.12; may be repeated")
    parser.add_argument(
        "--own-only", action="store_true", help="build the project's three wheels into OUT, and no more"
    )
    parser.add_argument("--own", type=Path, help="a folder with the project's three wheels, instead of building them")
    parser.add_argument("--repository", default="", help="address of the repository for the wheels that are built")
    options = parser.parse_args()
    if options.own_only:
        build_own(options.out, options.repository)
        return
    if not (options.cache and options.target and options.python):
        parser.error("a wheelhouse needs --cache, --target and --python")
    platform = PLATFORMS[options.target]

    own = sorted(options.own.glob("*.whl")) if options.own else build_own(options.out / "own", options.repository)
    # The client for Kubernetes is small, and is imported only where a cluster is used.
    server = export("--package", "scoredock", "--extra", "kubernetes")
    # Support for conda packages is as large as all the rest, and few need it: it is installed when it is asked for.
    everything = parse(export("--all-packages", "--all-extras", "--no-extra", "conda", "--no-extra", "azure"))
    house = options.out / "wheelhouse"
    shutil.rmtree(house, ignore_errors=True)
    house.mkdir(parents=True)
    for python in options.python:
        for wheel in download(everything, python, platform, options.cache).glob("*.whl"):
            if not (house / wheel.name).exists():
                shutil.copy2(wheel, house / wheel.name)
    for wheel in own:
        shutil.copy2(wheel, house / wheel.name)
    (options.out / "requirements.txt").write_text(own_requirements(own) + server, encoding="utf-8")
    size = sum(wheel.stat().st_size for wheel in house.iterdir())
    print(
        f"{len(list(house.iterdir()))} wheels, {size / 1e6:.1f} MB, for Python {', '.join(options.python)} on"
        f" {options.target}"
    )


if __name__ == "__main__":
    main()
