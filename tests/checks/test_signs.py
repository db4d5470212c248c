"""The extension looks by itself whether a project is one of ours, before there is a server: what the server knows is
found by that look, too, and little else is."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.analysis.project_settings import has_settings
from scoredock.formats.client_kinds import sdk_import
from scoredock.formats.document_kind import kind_of

ROOT = Path(__file__).parents[2]
SUFFIXES = (".py", ".json", ".yml", ".yaml", ".ipynb", ".toml", ".sh", ".ps1")
STARTS = frozenset(
    {
        "entry-script",
        "batch-script",
        "commands",
        "inference-config",
        "deployment-config",
        "workspace-config",
        "project-settings",
        "online-endpoint",
        "online-deployment",
        "batch-endpoint",
        "batch-deployment",
    }
)
LOOK = """
const {look} = require(process.argv[1] + "/look.js"), {isOurs} = require(process.argv[1] + "/signs.js");
const {files, folders} = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const found = [];
  for (const folder of folders) found.push((await look([folder])).file ?? "");
  console.log(JSON.stringify({ours: files.map(([file, text]) => isOurs(file, text)), found}));
})();
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("look")
    sources = [str(ROOT / "extension" / "activation" / name) for name in ("look.ts", "signs.ts")]
    program = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    words = [
        "--bundle",
        "--platform=node",
        "--format=cjs",
        "--log-level=warning",
        f"--outdir={folder}",
    ]
    subprocess.run([str(program), *sources, *words], check=True, timeout=60)
    return folder


def looked(bundle: Path, files: list[tuple[str, str]], folders: list[Path]) -> tuple[list[bool], list[str]]:
    """What the extension says of each text, and which file it finds in each folder."""
    given = json.dumps({"files": files, "folders": [str(folder) for folder in folders]})
    command = ["node", "-e", LOOK, str(bundle)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=300)
    said = json.loads(done.stdout)
    return said["ours"], said["found"]


def texts(*folders: Path) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < 64 * 1024:
                yield str(path), path.read_text(encoding="utf-8-sig", errors="replace")


def is_expected(path: str, text: str) -> bool:
    """Whether a file says that the folder around it is for services: clients, lists of packages and what a notebook
    does besides say it of nothing."""
    kind = kind_of(path, text)
    if kind == "sdk-script":
        found = sdk_import(text)
        return found is not None and "import Run" not in text[found:].splitlines()[0]
    return kind in STARTS and not (kind == "project-settings" and not has_settings(text))


def missed(bundle: Path, files: list[tuple[str, str]]) -> list[str]:
    ours, _ = looked(bundle, files, [])
    return [path for (path, text), is_ours in zip(files, ours, strict=True) if is_expected(path, text) and not is_ours]


def test_what_the_server_knows_the_extension_finds(bundle: Path) -> None:
    files = list(texts(ROOT / "examples", ROOT / "tests" / "samples", ROOT / "tests" / "documents"))
    assert sum(is_expected(*one) for one in files) > 50
    assert missed(bundle, files) == []


def test_a_file_that_is_not_found_is_noticed(bundle: Path) -> None:
    hidden = (
        "score.py",
        "#" * 70_000 + "\ndef init():\n    pass\n\n\ndef run(data):\n    return model(data)\n",
    )
    assert is_expected(*hidden)
    assert missed(bundle, [hidden]) == []
    assert missed(bundle, [("score.ru", hidden[1]), ("a.json", '{"entryScript": "a.py"}')]) == []
    assert looked(bundle, [("a.json", "{}")], [])[0] == [False]


@pytest.mark.long("goes through repositories of others, where they are given")
@pytest.mark.skipif(
    not os.environ.get("SCOREDOCK_CORPUS"),
    reason="SCOREDOCK_CORPUS names no published repositories",
)
def test_published_repositories(bundle: Path) -> None:
    corpus = Path(os.environ["SCOREDOCK_CORPUS"])
    projects = sorted(path for path in corpus.iterdir() if path.is_dir())
    assert missed(bundle, list(texts(corpus))) == []
    _, found = looked(bundle, [], projects)
    assert [project.name for project, file in zip(projects, found, strict=True) if not file] == []
