"""Conda packages of a packaged folder: their lock, those that no address brings, and what installs them."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.environments.conda.channels import addresses, without_tokens
from scoredock.environments.conda.lock import CondaLock, LockedPackage
from scoredock.environments.spec import CondaPackages
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging import conda_install
from scoredock.progress import CancelToken

LOCK, LOCAL, SCRIPT, INSTALLER = "conda-lock.json", "conda-packages", "install_conda.py", "installer-requirements.txt"
"""In the folder: what is installed, files of it that no network brings, and by what."""
INSTALLER_IMAGE = "python:3.12-slim"
"""Where conda packages are installed; nothing but the finished environment leaves it."""

# pip for what pip brings: conda's own Python may have none.
_INSTALLER = """\
pip==25.3 \\
    --hash=sha256:9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd
py-rattler==0.28.0 \\
    --hash=sha256:1c566fb1b0fc3d0d892b7ba021d6863aaff1f476c245178a07f560729aa7ecdb \\
    --hash=sha256:31c6770fc2294855488532b015bc051ac3e785c30c46ddea29ea82f6b7b55876 \\
    --hash=sha256:4f4ab1d34d5394e7ce130a86e59009c95ace4f5757d9c3af04de1351bcea47eb \\
    --hash=sha256:595e415bc27f01bd95cc3c03138c0dc4087d57d8db2e80c72ca0063ee66c01b8 \\
    --hash=sha256:6108ea83ba3d2a2637afa45cf655d0b3ae0a4ab1106dde84de2da8c08b1e16df \\
    --hash=sha256:61b24202374188e72130f1b3dc63b455befaafc3e49e5481a38b6a6c8828c1e0 \\
    --hash=sha256:6218478af88d45ac1e08e605ede4f67bbe4ffbbbb40b5e32622a4746f98fe331 \\
    --hash=sha256:6a0312ba34d4e709fe5f20df6de617b9a4cd1e9293f2c8eaad2fb9c699a26746 \\
    --hash=sha256:81cef9b72c334c54442135badfedaf2db18622c37fe18d0261a52ee4a54c0fd4 \\
    --hash=sha256:84aef2aca9df0f8e0b0c635b2ff32c8568ac41e612f6f192fde12b99e48397cd \\
    --hash=sha256:acf5761d639b9a5b0cda990fdf131ae5e97d09f29fab4a144c32285c77275892 \\
    --hash=sha256:bc18e46ed1b7bd72aa3ce48e0cc6582f48d540f956a96e4d6c63edd7373b746b \\
    --hash=sha256:be4b243c1ae8b8009b0d265de8432e59b057639dd48cce2d0f7a445e9f4d271d \\
    --hash=sha256:d25e3eb18127571757f5d9ad7ccd2c2c24aaac5575b28a9cab6463997357a4eb \\
    --hash=sha256:d26db63e41e6efaff75c3d89040b2c78b4887be8e782dff281fb426835308b2b \\
    --hash=sha256:d707bffcf2cf9a0593fb6fb753f3df0c4a9eb2990e61d1748016a32e54a7028d \\
    --hash=sha256:d990d0bd3d2259332d26b96848b522dfc67b0e308a3dce565d08de79b56e531b \\
    --hash=sha256:f08d164065b8b6b7053006b8459af5602f89494b57d4b7404e6281cef2cbb18a
"""


@dataclass(frozen=True, slots=True)
class CondaPart:
    """The conda packages of a folder."""

    lock: CondaLock
    """Its addresses are of channels, or of files of the folder (`conda-packages/linux-64/…`)."""
    files: tuple[tuple[str, Path], ...]
    """Name in the folder and place on this machine of each package that comes along."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that the other packages are fetched from, by name."""
        found = {urlsplit(package.url).netloc for package in self.lock.packages}
        return tuple(sorted(found - {""}))

    @property
    def notes(self) -> tuple[str, ...]:
        without = [package.name for package in self.lock.packages if not package.sha256]
        if not without:
            return ()
        return (
            l10n.t(
                "The channel has no SHA-256 of {packages}, so it is not checked while the image is built.",
                packages=", ".join(without[:5]),
            ),
        )


