"""What the VSIX and its wheelhouse hold, and that both install without a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bills_of_materials
import interpreters

ROOT = Path(__file__).resolve().parent.parent.parent
UV = Path(sys.executable).parent / "uv"
CHECK = (
    "import('{module}').then((m) => console.log(m.checkContents(JSON.parse(process.argv[1])))).catch((e) => {{"
    " console.log(e.message); process.exit(7); }})"
)


@pytest.fixture(scope="module")
def vsix() -> Path:
    done = subprocess.run(
        ["node", str(ROOT / "scripts" / "package.mjs")], check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return Path(done.stdout.strip().splitlines()[-1].split("] ", 1)[-1])


@pytest.fixture
def server(vsix: Path, tmp_path: Path) -> Path:
    """The server folder of the VSIX, unpacked."""
    with zipfile.ZipFile(vsix) as archive:
        archive.extractall(
            tmp_path / "vsix", [name for name in archive.namelist() if name.startswith("extension/server/")]
        )
    return tmp_path / "vsix" / "extension" / "server"


def check_contents(names: list[str]) -> tuple[int, str]:
    module = (ROOT / "scripts" / "package.mjs").as_uri()
    done = subprocess.run(
        ["node", "-e", CHECK.format(module=module), json.dumps(names)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout.strip()


def test_the_contents_are_exactly_what_is_allowed(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        names = archive.namelist()
    assert check_contents(names) == (0, str(len(names)))

    code, said = check_contents([*names, "extension/tests/secret.py"])
    assert code == 7
    assert "extension/tests/secret.py" in said
    for of_a_checkout in (".vscode/launch.json", ".devcontainer/devcontainer.json", ".nvmrc", "SECURITY.md"):
        assert check_contents([*names, f"extension/{of_a_checkout}"])[0] == 7, of_a_checkout
    texts = ("package.nls.zh-cn.json", "l10n/bundle.l10n.zh-tw.json")
    for needed in ("dist/extension.js", "THIRD_PARTY_NOTICES.txt", "sbom.cdx.json", *texts):
        code, said = check_contents([name for name in names if name != f"extension/{needed}"])
        assert (code, f"lacks extension/{needed}." in said) == (7, True), needed
    code, said = check_contents([name for name in names if "-cp313-" not in name])
    assert code == 7
    assert "3.13" in said


def test_the_manifest_ships_without_what_only_a_checkout_needs(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        manifest = json.loads(archive.read("extension/package.json"))
        identity = archive.read("extension.vsixmanifest").decode()
    assert not {"devDependencies", "dependencies"} & manifest.keys()
    assert manifest["scripts"] == {"vscode:uninstall": "node ./dist/uninstall.js"}
    assert manifest["extensionKind"] == ["workspace"]
    assert f'TargetPlatform="{"linux-x64" if sys.platform == "linux" else sys.platform}' in identity


def test_every_locked_requirement_has_hashes_and_ours_match(server: Path) -> None:
    text = (server / "requirements.txt").read_text()
    requirements = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in requirements)
    for name in ("scoredock", "scoredock_azureml", "scoredock_runtime"):
        (wheel,) = (server / "wheelhouse").glob(f"{name}-*.whl")
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() in text


SERVER_PYTHONS = [python for version, python in interpreters.found().items() if version != "3.9"]
OTHER = pytest.mark.long(
    "the oldest Python needs the most packages; test_the_contents asks for the wheels of each Python"
)


@pytest.mark.parametrize(
    "python", [*SERVER_PYTHONS[:1], *(pytest.param(each, marks=OTHER) for each in SERVER_PYTHONS[1:])], ids=str
)
def test_server_and_runtime_install_without_a_network(server: Path, tmp_path: Path, python: Path) -> None:
    house = server / "wheelhouse"
    # A broken index and an empty cache: only the wheelhouse can answer.
    env = {
        **os.environ,
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    offline = ["--offline", "--no-index", "--find-links", str(house)]
    for words, probe in (
        (
            ["--require-hashes", "-r", str(server / "requirements.txt")],
            "import scoredock, scoredock_azureml, pygls, yaml, psutil, docker",
        ),
        (["scoredock-runtime[fast,rawhttp]"], "import scoredock_runtime, h11, httptools, orjson, flask"),
    ):
        venv = tmp_path / "venv"
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run(
            [str(UV), "venv", "--quiet", "--python", str(python), str(venv)], env=env, check=True, timeout=60
        )
        done = subprocess.run(
            [str(UV), "pip", "install", "--quiet", "--python", str(venv / "bin" / "python"), *offline, *words],
            env=env,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        subprocess.run([str(venv / "bin" / "python"), "-I", "-c", probe], check=True, timeout=60)


def test_the_own_wheels_are_built_to_the_same_bytes_twice(
    tmp_path: Path, require: Callable[[object, str], None]
) -> None:
    require(UV.exists(), "uv in the project's environment")
    digests = []
    for number in (1, 2):
        target = tmp_path / str(number)
        env = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800"}
        command = [str(UV), "build", "--quiet", "--all-packages", "--wheel", "--out-dir", str(target)]
        subprocess.run(command, cwd=ROOT / "pyserver", env=env, check=True, timeout=120)
        digests.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in target.glob("*.whl")})
    assert digests[0] == digests[1]
    assert {re.split(r"-\d", name)[0] for name in digests[0]} == {"scoredock", "scoredock_azureml", "scoredock_runtime"}


def test_the_terms_of_all_that_is_brought_are_told(vsix: Path, server: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        notices = archive.read("extension/THIRD_PARTY_NOTICES.txt").decode()
        written = archive.read("extension/sbom.cdx.json").decode()
    assert bills_of_materials.fault(written) is None
    listed = {(each["name"], each["version"]) for each in json.loads(written)["components"]}
    wheels = [re.match(r"(.+?)-(.+?)-", path.name) for path in (server / "wheelhouse").glob("*.whl")]
    brought = {(found[1].replace("_", "-").lower(), found[2]) for found in wheels if found is not None}
    own = {each for each in brought if each[0].startswith("scoredock")}
    assert brought - own <= listed
    bundled = packages_of_the_bundle()
    assert {name for name, _ in bundled} >= {"vscode-languageclient", "vscode-jsonrpc"}
    assert bundled <= listed
    for name, version in listed:
        assert re.search(rf"^=+\n{re.escape(name)} {re.escape(version)} \(\S.*\)\n", notices, re.MULTILINE), name


def packages_of_the_bundle() -> set[tuple[str, str]]:
    """Name and version of each npm package that a file of the bundles comes from."""
    found = set()
    for name in json.loads((ROOT / "dist" / "bundle.json").read_text()):
        above, inside, _ = name.rpartition("node_modules/")
        if inside:
            owner, _, rest = name.removeprefix(above + inside).partition("/")
            folder = f"{owner}/{rest.partition('/')[0]}" if owner.startswith("@") else owner
            told = json.loads((ROOT / above / "node_modules" / folder / "package.json").read_text())
            found.add((told["name"], told["version"]))
    return found


def test_a_package_that_tells_no_terms_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("[]")
    with zipfile.ZipFile(tmp_path / "silent-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("silent-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: silent\nVersion: 1.0\n")
    words = ["--bundle", tmp_path / "bundle.json", "--wheels", tmp_path, "--out", tmp_path / "out"]
    script = ROOT / "scripts" / "notices.py"
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "silent 1.0" in done.stderr
    assert not (tmp_path / "out").exists()


def test_our_own_wheels_bring_their_licence(server: Path) -> None:
    terms = (ROOT / "LICENSE").read_bytes()
    for wheel in (server / "wheelhouse").glob("scoredock*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            (found,) = [name for name in archive.namelist() if name.endswith("dist-info/licenses/LICENSE")]
            assert archive.read(found) == terms


LINKS = (
    "import('{module}').then((m) => console.log(JSON.stringify(m.linksOf(...JSON.parse(fs.readFileSync(0, 'utf8'))))))"
)


def links_of(text: str, page: str) -> list[dict[str, Any]]:
    """Every link and picture of a page: `picture`, `href`, and the `target` it leads to from the extension's folder."""
    module = (ROOT / "scripts" / "packagedPages.mjs").as_uri()
    command = ["node", "-e", LINKS.format(module=module)]
    given = json.dumps([text, page])
    done = subprocess.run(command, input=given, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def anchors_of(text: str) -> set[str]:
    """Of the headings of a page, as the editor's Markdown makes them, and those that are written."""
    titles = re.findall(r"^#{1,6} +(.+?)\s*$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", title).lower() for title in titles]
    made = {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", title)) for title in plain}
    return made | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_link_of_the_documentation_leads_to_what_is_in_the_vsix(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        names = {name.removeprefix("extension/") for name in archive.namelist()}
        pages = {
            name: archive.read(f"extension/{name}").decode()
            for name in names
            if name.startswith("docs/") and name.endswith(".md")
        }
    assert {
        "docs/README.md",
        "docs/zh-cn/README.md",
        "docs/zh-tw/README.md",
        "docs/getting-started.md",
        "docs/rules/README.md",
        "docs/rules/SD101.md",
    } <= set(pages)
    assert not any("internals" in name or "decisions" in name for name in names)
    text = "\n".join(pages[page] for page in sorted(pages))
    assert "getting-started.md" in text
    dead: list[str] = []
    for page in sorted(name for name in pages if "/rules/SD" not in name):
        for link in links_of(pages[page], page):
            target, at = link["target"], link["href"].partition("#")[2]
            if target and target not in names and f"{target.rstrip('/')}/README.md" not in names:
                dead.append(f"{page}: {link['href']}")
            elif at and target.endswith(".md") and at not in anchors_of(pages[target]):
                dead.append(f"{page}: {link['href']} (no such heading)")
    assert dead == []


@pytest.mark.long("one process of Node for each of 400 pages, which are made by one function")
def test_every_link_of_the_rules_leads_to_what_is_in_the_vsix(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        names = {name.removeprefix("extension/") for name in archive.namelist()}
        for page in sorted(name for name in names if re.match(r"docs/rules/SD\d+\.md", name)):
            targets = [link["target"] for link in links_of(archive.read(f"extension/{page}").decode(), page)]
            assert {target for target in targets if target} <= names, page


def test_the_page_of_the_extension_needs_no_network(vsix: Path) -> None:
    """The editor shows pictures from https: and data: there, and follows neither relative links nor commands."""
    with zipfile.ZipFile(vsix) as archive:
        for name in ("readme.md", "changelog.md"):
            text = archive.read(f"extension/{name}").decode()
            for link in links_of(text, name):
                wanted = ("data:image/png;base64,", "data:image/gif;base64,") if link["picture"] else ("#", "https:")
                assert link["href"].startswith(wanted), link["href"][:80]
        readme = archive.read("extension/readme.md").decode()
    assert (readme.count("](data:image/gif;base64,"), readme.count("](data:image/png;base64,")) == (1, 2)
    assert "**Scoredock: Open Documentation**" in readme


def test_no_address_is_invented(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        shipped = json.loads(archive.read("extension/package.json"))
    declared = json.loads((ROOT / "package.json").read_text())
    for key in ("repository", "bugs", "homepage"):
        assert (key in shipped) == ("repository" in declared), key


def test_every_page_that_the_extension_names_is_packed(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        names = set(archive.namelist())
        text = archive.read("extension/package.nls.json").decode()
        media = archive.read("extension/package.json").decode()
    pages = re.findall(r"command:scoredock\.openDocumentation\?%22([^%]+)%22", text)
    assert len(pages) >= 3
    assert {f"extension/docs/{page}" for page in pages} <= names
    pictures = re.findall(r'"(media/walkthrough/[^"]+)"', media)
    assert len(set(pictures)) == 10
    assert {f"extension/{picture}" for picture in pictures} <= names
    grammars = [each["path"].removeprefix("./") for each in json.loads(media)["contributes"]["grammars"]]
    assert {f"extension/{grammar}" for grammar in grammars} <= names
