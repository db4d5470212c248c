"""Who may do what in one data folder: the table of docs/security.md, with real accounts."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cli.conftest import SCRIPT
from depth import LONG
from parts import missing

pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="acts as several accounts")

CHECKOUT = Path(__file__).parents[2]
ANN, BOB = 61234, 61235
"""Numbers that no system has a name for."""
ROW = re.compile(r"\| (?P<who>[^|]+) \| (?P<reads>yes|no|as empty) \| (?P<changes>yes|no) \| `?(?P<code>[a-z-]*)`? ?\|")


@dataclass(frozen=True)
class Account:
    """Runs `scoredock …` as the account of a number, in a folder that all may read."""

    number: int
    home: Path
    """The data folder."""
    folder: Path
    groups: tuple[int, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        groups = f"--groups={','.join(map(str, self.groups))}" if self.groups else "--clear-groups"
        command = ["setpriv", f"--reuid={self.number}", f"--regid={self.number}", groups]
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder.parent / f"home-{self.number}"),
            "SCOREDOCK_HOME": str(self.home),
            **self.variables,
        }
        return subprocess.run(
            [*command, sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def code(self, *words: str) -> str:
        """Of the refusal; empty for a command that works."""
        done = self.run(*words, "--json")
        return str(json.loads(done.stderr)["error"]["code"]) if done.returncode else ""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account may enter, with a project and a model in it."""
    folder = Path(tempfile.mkdtemp(prefix="scoredock-accounts-"))
    folder.chmod(0o755)
    project = folder / "project"
    project.mkdir()
    (project / "score.py").write_text(SCRIPT)
    (project / "model.txt").write_text("weights")
    for number in (ANN, BOB):
        (folder / f"home-{number}").mkdir(mode=0o700)
        os.chown(folder / f"home-{number}", number, number)
    if subprocess.run(["setpriv", f"--reuid={ANN}", "test", "-r", str(CHECKOUT / "pyserver")], check=False).returncode:
        missing("a checkout that other accounts may read")
    yield folder
    subprocess.run(["umount", "--quiet", str(folder / "data")], check=False)  # of `one_for_all`
    shutil.rmtree(folder)


def account(place: Path, number: int) -> Account:
    return Account(number, place / "data", place / "project")


def filled(place: Path) -> Account:
    """Ann, with a model in her data folder."""
    (place / "data").mkdir(mode=0o755)
    os.chown(place / "data", ANN, ANN)
    ann = account(place, ANN)
    ann.ok("model", "register", "model.txt", "--name", "one")
    return ann


def owner(place: Path) -> Account:
    return filled(place)


def root(place: Path) -> Account:
    return replace(filled(place), number=0)


def stranger(place: Path) -> Account:
    return replace(filled(place), number=BOB)


def same_group(place: Path) -> Account:
    ann = filled(place)
    ann.home.chmod(0o770)
    return replace(ann, number=BOB, groups=(ANN,))


def volume(place: Path) -> Account:
    (place / "data").mkdir()
    (place / "data").chmod(0o777)
    return account(place, ANN)


def sudo_before_the_owner(place: Path) -> Account:
    person = account(place, 0)
    return replace(person, home=place / f"home-{ANN}" / "share" / "data", variables={"SUDO_UID": str(ANN)})


def homeless(place: Path) -> Account:
    return replace(account(place, ANN), home=place / "data")


def after_sudo(place: Path) -> Account:
    """As one that registered with an earlier release and `sudo` has left it."""
    ann = filled(place)
    given_to_root(ann.home / "workspaces" / "local" / "blobs" / "sha256")
    return ann


def one_for_all(place: Path) -> Account:
    """A disk on which all files are Ann's, whoever makes them, seen by root."""
    if not shutil.which("bindfs"):
        missing("bindfs")
    (place / "data").mkdir()
    (place / "disk").mkdir()
    owner_of_all = [f"--force-user={ANN}", f"--force-group={ANN}", "--chown-ignore"]
    subprocess.run(["bindfs", *owner_of_all, str(place / "disk"), str(place / "data")], check=True)
    root = account(place, 0)
    root.ok("model", "register", "model.txt", "--name", "one")
    return root


BUILDERS: dict[str, Callable[[Path], Account]] = {
    "its owner": owner,
    "root": root,
    "another account": stranger,
    "another account in its group": same_group,
    "whoever comes first": volume,
    "root by `sudo`": sudo_before_the_owner,
    "an account without a home": homeless,
    "its owner, after another wrote": after_sudo,
    "any account, on a disk": one_for_all,
}
"""How the rows of the table begin."""


def table() -> list[dict[str, str]]:
    text = (CHECKOUT / "docs" / "security.md").read_text("utf-8")
    section = text.partition("## Who may do what in one data folder")[2].partition("\n## ")[0]
    return [match.groupdict() for match in map(ROW.match, section.splitlines()) if match is not None]


ROWS = {
    next(key for key in sorted(BUILDERS, key=len, reverse=True) if row["who"].startswith(key)): row for row in table()
}


