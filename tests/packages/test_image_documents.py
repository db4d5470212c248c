"""Documents of images beside the image specification of OCI: its facts as a schema, as no package has them whole, and
the looser schemas that oras checks manifests with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from oras import schemas

from cli.conftest import Terminal
from packages.test_platforms import DEPLOY, base, content, terminal, words  # noqa: F401 (two fixtures)

_TYPE = r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$"
_DIGEST = r"^sha256:[a-f0-9]{64}$"
_TEXTS = {"type": "object", "patternProperties": {".{1,}": {"type": "string"}}}
_PLATFORM = {
    "type": "object",
    "required": ["architecture", "os"],
    "properties": {"architecture": {"type": "string"}, "os": {"type": "string"}, "variant": {"type": "string"}},
}
DESCRIPTOR: dict[str, Any] = {
    "type": "object",
    "required": ["mediaType", "digest", "size"],
    "additionalProperties": False,
    "properties": {
        "mediaType": {"type": "string", "pattern": _TYPE},
        "digest": {"type": "string", "pattern": _DIGEST},
        "size": {"type": "integer", "minimum": 0},
        "annotations": _TEXTS,
        "platform": _PLATFORM,
        "artifactType": {"type": "string", "pattern": _TYPE},
    },
}
MANIFEST: dict[str, Any] = {
    "type": "object",
    "required": ["schemaVersion", "mediaType", "config", "layers"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 2},
        "mediaType": {"const": "application/vnd.oci.image.manifest.v1+json"},
        "artifactType": {"type": "string", "pattern": _TYPE},
        "config": DESCRIPTOR,
        "layers": {"type": "array", "minItems": 1, "items": DESCRIPTOR},
        "subject": DESCRIPTOR,
        "annotations": _TEXTS,
    },
    # An artifact with an empty configuration says its type.
    "if": {"properties": {"config": {"properties": {"mediaType": {"const": "application/vnd.oci.empty.v1+json"}}}}},
    "then": {"required": ["artifactType"]},
}
INDEX: dict[str, Any] = {
    "type": "object",
    "required": ["schemaVersion", "mediaType", "manifests"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 2},
        "mediaType": {"const": "application/vnd.oci.image.index.v1+json"},
        "manifests": {"type": "array", "items": DESCRIPTOR},
        "annotations": _TEXTS,
    },
}
_SETS = {"type": "object", "additionalProperties": {"type": "object", "maxProperties": 0}}
_LIST = {"type": "array", "items": {"type": "string"}}
CONFIG: dict[str, Any] = {
    "type": "object",
    "required": ["architecture", "os", "rootfs"],
    "properties": {
        "created": {"type": "string", "format": "date-time"},
        "author": {"type": "string"},
        **_PLATFORM["properties"],  # type: ignore[dict-item]
        "config": {
            "type": "object",
            "properties": {
                "User": {"type": "string"},
                "ExposedPorts": _SETS,
                "Volumes": _SETS,
                "Env": {"type": "array", "items": {"type": "string", "pattern": "^[^=]+=(.|\n)*$"}},
                "Entrypoint": {"oneOf": [_LIST, {"type": "null"}]},
                "Cmd": {"oneOf": [_LIST, {"type": "null"}]},
                "WorkingDir": {"type": "string"},
                "Labels": _TEXTS,
                "StopSignal": {"type": "string"},
            },
        },
        "rootfs": {
            "type": "object",
            "required": ["type", "diff_ids"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": "layers"},
                "diff_ids": {"type": "array", "items": {"type": "string", "pattern": _DIGEST}},
            },
        },
        "history": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    **{each: {"type": "string"} for each in ("author", "created_by", "comment")},
                    "created": {"type": "string", "format": "date-time"},
                    "empty_layer": {"type": "boolean"},
                },
            },
        },
    },
}
LAYOUT = {
    "type": "object",
    "required": ["imageLayoutVersion"],
    "properties": {"imageLayoutVersion": {"const": "1.0.0"}},
}
OTHERS = {"manifest": schemas.manifest, "index": schemas.index}


def require(document: Any, schema: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)


def require_layout(layout: Path) -> int:
    """Every document that its index leads to is what it says; how many there are."""
    require(json.loads((layout / "oci-layout").read_text()), LAYOUT)
    index = json.loads((layout / "index.json").read_text())
    require(index, INDEX)
    return 1 + sum(require_named(layout, each) for each in index["manifests"])


def require_named(layout: Path, descriptor: dict[str, Any]) -> int:
    """A manifest, or a list of them."""
    held = content(layout, descriptor["digest"])
    document = json.loads(held)
    assert (len(held), document["mediaType"]) == (descriptor["size"], descriptor["mediaType"])
    if "manifests" in document:
        require(document, INDEX)
        require(document, OTHERS["index"])
        return 1 + sum(require_named(layout, each) for each in document["manifests"])
    require(document, MANIFEST)
    require(document, OTHERS["manifest"])
    for each in (document["config"], *document["layers"]):
        assert len(content(layout, each["digest"])) == each["size"]
    if document["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json":
        config = json.loads(content(layout, document["config"]["digest"]))
        require(config, CONFIG)
        assert len(config["rootfs"]["diff_ids"]) == len(document["layers"])
        layers = [each for each in config["history"] if not each.get("empty_layer")]
        assert len(layers) == len(document["layers"])
    return 1


def test_packages(terminal: Terminal, base: Path, tmp_path: Path) -> None:  # noqa: F811
    attach = ("--attach", "sbom", "--attach", "provenance")
    terminal.ok(*words(base, "--to", f"oci:{tmp_path / 'both'}", *attach))
    assert require_layout(tmp_path / "both") == 1 + 3 + 4
    one = ("--base", f"oci:{base}:3.11", "--platform", "linux/arm64", "--to", f"oci:{tmp_path / 'one'}")
    terminal.ok("package", "create", *DEPLOY, *one)
    assert require_layout(tmp_path / "one") == 2


@pytest.mark.parametrize("form", ["image", "artifact"])
def test_models(terminal: Terminal, tmp_path: Path, form: str) -> None:  # noqa: F811
    terminal.ok("model", "push", "factor:1", "--to", f"oci:{tmp_path / form}", "--as", form)
    assert require_layout(tmp_path / form) == 2


def spoiled(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {key: value for key, value in document.items() if key != "config"}
    yield {**document, "schemaVersion": 1}
    yield {**document, "layers": [{**document["layers"][0], "digest": "sha256:0"}]}
    yield {**document, "annotations": {"a": 1}}
    yield {**document, "created": "now"}


def test_the_schema_notices_what_is_wrong(terminal: Terminal, tmp_path: Path) -> None:  # noqa: F811
    terminal.ok("model", "push", "factor:1", "--to", f"oci:{tmp_path / 'image'}")
    (named,) = json.loads((tmp_path / "image" / "index.json").read_text())["manifests"]
    for document in spoiled(json.loads(content(tmp_path / "image", named["digest"]))):
        with pytest.raises(jsonschema.ValidationError):
            require(document, MANIFEST)
