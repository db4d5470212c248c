"""Which of a service's files go into a package."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.packaging.code import Code, code_of, copy_code
from scoredock.packaging.package import Account, PackageSource
from scoredock.progress import CancelToken

from scoredock_runtime.contract import ServiceSpec


def source_of(root: Path, *files: str, rules: str = "") -> PackageSource:
    for name in (*files, "src/score.py", "azureml-models/m/1/m.bin", "src/__pycache__/score.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    if rules:
        (root / "src" / ".dockerignore").write_text(rules)
    spec = ServiceSpec(
        name="svc",
        revision=1,
        nonce="",
        python="",
        app_root=".",
        entry_script="src/score.py",
        source_directory="src",
        model_dir="azureml-models",
        port=5001,
    )
    return PackageSource("svc", 1, root, (), spec, Account("", "", "", ""))


def names(code: Code) -> list[str]:
    return [str(entry.name) for entry in code.entries if not entry.is_folder]


def test_all_but_models_caches_and_secrets(tmp_path: Path) -> None:
    code = code_of(source_of(tmp_path, "src/data/a.csv", "src/.env", "src/tls/id.pem", "main.py"), CancelToken())
    assert names(code) == ["main.py", "src/data/a.csv", "src/score.py"]
    assert code.left_out == (".env", "tls/id.pem")
    assert "`!.env`" in code.notes[0]


def test_what_dockerignore_says(tmp_path: Path) -> None:
    rules = "data\n*.md\nnotes\n!notes/kept.txt\n!.env\n"
    files = ("src/data/deep/a.csv", "src/read.md", "src/notes/x.txt", "src/notes/kept.txt", "src/.env")
    code = code_of(source_of(tmp_path, *files, rules=rules), CancelToken())
    assert names(code) == ["src/.dockerignore", "src/.env", "src/notes/kept.txt", "src/score.py"]
    assert code.left_out == ("data", "notes/x.txt", "read.md")
    copy_code(code, tmp_path / "copied", CancelToken())
    assert sorted(str(each.relative_to(tmp_path / "copied")) for each in (tmp_path / "copied").rglob("*")) == [
        "src",
        "src/.dockerignore",
        "src/.env",
        "src/notes",
        "src/notes/kept.txt",
        "src/score.py",
    ]


def test_nothing_is_told_where_nothing_is_left_out(tmp_path: Path) -> None:
    assert code_of(source_of(tmp_path), CancelToken()).notes == ()


def test_the_entry_script_must_not_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(ScoredockError) as refused:
        code_of(source_of(tmp_path, rules="*\n"), CancelToken())
    assert refused.value.code == "package-not-portable"
    assert "`!score.py`" in refused.value.fix
