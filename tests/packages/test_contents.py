"""What lies in a package, and that equal inputs make equal packages."""

from __future__ import annotations

import json
import subprocess
import tarfile
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.images.built import BASE
from scoredock.packaging.sums import Summed, sums_text
from scoredock.services.packaging.service_package import Packaged
from scoredock.services.request import DeployRequest

import bills_of_materials
from docker_daemon import base_image, base_of_its_own, docker, docker_host
from pace import patience
from planted_source import DOTENV, KEPT, TAKEN, WORDS, planted_source
from saved_images import built_by, traces

from .conftest import Shop, new_name, opened, plain_build

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def inside(made: Packaged) -> Path:
    assert made.folder is not None
    return made.folder


def test_equal_inputs_make_equal_packages(shop: Shop, folder: Packaged, ca_base: str, tmp_path: Path) -> None:
    again = shop.package(tmp_path / "again", ca_base)
    assert again.digests == folder.digests
    assert all(len(each) == 64 for each in (again.digests.context, again.digests.lock, again.digests.tree))
    for file in ("SHA256SUMS", "sbom.cdx.json", "Dockerfile", "requirements.txt"):
        assert (inside(again) / file).read_bytes() == (inside(folder) / file).read_bytes()
    # The label is about the package, not in the image.
    named = shop.package(tmp_path / "named", ca_base, label="2")
    assert (named.digests.context, named.digests.lock) == (folder.digests.context, folder.digests.lock)
    assert named.digests.tree != folder.digests.tree
    changed = replace(shop.wanted, environment_variables={"SAID": "else"})
    assert shop.package(tmp_path / "changed", ca_base, deploy=changed).digests.context != folder.digests.context


def test_the_checksums_hold(folder: Packaged) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=inside(folder), capture_output=True)
    assert done.returncode == 0, done.stdout
    named = {line.split("  ", 1)[1] for line in (inside(folder) / "SHA256SUMS").read_text().splitlines()}
    assert named == {
        path.relative_to(inside(folder)).as_posix() for path in inside(folder).rglob("*") if path.is_file()
    } - {"SHA256SUMS"}
    assert folder.digests.tree == sha256((inside(folder) / "SHA256SUMS").read_bytes()).hexdigest()
    times = {path.stat().st_mtime for path in inside(folder).rglob("*")}
    assert times == {1_577_836_800.0}


def test_odd_names_are_written_as_sha256sum_reads_them(tmp_path: Path) -> None:
    name = "a\nb\\c"
    (tmp_path / name).write_text("x")
    digest = sha256(b"x").hexdigest()
    (tmp_path / "SHA256SUMS").write_text(sums_text([Summed(name, digest, 1, False)]))
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_bill_of_materials(folder: Packaged) -> None:
    text = (inside(folder) / "sbom.cdx.json").read_text()
    assert bills_of_materials.fault(text) is None
    told = json.loads(text)
    by_kind: dict[str, list[dict[str, object]]] = {}
    for component in told["components"]:
        by_kind.setdefault(component["type"], []).append(component)
    (model,) = by_kind["machine-learning-model"]
    assert (model["name"], model["version"]) == ("factor", "1")
    file = model["components"][0]  # type: ignore[index]
    assert file["hashes"] == [{"alg": "SHA-256", "content": sha256(b"10").hexdigest()}]
    (base,) = by_kind["container"]
    assert base["purl"] == "pkg:docker/scoredock-test-base-ca@bookworm"
    libraries = {str(each["name"]): each for each in by_kind["library"]}
    assert str(libraries["h11"]["purl"]).startswith("pkg:pypi/h11@")
    assert libraries["h11"]["hashes"]
    assert libraries["h11"]["licenses"] == [{"expression": "MIT"}]
    wheel = next(inside(folder).glob("scoredock_runtime-*.whl"))
    runtime = libraries["scoredock-runtime"]
    assert runtime["hashes"] == [{"alg": "SHA-256", "content": sha256(wheel.read_bytes()).hexdigest()}]


def test_the_readme(folder: Packaged) -> None:
    text = (inside(folder) / "README.md").read_text()
    assert (
        f"docker run --rm -p 127.0.0.1:6789:5001 --env SCOREDOCK_ALLOWED_HOSTS=localhost {folder.name.reference}"
        in text
    )
    assert "sha256sum --check SHA256SUMS" in text
    assert folder.digests.context in text
    assert folder.digests.lock in text


