"""What is judged of images that no daemon here has: of Alpine, conda and python.org, with PyPy, and doubtful ones."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
from scoredock.images.base_tree import BaseJudgement, judge, keeps
from scoredock.images.elf import NotElf, read_head, versions_in
from scoredock.oci.tree import ImageTree, read_tree
from scoredock.progress import CancelToken

from oci_base.python_files import LOADER, SITE, program, python_files

_DEBIAN = 'def getsitepackages(prefixes=None):\n    "dist-packages"\n\nx = 1\n'


def _tree(files: dict[str, str | bytes], links: dict[str, str] | None = None) -> ImageTree:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for path, held in files.items():
            content = held if isinstance(held, bytes) else held.encode()
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
        for path, target in (links or {}).items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return read_tree([lambda: io.BytesIO(output.getvalue())], keeps, CancelToken())


def _config(*variables: str, architecture: str = "amd64") -> dict[str, Any]:
    return {"architecture": architecture, "config": {"Env": list(variables)}}


def _only(judgement: BaseJudgement) -> tuple[str, str, str, tuple[str, ...], str]:
    assert judgement.doubts == ()
    (python,) = judgement.contents.pythons
    return python.path, python.version, python.real, python.sites, python.libc


def test_python_org() -> None:
    files = python_files("usr/local", "3.11", program())
    expected = ("/usr/local/bin/python3.11", "/usr/local/bin/python3.11", ("/usr/local/lib/python3.11/site-packages",))
    path, real, sites = expected
    judgement = judge(_tree(files), _config("PYTHON_VERSION=3.11.9"))
    assert _only(judgement) == (path, "3.11.9", real, sites, "glibc 2.36")
    headers = {"usr/local/include/python3.11/patchlevel.h": '#define PY_VERSION  "3.11.8+"\n'}
    assert _only(judge(_tree({**files, **headers}), _config()))[1] == "3.11.8"
    # They contradict each other; what stands in the program decides.
    assert judge(_tree({**files, **headers}), _config("PYTHON_VERSION=3.11.9")).contents.pythons == ()
    decided = _tree({**files, **headers, "usr/local/bin/python3.11": program(LOADER, "3.11.7")})
    assert _only(judge(decided, _config("PYTHON_VERSION=3.11.9")))[1] == "3.11.7"


def test_alpine() -> None:
    files = python_files("usr", "3.12", program("/lib/ld-musl-aarch64.so.1", machine="arm64"))
    files |= {"lib/ld-musl-aarch64.so.1": "", "lib/apk/db/installed": "P:musl\nV:1.2\n\nP:python3\nV:3.12.3-r1\n"}
    judgement = judge(_tree(files, {"usr/bin/python3": "python3.12"}), _config(architecture="arm64"))
    assert [(python.path, python.version) for python in judgement.contents.pythons] == [
        ("/usr/bin/python3", "3.12.3"),
        ("/usr/bin/python3.12", "3.12.3"),
    ]
    assert {(python.libc, python.machine) for python in judgement.contents.pythons} == {("musl", "aarch64")}


@pytest.mark.parametrize("records", ["var/lib/dpkg/status", "var/lib/dpkg/status.d/python3.11-minimal"])
def test_debian(records: str) -> None:
    files = python_files("usr", "3.11", program(), _DEBIAN)
    status = "Status: install ok installed\n" if records.endswith("status") else ""
    files |= {
        records: f"Package: python3.11-minimal\n{status}Description: text\n more\nVersion: 3.11.0~rc1-2\n",
        "usr/lib/python3/dist-packages/x.py": "",
    }
    assert _only(judge(_tree(files), _config()))[1:4:2] == ("3.11.0", ("/usr/lib/python3/dist-packages",))


def test_conda_and_its_environments() -> None:
    files = {
        **python_files("opt/conda", "3.11", program()),
        **python_files("opt/conda/envs/b", "3.9", program()),
        "opt/conda/conda-meta/python-3.11.5-h1_0.json": "{}",
        "opt/conda/conda-meta/python-dateutil-2.8-0.json": "{}",
        "opt/conda/envs/b/conda-meta/python-3.9.18-h1_0.json": "{}",
        "opt/conda/bin/java": "",
    }
    links = {"opt/conda/bin/python": "python3.11", "opt/conda/envs/b/bin/python": "python3.9"}
    contents = judge(_tree(files, links), _config("PATH=/opt/conda/bin:/usr/bin")).contents
    assert contents.java == "/opt/conda/bin/java"
    assert [(python.path, python.version, python.home) for python in contents.pythons] == [
        ("/opt/conda/bin/python", "3.11.5", "/opt/conda/bin"),
        ("/opt/conda/bin/python3.11", "3.11.5", "/opt/conda/bin"),
        ("/opt/conda/envs/b/bin/python", "3.9.18", "/opt/conda/envs/b/bin"),
    ]


def test_pypy_is_no_cpython() -> None:
    files: dict[str, str | bytes] = {
        "opt/pypy/bin/pypy3.10": program(),
        "opt/pypy/lib/pypy3.10/os.py": "",
        LOADER: "",
    }
    files["opt/other/bin/python3"] = program()
    files["opt/other/lib/pypy3.10/os.py"] = ""
    tree = _tree(files, {"usr/bin/python3": "/opt/pypy/bin/pypy3.10"})
    assert judge(tree, _config(), ["/opt/other/bin/python3"]) == BaseJudgement(judge(tree, {}).contents, ())
    assert judge(tree, {}).contents.pythons == ()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"usr/bin/python3.11": "#!/bin/sh\n"}, "is a script"),
        ({"usr/bin/python3.11": "text"}, "not a program of Linux"),
        ({"usr/bin/python3.11": program(machine="arm64")}, "another machine"),
        ({"usr/bin/python3.11": program("")}, "linked statically"),
        ({"usr/bin/python3.11": program(LOADER, "3.11.2", "3.11.3")}, "which version"),
        ({"usr/bin/python3.11": program()}, "which version"),
        ({"lib64/libc.so.6": "none"}, "which C library"),
        ({"usr/lib/python3.11/site.py": 'PREFIXES.insert(0, "/usr/local")\n' + SITE}, "a way of its own"),
        ({"usr/lib/python3.11/site.py": ""}, "a way of its own"),
    ],
)
def test_what_only_running_tells(changed: dict[str, str | bytes], sentence: str) -> None:
    files = python_files("usr", "3.11", program(LOADER, "3.11.2"))
    assert judge(_tree(files), _config()).doubts == ()
    judgement = judge(_tree({**files, **changed}), _config())
    assert judgement.contents.pythons == ()
    (doubt,) = judgement.doubts
    assert sentence in doubt
    assert "/usr/bin/python3.11" in doubt


def test_accounts_behind_links() -> None:
    tree = _tree(
        {"data/users": "me:x:1:1\n", "opt/group": "me:x:1:\n"}, {"etc/passwd": "/data/users", "etc/group": "/opt/group"}
    )
    judgement = judge(tree, _config())
    assert judgement.contents.group == "me:x:1:"
    assert judgement.doubts == ("/etc/passwd is /data/users, which was not read.",)


def test_versions_in_a_program() -> None:
    assert versions_in(b"\0003.11.2\0", "3.11") == {"3.11.2"}
    assert versions_in(b"\0/build/Python-3.8.18\0", "3.8") == {"3.8.18"}
    assert versions_in(b"\0/opt/3.8.1\0" + b"\0003.8.2rc1+\0", "3.8") == {"3.8.2"}
    assert versions_in(b"\00013.8.1\0 3.8.1 \0\0003.8.1.2\0", "3.8") == set()


def test_a_damaged_head() -> None:
    whole = program(LOADER, "3.11.2")
    assert read_head(whole).interpreter == LOADER
    for length in range(0, 104, 7):
        with pytest.raises(NotElf):
            read_head(whole[:length])
    for at in range(len(whole)):
        changed = whole[:at] + b"\xff" + whole[at + 1 :]
        try:
            read_head(changed)
        except NotElf:
            continue
