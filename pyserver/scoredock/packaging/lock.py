"""The exact packages of an environment as a package carries them: what pip installs, with the hashes that it checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.pip.local_packages import local_place
from scoredock.environments.pip.local_wheels import name_and_version
from scoredock.environments.pip.locks import without_credentials
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

_LOCAL = re.compile(r"(-e\s|--editable|[./\\~]|[A-Za-z]:[\\/]|file:)|.*@\s*(file:|[./\\])")
_INDEXES = {
    "-i": "--index-url",
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "-f": "--find-links",
    "--find-links": "--find-links",
}
_LINKS = ("-f", "--find-links")
_HASH = re.compile(r"\s--hash[= ]([a-z0-9]+:[0-9a-f]+)")
CARRIED = "pip-packages"
"""Folder of the files that come along."""
_RUNTIME = "scoredock-runtime"
_TORCH = re.compile(r"torch(?:vision|audio)?==[^+\s]+\+(cpu|cu\d+|xpu|rocm[\d.]+)")
"""Only PyTorch's own indexes have these versions; `UV_TORCH_BACKEND` chooses one."""


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One package of the lock."""

    name: str
    version: str
    """Empty for one that is named by its address."""
    requirement: str
    """As pip takes it, without hashes."""
    hashes: tuple[str, ...]
    """`sha256:…` of each of its files on the index; any of them will do."""
    file: str = ""
    """What comes along for it, by its name; empty where it comes from an index or an address."""


@dataclass(frozen=True, slots=True)
class PackageLock:
    """Packages that pip installs in the image, in order."""

    packages: tuple[LockEntry, ...]
    options: tuple[str, ...]
    """Package indexes that the image can reach."""
    notes: tuple[str, ...]

    @property
    def carried(self) -> tuple[LockEntry, ...]:
        """Packages whose file comes along, in the folder `CARRIED` beside the lock."""
        return tuple(each for each in self.packages if each.file)

    @property
    def hashed(self) -> bool:
        """True if pip can install `text` with `--require-hashes`."""
        return bool(self.unchecked) or all(package.hashes for package in self.packages)

    @property
    def unchecked(self) -> tuple[LockEntry, ...]:
        """Packages without a hash beside others that have one, such as those from Git: pip refuses them in one file."""
        without = tuple(package for package in self.packages if not package.hashes)
        return without if len(without) < len(self.packages) else ()

    @property
    def unchecked_text(self) -> str:
        """A requirements file of those."""
        return "".join(f"{line}\n" for line in (*self.options, *(each.requirement for each in self.unchecked)))

    @property
    def text(self) -> str:
        """A requirements file of the others."""
        # pip looks for it beside the file that names it.
        lines = [*self.options, *([f"--find-links ./{CARRIED}"] if self.carried else [])]
        for package in self.packages:
            if package in self.unchecked:
                continue
            lines.append(" \\\n".join([package.requirement, *(f"    --hash={each}" for each in package.hashes)]))
        return "".join(f"{line}\n" for line in lines)


def package_lock(
    lock: str, requirements: Sequence[str], index_url: str, service: str, *, local: bool = False
) -> PackageLock:
    """Lock for a package from that of a built environment, the lines that the person wrote (for their package indexes)
    and the index of the settings. `local` takes those of which no bytes are named as well, for what is only listed and
    not installed.

    Raises ScoredockError `package-not-portable` for packages of this machine of which no bytes are named, as in
    environments of earlier releases.
    """
    lines = [re.sub(r"(^|\s)#.*$", "", line).strip() for line in lock.replace("\\\n", " ").splitlines()]
    lines = [line for line in lines if line and (not line.startswith("--") or line.startswith("--editable"))]
    here = [_requirement(line) for line in lines if _LOCAL.match(line) and _carried(line) is None]
    if here and not local:
        raise only_here(service, here)
    # Environments of earlier releases have the login of an address in their lock.
    packages = [_locked(without_credentials(line)) for line in lines]
    notes = [
        l10n.t(
            "The sign-in in the address of {package} is left out. Give it to pip when you build the folder.",
            package=line.partition("@")[0].strip(),
        )
        for line in requirements
        if not line.startswith("-") and without_credentials(line) != line
    ]
    options: list[str] = []
    for line in (*([f"--index-url {index_url}"] if index_url else []), *requirements):
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option not in _INDEXES:
            continue
        if option in _LINKS and local_place(value) is not None:
            continue  # what it brought comes along
        address = urlsplit(value.strip())
        if address.scheme not in ("http", "https"):
            notes.append(
                l10n.t("{option} is left out: the image cannot access it.", option=f"{option} {value.strip()}")
            )
        elif address.username or address.password:
            notes.append(
                l10n.t(
                    "{option} for {host} is left out, because it contains credentials.",
                    option=option,
                    host=address.hostname,
                )
            )
        else:
            options.append(f"{_INDEXES[option]} {value.strip()}")
    for package in packages:
        if match := _TORCH.fullmatch(package.requirement):
            options.append(f"--extra-index-url https://download.pytorch.org/whl/{match.group(1)}")
    kept = tuple(package for package in packages if canonicalize_name(package.name) != _RUNTIME)
    return PackageLock(kept, tuple(dict.fromkeys(options)), tuple(notes))


def only_here(service: str, packages: Sequence[str]) -> ScoredockError:
    """Error for packages that no file can be carried of."""
    return ScoredockError(
        "package-not-portable",
        l10n.t(
            "The environment of {service} has packages that exist only on this machine: {packages}.",
            service=service,
            packages=", ".join(packages)[:300],
        ),
        l10n.t("Remove the built environment and deploy again: their files are kept then."),
        details={"packages": list(packages)},
    )


def _requirement(line: str) -> str:
    return re.split(r"\s+--hash[= ]", line, maxsplit=1)[0].strip()


def _carried(line: str) -> LockEntry | None:
    """A package of this machine whose bytes a hash names; None for other lines."""
    requirement, hashes = _requirement(line), tuple(_HASH.findall(f" {line}"))
    place = local_place(requirement)
    if place is None or not hashes:
        return None
    name, version = name_and_version(place.name)
    return LockEntry(name, version, f"{name}=={version}", hashes, place.name) if name else None


def _locked(line: str) -> LockEntry:
    if (carried := _carried(line)) is not None:
        return carried
    requirement, hashes = _requirement(line), tuple(_HASH.findall(f" {line}"))
    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return LockEntry(requirement, "", requirement, hashes)
    version = next((clause.version for clause in parsed.specifier if clause.operator in ("==", "===")), "")
    return LockEntry(parsed.name, version, requirement, hashes)