def test_the_readme_tells_the_login_and_the_keys(shop: Shop, tmp_path: Path) -> None:
    configuration = tmp_path / "deploymentconfig.json"
    configuration.write_text(
        json.dumps(
            {
                "computeType": "aks",
                "tokenAuthEnabled": True,
                "authEnabled": False,
                "scoringTimeoutMs": 5000,
                "numReplicas": 2,
                "containerResourceRequirements": {
                    "cpu": 0.1,
                    "memoryInGB": 0.25,
                    "cpuLimit": 0.5,
                    "memoryInGBLimit": 0.5,
                },
            }
        )
    )
    made = shop.package(
        tmp_path / "out",
        "registry.example.com:5000/team/python:3.11",
        deploy=replace(shop.wanted, deployment_config=str(configuration)),
    )
    text = (inside(made) / "README.md").read_text()
    assert "docker login registry.example.com:5000 --username NAME --password-stdin < password.txt" in text
    assert "--env SCOREDOCK_KEY_DIGESTS --cpus 0.5 --memory 512m" in text
    assert "does not start without one" in text
    assert any(note.startswith("Tokens are left out") for note in made.notes)
    spec = json.loads((inside(made) / "service" / "spec.json").read_text())
    assert spec["authentication"] == {"key_digests": [], "token_secret": ""}
    assert (spec["scoring_timeout"], spec["worker_count"]) == (5.0, 2)


def test_a_source_folder_of_any_name(shop: Shop, tmp_path: Path) -> None:
    """A Dockerfile gives some characters a meaning; none of the person's stand in it."""
    odd = tmp_path / "my $HOME [a] * dir"
    odd.mkdir()
    (odd / "score.py").write_text((shop.folder / "src" / "score.py").read_text())
    deploy = replace(shop.wanted, entry_script=str(odd / "score.py"), source_directory=str(odd))
    made = shop.package(tmp_path / "out", deploy=deploy)
    text = (inside(made) / "Dockerfile").read_text()
    assert "$HOME" not in text
    assert "COPY --chown=1000:1000 azureml-app/ /var/azureml-app/\n" in text


Layer = list[tuple[str, bytes, int, int, int, str, str]]


def layers_of(images: list[str], folder: Path) -> list[list[Layer]]:
    """Every entry of every layer of each image, without its time. Layers that images share are read once."""
    archive = folder / "images.tar"
    command = ["docker", "-H", docker_host(), "save", "--output", str(archive), *images]
    subprocess.run(command, check=True, capture_output=True, timeout=patience(110))
    read: dict[str, Layer] = {}
    with tarfile.open(archive) as outer:
        manifest = json.load(outer.extractfile("manifest.json"))  # type: ignore[arg-type]
        by_tag = {tag: image["Layers"] for image in manifest for tag in image["RepoTags"]}
        for name in {name for names in by_tag.values() for name in names}:
            layer: Layer = []
            with tarfile.open(fileobj=outer.extractfile(name)) as inner:
                for member in inner:
                    content = inner.extractfile(member) if member.isreg() else None
                    digest = sha256(content.read()).hexdigest() if content else ""
                    layer.append(
                        (member.name, member.type, member.mode, member.uid, member.gid, member.linkname, digest)
                    )
            read[name] = sorted(layer)
    archive.unlink()
    return [[read[name] for name in by_tag[image]] for image in images]


@pytest.mark.long("two whole builds; that equal inputs make equal folders and equal ready images is tested at the gate")
def test_two_builds_without_cache_differ_in_times_only(shop: Shop, folder: Packaged, tmp_path: Path) -> None:
    tags = [f"{shop.name}:{number}" for number in ("one", "two")]
    for tag in tags:
        plain_build(inside(folder), tag, "--no-cache")
    one, two = layers_of(tags, tmp_path)
    assert len(one) == len(two) > 5
    for first, second in zip(one, two, strict=True):
        assert [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]] == []
        assert len(first) == len(second)


@pytest.mark.long(
    "two environments are built; the gate asks it of them in tests/images, and below of what lies on them"
)
def test_two_ready_images_made_with_nothing_kept_between_have_equal_layers(tmp_path: Path) -> None:
    """Whoever makes them, whenever, with whatever in the caches; and none tells who made it, or where."""
    made: list[tuple[str, list[str]]] = []
    name = new_name()
    with base_of_its_own(docker()) as base:
        for person in ("ada", "bob"):
            if made:
                time.sleep(1.1)  # times are kept in whole seconds
            with built_by(person, tmp_path / person) as words, opened(tmp_path / person / "shop", base, name) as own:
                try:
                    ready = own.image("1")
                    told = docker().api.inspect_image(ready.name.reference)
                    assert traces(ready.name.reference, words, above=base, names=("direct_url.json",)) == {}
                finally:
                    removed = remove_all_on(base)
            assert removed == ["package"]
            made.append((ready.digests.context, told["RootFS"]["Layers"]))
    assert made[0] == made[1]