def given_to_root(path: Path) -> None:
    for each in (path, *path.rglob("*")):
        os.chown(each, 0, 0)


def owners(folder: Path) -> dict[str, int]:
    return {str(each): each.lstat().st_uid for each in (folder, *folder.rglob("*")) if folder.exists()}


def test_every_row_is_asked() -> None:
    assert set(ROWS) == set(BUILDERS)


@pytest.mark.parametrize("who", BUILDERS)
def test_an_account_may_what_the_table_says(place: Path, who: str) -> None:
    row, acting = ROWS[who], BUILDERS[who](place)
    before = owners(acting.home)
    listing, checking = acting.run("model", "list"), acting.run("check", "score.py")
    if row["reads"] == "no":
        assert f"[{row['code']}]" in listing.stderr
    else:
        assert listing.returncode == 0, listing.stderr
        assert ("one:1" in listing.stdout) == (row["reads"] == "yes" and who != "whoever comes first")
    assert checking.returncode == 0, "what is checked lies in the project"
    assert "1 file checked: nothing found" in checking.stderr
    assert len(checking.stderr.splitlines()) <= 2
    assert acting.code("model", "register", "model.txt", "--name", "two") == row["code"]
    assert bool(row["code"]) == (row["changes"] == "no")
    assert {path: number for path, number in owners(acting.home).items() if path in before} == before
    if row["changes"] == "no":
        assert owners(acting.home).keys() == before.keys(), "refused before anything is written"
    else:
        assert len(set(owners(acting.home / "workspaces").values())) == 1


@pytest.mark.parametrize("number", [0, BOB])
def test_the_refusal_says_whose_it_is_and_the_command_that_works(place: Path, number: int) -> None:
    ann = filled(place)
    done = replace(ann, number=number).run("model", "register", "model.txt", "--name", "two")
    name = "root" if number == 0 else f"user {number}"
    assert f"The data folder {ann.home} belongs to user {ANN}; you are {name}. [workspace-not-yours]" in done.stderr
    assert "read-only" not in done.stderr
    command = re.search(r"`sudo (-u '#\d+' scoredock --home \S+) …`", done.stderr)
    assert command is not None, done.stderr
    user, _, *words = shlex.split(command.group(1))[1:]
    ann = replace(ann, number=int(user.removeprefix("#")), home=place / "elsewhere")
    ann.ok(*words, "model", "register", "model.txt", "--name", "two")


LEFT = ["blobs/sha256", "manifests", "store.sqlite3", "store.lock", "audit", ".", ".."]
"""Below the workspace, as somebody else may have made it."""


@pytest.mark.parametrize("path", LEFT if LONG else LEFT[::2])
def test_what_another_account_has_left_is_named_with_the_command_that_mends_it(place: Path, path: str) -> None:
    ann = filled(place)
    left = ann.home / "workspaces" / "local" / path
    left = left.resolve()
    if not left.exists():
        left.touch(mode=0o600)
    given_to_root(left)
    sentence = f"{left} belongs to root"
    rows = json.loads(ann.run("doctor", "--json").stdout)["rows"]
    (permissions,) = [row for row in rows if row["id"] == "permissions"]
    assert permissions["state"] == "broken"
    assert sentence in permissions["sentence"]
    verified = ann.run("workspace", "verify")
    assert verified.returncode == 1
    assert sentence in verified.stdout + verified.stderr
    refused = ann.run("model", "register", "model.txt", "--name", "two")
    assert refused.returncode == 0 or "[workspace-not-yours]" in refused.stderr
    assert "read-only" not in refused.stderr
    command = f"sudo chown -R {ANN} {ann.home}"
    assert command in permissions["fix"]
    assert command in verified.stdout + verified.stderr
    subprocess.run(shlex.split(command)[1:], check=True)
    ann.ok("model", "register", "model.txt", "--name", "three")
    assert "no problems found" in ann.ok("workspace", "verify")


WORDS = (
    "service deploy adder --entry-script score.py",
    "batch run --name nightly --entry-script score.py --input model.txt",
    "drift schedule nightly --target new.csv --baseline old.csv --every 1d",
    "drift compare score.py --baseline model.txt",
    "workspace create experiments",
    "workspace engine docker",
    "environment suggest score.py",
    "service list",
    "event list",
    "workspace gc",
    "workspace run",
    "doctor --repair permissions",
)


@pytest.mark.parametrize("words", WORDS if LONG else WORDS[::3])
def test_root_leaves_nothing_in_the_folder_of_another(place: Path, words: str) -> None:
    ann = filled(place)
    replace(ann, number=0).run(*words.split())
    assert set(owners(ann.home).values()) == {ANN}


def test_a_lock_that_root_left_is_named(place: Path) -> None:
    ann = filled(place)
    lock = ann.home / "workspaces.lock"
    given_to_root(lock)
    done = ann.run("workspace", "create", "experiments")
    assert f"{lock} belongs to root; you are user {ANN}." in done.stderr
