"""Configurations and manifests of images on a base."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.oci.content import (
    CONFIG,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    LAYER_GZIP,
    LAYER_ZSTD,
    MANIFEST,
    Descriptor,
    Malformed,
    Manifest,
    descriptor_of,
    digest_of,
    to_bytes,
)
from scoredock.oci.images import EPOCH, extend, image_config
from scoredock.oci.layers import StoredLayer


def layer(content: bytes) -> StoredLayer:
    return StoredLayer(descriptor_of(LAYER_GZIP, b"packed " + content), digest_of(content), len(content))


BASE: dict[str, Any] = {
    "architecture": "amd64",
    "os": "linux",
    "os.features": ["strange"],
    "config": {
        "Env": ["PATH=/bin", "LANG=C"],
        "Cmd": ["bash"],
        "Labels": {"a": "1", "b": "2"},
        "Healthcheck": {"Test": ["NONE"]},
        "OnBuild": None,
        "ArgsEscaped": True,
    },
    "rootfs": {"type": "layers", "diff_ids": [digest_of(b"base")]},
    "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "debootstrap"}],
}


def test_what_the_base_says_is_kept_and_what_changes_is_merged() -> None:
    changes = {
        "Env": ["LANG=C.UTF-8", "PORT=5001"],
        "Labels": {"b": "3"},
        "Entrypoint": ["/opt/python"],
        "Cmd": None,
        "User": "1000:1000",
    }
    document = json.loads(image_config(BASE, [(layer(b"one"), "models"), (layer(b"two"), "code")], changes))
    assert document["config"] == {
        "Env": ["PATH=/bin", "LANG=C.UTF-8", "PORT=5001"],
        "Labels": {"a": "1", "b": "3"},
        "Entrypoint": ["/opt/python"],
        "User": "1000:1000",
        "Healthcheck": {"Test": ["NONE"]},
        "OnBuild": None,
        "ArgsEscaped": True,
    }
    assert document["os.features"] == ["strange"]
    assert document["rootfs"]["diff_ids"] == [digest_of(each) for each in (b"base", b"one", b"two")]
    assert document["history"] == [
        *BASE["history"],
        {"created": EPOCH, "created_by": "scoredock", "comment": "models"},
        {"created": EPOCH, "created_by": "scoredock", "comment": "code"},
    ]
    assert document["created"] == EPOCH
    assert BASE["history"] == [{"created": "2024-01-01T00:00:00Z", "created_by": "debootstrap"}], "not changed"


VARIABLES = st.lists(st.tuples(st.sampled_from("ABCD"), st.text(alphabet="=xy ", max_size=4)).map("=".join), max_size=6)


@given(base=VARIABLES, changes=VARIABLES)
def test_of_variables_with_one_name_the_last_counts(base: list[str], changes: list[str]) -> None:
    merged = json.loads(image_config({"config": {"Env": base}}, [], {"Env": changes}))["config"]["Env"]
    names = [each.partition("=")[0] for each in merged]
    assert len(set(names)) == len(names)
    assert dict(each.split("=", 1) for each in merged) == dict(each.split("=", 1) for each in (*base, *changes))


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(ValueError, match="Memory"):
        image_config(BASE, [], {"Memory": 1})


def docker_base(media_type: str = DOCKER_LAYER) -> tuple[Manifest, bytes]:
    content = to_bytes(BASE)
    config = descriptor_of(DOCKER_CONFIG, content)
    return Manifest(config, (Descriptor(media_type, digest_of(b"packed"), 6),), {"of": "the base"}), content


def test_an_image_on_one_of_dockers_is_ocis() -> None:
    base, config = docker_base()
    content, extended = extend(base, config, [(layer(b"one"), "models")], {}, {"of": "ours"})
    document, manifest = json.loads(content), Manifest.from_bytes(content)
    assert document["mediaType"] == MANIFEST
    assert manifest.config == descriptor_of(CONFIG, extended)
    assert [each.media_type for each in manifest.layers] == [LAYER_GZIP, LAYER_GZIP]
    assert manifest.layers[0].digest == base.layers[0].digest
    assert manifest.annotations == {"of": "ours"}
    assert (content, extended) == extend(base, config, [(layer(b"one"), "models")], {}, {"of": "ours"})


def test_layers_of_other_kinds_keep_their_name() -> None:
    base, config = docker_base(LAYER_ZSTD)
    assert Manifest.from_bytes(extend(base, config, [], {}, {})[0]).layers[0].media_type == LAYER_ZSTD


def test_documents_that_do_not_belong_together_are_refused() -> None:
    base, config = docker_base()
    with pytest.raises(Malformed, match="is not"):
        extend(base, config + b" ", [], {}, {})
    with pytest.raises(Malformed, match="2 layers"):
        extend(Manifest(base.config, base.layers * 2), config, [], {}, {})


@pytest.mark.parametrize(
    "base", [{"config": 1}, {"rootfs": []}, {"history": {}}, {"rootfs": {"diff_ids": "x"}}, {"config": {"Env": "A=b"}}]
)
def test_a_base_that_is_no_configuration_is_refused(base: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        image_config(base, [], {"Env": ["A=b"]})