def remove_all_on(base: str) -> list[str]:
    """What the images are that were made on a base of a test's own, the upper ones first; none is left."""
    found = image_calls.labelled(docker(), {BASE: base})
    layers = {each["Id"]: len(docker().api.inspect_image(each["Id"])["RootFS"]["Layers"]) for each in found}
    found.sort(key=lambda each: -layers[each["Id"]])
    for image in found:
        docker().api.remove_image(image["Id"], force=True)
    return [each["Labels"][image_calls.ROLE] for each in found]


def test_two_ready_images_have_equal_layers(shop: Shop, ready: Packaged) -> None:
    time.sleep(1.1)  # times are kept in whole seconds
    again = shop.image("again")
    assert again.digests.context == ready.digests.context
    one, two = (docker().api.inspect_image(each.name.reference) for each in (ready, again))
    assert two["RootFS"]["Layers"] == one["RootFS"]["Layers"]
    told = two["Config"]
    assert told["User"] == "1000:1000"
    assert list(told["ExposedPorts"]) == ["5001/tcp"]
    assert told["Labels"]["com.scoredock.package.digest"] == f"sha256:{again.digests.context}"
    record = shop.registry.assets.get("image", again.record)
    assert record.content["reference"] == again.name.reference
    assert record.content["models"] == ["factor:1"]


@pytest.fixture(scope="module")
def planted(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> DeployRequest:
    """What would be deployed from a source directory with links that lead out and configurations with a password."""
    folder = tmp_path_factory.mktemp("planted")
    script = planted_source(folder / "src", folder / "outside", (shop.folder / "src" / "score.py").read_text())
    return replace(shop.wanted, entry_script=str(script), source_directory=str(script.parent))


def test_links_and_passwords_never_reach_a_folder(shop: Shop, planted: DeployRequest, tmp_path: Path) -> None:
    made = shop.package(tmp_path / "out", deploy=planted)
    held = {path.relative_to(inside(made)): path.read_bytes() for path in inside(made).rglob("*") if path.is_file()}
    app = Path("azureml-app") / "src"
    assert {str(path.relative_to(app)) for path in held if path.is_relative_to(app)} == {*TAKEN} - {".env"}
    assert [path for path in inside(made).rglob("*") if path.is_symlink()] == []
    assert [path for path, content in held.items() if any(each.encode() in content for each in (*WORDS, DOTENV))] == []


def test_links_and_passwords_never_reach_a_ready_image(shop: Shop, planted: DeployRequest) -> None:
    made = shop.image("planted", deploy=planted)
    found = traces(made.name.reference, (*WORDS, DOTENV, KEPT), above=base_image())
    assert found == {KEPT: [f"/var/azureml-app/src/{name}" for name in ("inside.txt", "near.txt")]}


def test_a_ready_image_holds_its_bill_of_materials(ready: Packaged) -> None:
    command = ["docker", "-H", docker_host(), "run", "--rm", "--entrypoint", "cat", ready.name.reference]
    done = subprocess.run([*command, "/opt/scoredock/environment/sbom.cdx.json"], capture_output=True, text=True)
    assert bills_of_materials.fault(done.stdout) is None
    named = {component["name"]: component for component in json.loads(done.stdout)["components"]}
    assert {"factor", "h11", "scoredock-runtime"} <= set(named)
    assert named["scoredock-runtime"]["version"]
    assert named["h11"]["hashes"]
    assert named["h11"]["licenses"] == [{"expression": "MIT"}]


@pytest.mark.parametrize(
    "kind",
    [pytest.param("folder", marks=pytest.mark.long("built by whoever gets it; the ready one is at the gate")), "ready"],
)
def test_an_image_says_what_it_is_and_not_where_it_was_made(
    kind: str, ready: Packaged, request: pytest.FixtureRequest, shop: Shop
) -> None:
    reference = ready.name.reference if kind == "ready" else request.getfixturevalue("built")
    told = docker().api.inspect_image(reference)["Config"]["Labels"]
    assert told["com.scoredock.package.service"] == "package"
    assert told["com.scoredock.package.models"] == "factor:1"
    assert told["org.opencontainers.image.description"] == "Scoring service package, revision 1 with factor:1"
    assert told["org.opencontainers.image.title"] == "package"
    look = 'find / -xdev -name direct_url.json; grep -rlF -e "$0" /opt/scoredock /var/azureml-app /var/scoredock'
    command = ["docker", "-H", docker_host(), "run", "--rm", "--entrypoint", "/bin/sh", reference, "-c", look]
    done = subprocess.run([*command, str(shop.folder)], capture_output=True, text=True, timeout=patience(60))
    assert done.stdout == ""


def test_a_ready_image_is_asked_every_half_minute_and_its_record_has_its_digest(shop: Shop, ready: Packaged) -> None:
    told = docker().api.inspect_image(ready.name.reference)["Config"]
    assert told["Healthcheck"]["Interval"] == 30 * 10**9
    assert shop.registry.assets.get("image", ready.record).tags["digest"] == ready.digests.context
