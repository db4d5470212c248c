"""Commands in a root of their own: no program and no socket of a container engine is there, and account, umask, clock,
home and the place of the checkout are whatever a test says."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from parts import missing

CHECKOUT = Path(__file__).parents[1]
SERVER = CHECKOUT / "pyserver"
PYTHON = CHECKOUT / ".venv" / "bin" / "python"
ENGINES = ("docker", "dockerd", "podman", "containerd", "ctr", "nerdctl", "buildah", "skopeo", "runc", "crun")
_HIDING = f"""set -e
mount -t tmpfs tmpfs /run
for name in {" ".join(ENGINES)}; do
  for folder in /usr/local/bin /usr/local/sbin /usr/bin /usr/sbin /bin /sbin; do
    if [ -e "$folder/$name" ]; then mount --bind /dev/null "$folder/$name"; fi
  done
done
"""


@dataclass(frozen=True)
class BareRoot:
    """The root of this machine, without any container engine, for the commands that are run in it."""

    home: Path
    account: int = 0
    """Whose number the commands have; the files are this account's own."""
    umask: int = 0o022
    clock: str = ""
    """In the words of `faketime`; empty for the machine's own."""
    server: Path = SERVER
    """Where Scoredock lies; its true place is empty then."""
    variables: Mapping[str, str] = field(default_factory=dict)
    engines: bool = False
    """Whether they can be reached after all: for the test that asks whether it would show."""

    def command(self, words: Sequence[str]) -> list[str]:
        """What runs these words there."""
        if os.geteuid() or not shutil.which("unshare"):
            missing("root and unshare, for a root of its own")
        if self.clock and not shutil.which("faketime"):
            missing("faketime")
        lines = "set -e\n" if self.engines else _HIDING
        if self.server != SERVER:
            lines += f"mount -t tmpfs tmpfs '{SERVER}'\n"
        lines += f'umask {self.umask:04o}\nexec "$@"\n'
        as_account = ["unshare", "--user", f"--map-user={self.account}", f"--map-group={self.account}"]
        clock = ["faketime", "-f", self.clock] if self.clock else []
        return [
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", lines, "root"),
            *(as_account if self.account else []),
            *clock,
            *words,
        ]

    def environment(self) -> dict[str, str]:
        """That of an account who has just logged in, with the certificates of this machine."""
        return {
            **{name: value for name, value in os.environ.items() if name.startswith("SSL_CERT")},
            "PATH": f"{PYTHON.parent}:/usr/bin:/bin",
            "PYTHONPATH": f"{self.server}{os.pathsep}{self.server / 'runtime'}",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            **self.variables,
        }

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(words), cwd=cwd, env=self.environment(), capture_output=True, text=True, check=False
        )

    def scoredock(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """A command of Scoredock."""
        return self.run(str(PYTHON), "-m", "scoredock.cli", *words, cwd=cwd)