def conda_part(lock: CondaLock, packages: CondaPackages, mirrors: Sequence[str], service: str) -> CondaPart:
    """Part of a solved environment that the folder takes. `mirrors` are those of the settings.

    Raises ScoredockError `package-not-portable` for channels that ask for a login, `file-not-found` for a package of a
    channel of this machine that is gone, `conda-package-changed` for one that is another now.
    """
    channel_urls = addresses(packages.channels, mirrors)
    private = [without_tokens(address) for address in channel_urls if without_tokens(address) != address]
    if private or any(
        without_tokens(package.url) != package.url or "/t/*****/" in package.url for package in lock.packages
    ):
        raise _refused(
            l10n.t(
                "The environment of {service} has conda packages from a channel that needs a sign-in ({channels}).",
                service=service,
                channels=", ".join(private) or l10n.t("its own"),
            )
        )
    from urllib.request import url2pathname  # brings ssl and http.client along

    locked_packages: list[LockedPackage] = []
    files: list[tuple[str, Path]] = []
    for package in lock.packages:
        scheme = urlsplit(package.url).scheme
        if scheme == "file":
            place = Path(url2pathname(urlsplit(package.url).path))
            name = f"{LOCAL}/{package.subdir}/{package.file_name}"
            files.append((name, place))
            locked_packages.append(replace(package, url=name, channel=LOCAL, sha256=_digest(place, package)))
        elif scheme in ("http", "https"):
            locked_packages.append(package)
        else:
            raise _refused(
                l10n.t(
                    "The environment of {service} has conda packages from {address}, which a build cannot access.",
                    service=service,
                    address=package.url,
                )
            )
    return CondaPart(CondaLock(lock.platform, tuple(locked_packages)), tuple(files))


def write_conda(part: CondaPart, root: Path, cancel: CancelToken) -> None:
    """Lock, packages that come along, and what installs them, into a folder. Raises OSError, `cancelled`."""
    document = json.loads(part.lock.to_json())
    (root / LOCK).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", "utf-8", newline="\n")
    (root / INSTALLER).write_text(_INSTALLER, "utf-8", newline="\n")
    script = Path(conda_install.__file__).read_text("utf-8")
    (root / SCRIPT).write_text(script, "utf-8", newline="\n")
    for name, place in part.files:
        cancel.raise_if_cancelled()
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, root / name)


def docker_platform(requested_platform: str) -> str:
    """The platform, in Docker's words, that conda packages are chosen for, of the one that an environment names.

    Azure ML writes linux/amd64 everywhere, so that word alone is not a wish on a machine of another kind.
    """
    own = "linux/arm64" if platform.machine().lower() in ("arm64", "aarch64") else "linux/amd64"
    return own if requested_platform in ("", "linux/amd64") else requested_platform


def system_here() -> str:
    """The platform of containers that an environment of this machine would run on; empty where it runs on none."""
    return docker_platform("") if platform.system() == "Linux" else ""


def wheel_platform(lock: CondaLock) -> str:
    """Whose wheels go on top of a conda lock, as uv writes it; conda's own Python needs as much."""
    return f"{'aarch64' if lock.platform == 'linux-aarch64' else 'x86_64'}-manylinux_2_28"


def _digest(place: Path, package: LockedPackage) -> str:
    digest = hashlib.sha256()
    try:
        with place.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise ScoredockError(
            "file-not-found",
            l10n.t("The conda package {path} cannot be read: {error}.", path=place, error=error.strerror),
            place=Place(str(place)),
        ) from None
    if package.sha256 not in ("", digest.hexdigest()):
        raise ScoredockError(
            "conda-package-changed",
            l10n.t(
                "{name} {version} is not the file that its channel lists: its SHA-256 is different.",
                name=package.name,
                version=package.version,
            ),
            place=Place(str(place)),
        )
    return digest.hexdigest()


def _refused(message: str) -> ScoredockError:
    return ScoredockError(
        "package-not-portable",
        message,
        l10n.t("Package it as a finished image instead, which contains the environment as it is."),
    )
