"""The models of the view over a real pipe: pages, search, aliases, trash, texts; and everything hostile that can be
sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scoredock.features.verbs import verbs
from scoredock.protocol import messages, wire
from scoredock.protocol.wire import from_wire

from lsp.client import Client

RESULTS = {request.method: request.result for request in verbs()}


@dataclass
class Shelf:
    """A server with a few models; the tests of this module leave them as they found them."""

    client: Client
    folder: Path

    def ask(self, verb: str, **params: Any) -> Any:
        """The result of `scoredock/model/<verb>`, which also fits its declared type exactly."""
        method = f"scoredock/model/{verb}"
        return from_wire(RESULTS[method], self.client.ask(method, params))

    def refused(self, verb: str, code: str, **params: Any) -> dict[str, Any]:
        error = self.client.error(f"scoredock/model/{verb}", params)
        assert error["data"]["code"] == code, error
        assert error["message"].endswith("."), error
        assert "\n" not in error["message"]
        assert error["data"]["fix"]
        return error

    def ids(self, **query: Any) -> list[str]:
        return [model.id for model in self.ask("list", query=query).models]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    base = tmp_path_factory.mktemp("models")
    folder = base / "net"
    (folder / "empty").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"\0\1\2\3")
    (folder / "labels.txt").write_text("a\nb\n")
    (folder / "tall.txt").write_text("x" * (5 << 20))
    (base / "ridge.bin").write_bytes(b"1234")
    with Client(base / "home") as client:
        client.initialize(base)
        made = Shelf(client, base)
        for number in range(3):
            made.ask(
                "register",
                paths=[str(base / "ridge.bin")],
                name="ridge",
                tags={"n": str(number), "Stage": "Été"},
            )
        (folder / "labels.txt").write_text("a\nb\nc\n")
        made.ask(
            "register",
            paths=[str(folder)],
            name="net",
            framework="Onnx",
            description="two words",
        )
        (folder / "labels.txt").write_text("a\nb\n")
        (folder / "weights.bin").write_bytes(b"\0\1\2")
        made.ask("register", paths=[str(folder)], name="net", tags={"n": "2"})
        yield made


def test_groups_and_their_versions(shelf: Shelf) -> None:
    found = shelf.ask("groups")
    assert [(each.key, each.versions, each.newest.id) for each in found.groups] == [
        ("net", 2, "net:2"),
        ("ridge", 3, "ridge:3"),
    ]
    assert (found.total, found.versions) == (2, 5)
    second = shelf.ask("groups", offset=1, limit=1)
    assert ([each.key for each in second.groups], second.total, second.versions) == (
        ["ridge"],
        2,
        5,
    )
    beyond = shelf.ask("groups", offset=7)
    assert (beyond.groups, beyond.total, beyond.versions) == ([], 2, 5)
    page = shelf.ask("versions", group="ridge", offset=1, limit=1)
    assert ([model.id for model in page.models], page.total) == (["ridge:2"], 3)
    assert shelf.ask("versions", group="ridge", limit=0).total == 3


def test_groups_by_tag_and_framework(shelf: Shelf) -> None:
    by_tag = {"groupBy": "tag", "groupTag": "n"}
    found = shelf.ask("groups", query=by_tag)
    assert [(each.key, each.versions, each.newest.id) for each in found.groups] == [
        ("0", 1, "ridge:1"),
        ("1", 1, "ridge:2"),
        ("2", 2, "net:2"),
        ("", 1, "net:1"),
    ]
    assert [model.id for model in shelf.ask("versions", group="2", query=by_tag).models] == ["net:2", "ridge:3"]
    assert [model.id for model in shelf.ask("versions", group="", query=by_tag).models] == ["net:1"]
    found = shelf.ask("groups", query={"groupBy": "framework", "order": "newest"})
    assert [(each.key, each.versions) for each in found.groups] == [
        ("Onnx", 1),
        ("", 4),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "RIDGE n=1"}, ["ridge:2"]),
        ({"search": "stage : été"}, ["ridge:3", "ridge:2", "ridge:1"]),
        ({"search": '"two words"'}, ["net:1"]),
        ({"search": "framework:onnx"}, ["net:1"]),
        ({"search": "ridge:2"}, ["ridge:2"]),
        ({"search": "%"}, []),
        ({"latest": True, "tags": ["n"]}, ["net:2", "ridge:3"]),
        ({"latest": True, "tags": ["n=1"]}, []),
        ({"framework": "onnx"}, ["net:1"]),
        ({"tags": ["n=2"], "order": "largest"}, ["net:2", "ridge:3"]),
    ],
)
def test_queries(shelf: Shelf, query: dict[str, Any], expected: list[str]) -> None:
    assert shelf.ids(**query) == expected


def test_files_and_texts(shelf: Shelf) -> None:
    found = shelf.ask("files", id="net:1")
    assert [file.path for file in found.files] == [
        "net/empty/",
        "net/labels.txt",
        "net/tall.txt",
        "net/weights.bin",
    ]
    assert found.total == 4
    assert [file.path for file in shelf.ask("files", id="net:1", offset=3, limit=9).files] == ["net/weights.bin"]
    assert [file.path for file in shelf.ask("show", id="net:1").files] == [file.path for file in found.files]
    assert shelf.ask("text", id="net:1", path="net/labels.txt") == messages.ModelText("a\nb\nc\n", True)
    for path, why in (
        ("net/weights.bin", "is not a text file"),
        ("net/tall.txt", "is too large to show"),
    ):
        told = shelf.ask("text", id="net:1", path=path)
        assert not told.is_text
        assert why in told.text
    shelf.refused("text", "model-file-missing", id="net:1", path="net/empty/")


def test_comparing(shelf: Shelf) -> None:
    found = shelf.ask("compare", first="net:1", second="net")
    told = {each.what: each for each in found.differences}
    assert {
        "framework",
        "description",
        "digest",
        "size",
        "tag n",
        "file net/labels.txt",
        "file net/weights.bin",
    } == set(told)
    assert (told["file net/labels.txt"].file, told["file net/labels.txt"].is_text) == (
        "net/labels.txt",
        True,
    )
    assert (
        told["file net/weights.bin"].file,
        told["file net/weights.bin"].is_text,
    ) == ("net/weights.bin", False)
    assert told["framework"].file == ""


def test_aliases(shelf: Shelf) -> None:
    assert shelf.ask("alias", id="ridge:1", alias="champion").aliases == ["champion"]
    assert shelf.ask("alias", id="ridge:3", alias="champion").aliases == ["champion"]
    assert shelf.ask("show", id="ridge@champion").model.id == "ridge:3"
    assert shelf.ids(search="alias:champion") == ["ridge:3"]
    back = shelf.ask("aliasReturn", name="ridge", alias="champion")
    assert (back.version, back.previous) == (1, 3)
    assert back.changed > 0
    history = shelf.ask("show", id="ridge").alias_history
    assert [(move.version, move.previous) for move in history] == [
        (1, 3),
        (3, 1),
        (1, None),
    ]
    assert shelf.ask("alias", id="ridge", alias="champion", remove=True).id == "ridge:1"
    shelf.refused("show", "alias-not-found", id="ridge@champion")
    shelf.refused("alias", "alias-not-found", id="ridge", alias="champion", remove=True)
    shelf.refused("aliasReturn", "alias-not-found", name="net", alias="champion")
    for alias in (
        "",
        "1",
        "latest",
        "a@b",
        "a:b",
        "a/b",
        " a",
        "a\n",
        "a\u202e",
        "x" * 65,
        "a\ud800",
    ):
        shelf.refused("alias", "alias-invalid", id="ridge:1", alias=alias)


def test_favourites_come_first(shelf: Shelf) -> None:
    shelf.ask("favourite", name="ridge", favourite=True)
    shelf.ask("favourite", name="ridge", favourite=True)
    assert [(each.key, each.favourite) for each in shelf.ask("groups").groups] == [
        ("ridge", True),
        ("net", False),
    ]
    assert {model.name for model in shelf.ask("list", query={"favourites": True}).models} == {"ridge"}
    shelf.ask("favourite", name="ridge", favourite=False)
    assert shelf.ask("list", query={"favourites": True}).models == []
    shelf.refused("favourite", "model-not-found", name="nobody", favourite=True)


def test_the_trash(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.ask("register", paths=[str(shelf.folder / "ridge.bin")], name="gone")
    shelf.ask("alias", id="gone:2", alias="kept")
    shelf.refused("purge", "model-not-deleted", ids=["gone:2"])
    assert shelf.ask("delete", id="gone:1").deleted is not None
    assert shelf.ask("delete", id="gone:2").aliases == ["kept"]
    assert [model.id for model in shelf.ask("list", deleted=True).models] == [
        "gone:2",
        "gone:1",
    ], "last deleted first"
    assert "trash" in shelf.refused("show", "model-not-found", id="gone@kept")["message"]
    assert shelf.ask("restore", id="gone:2").aliases == ["kept"]
    shelf.ask("delete", id="gone:2")
    assert shelf.ask("purge", ids=["gone:2", "gone:2"]).ids == ["gone:2"]
    shelf.refused("restore", "model-not-found", id="gone:2")
    assert shelf.ask("purge").ids == ["gone:1"]
    assert shelf.ask("purge").ids == []
    assert shelf.ask("register", paths=[str(shelf.folder / "ridge.bin")], name="gone").id == "gone:3"
    shelf.ask("delete", id="gone:3")
    shelf.ask("purge")


def test_resources_and_samples(shelf: Shelf) -> None:
    shelf.ask("update", id="net:1", resources={"cpu": 0.5, "memoryInGB": 2, "gpu": 1})
    assert shelf.ask("show", id="net:1").resources == messages.ResourceConfiguration(0.5, 2.0, 1)
    shelf.ask("update", id="net:1", description="two words")
    assert shelf.ask("show", id="net:1").resources.cpu == 0.5
    shelf.ask("update", id="net:1", resources={})
    assert shelf.ask("show", id="net:1").resources == messages.ResourceConfiguration()
    for resources in ({"cpu": 0}, {"memoryInGB": -1}, {"gpu": 0}):
        shelf.refused("update", "model-resources-invalid", id="net:1", resources=resources)
    shelf.refused("update", "asset-not-found", id="net:1", sampleInputDataset="nothing:1")
    assert shelf.ask("show", id="net:1").sample_input_dataset == ""


def test_a_consent_needs_a_reason(shelf: Shelf) -> None:
    shelf.refused("consent", "consent-needless", id="ridge:1")
    assert shelf.ask("consent", id="ridge:1", withdraw=True).id == "ridge:1"


def test_changes_are_told_once_the_state_was_asked_for(shelf: Shelf) -> None:
    shelf.client.ask("scoredock/state/list", {"folders": []})
    begun = len(shelf.client.notifications)

    def told() -> None:
        def fresh(params: dict[str, Any]) -> bool:
            return bool(params["models"]) and params["sequence"] not in seen

        seen.add(shelf.client.notified("scoredock/registry/changed", fresh)["sequence"])

    seen: set[int] = {
        note["params"]["sequence"] for note in shelf.client.notifications[:begun] if "sequence" in note["params"]
    }
    for verb, params in (
        ("alias", {"id": "ridge:1", "alias": "a"}),
        ("alias", {"id": "ridge:1", "alias": "a", "remove": True}),
        ("favourite", {"name": "net", "favourite": True}),
        ("favourite", {"name": "net", "favourite": False}),
        ("delete", {"id": "ridge:1"}),
        ("restore", {"id": "ridge:1"}),
        ("update", {"id": "ridge:1", "setTags": {"new": "1"}}),
        ("update", {"id": "ridge:1", "removeTags": ["new"]}),
    ):
        shelf.ask(verb, **params)
        told()


# ------------------------------------------------------------------------------------------ hostile

HOSTILE_IDS = [
    "",
    ":",
    "@",
    "ridge:",
    "ridge@",
    "ridge:0",
    "ridge:01",
    "ridge:-1",
    "ridge:1:1",
    "ridge:99999999999999999999",
    "ridge:\uff11",
    "../../etc/passwd",
    "/etc/passwd",
    "..\\ridge:1",
    "ridge\0:1",
    "ridge:1\n",
    "ri\ud800dge:1",
    "\u202eegdir:1",
    "ridge@../champion",
    "ridge@a@b",
    "' OR 1=1 --",
    "%",
    "x" * 1_000_000,
]
BY_ID: list[tuple[str, str, dict[str, Any]]] = [
    ("show", "id", {}),
    ("files", "id", {}),
    ("text", "id", {"path": "ridge.bin"}),
    ("update", "id", {"description": "x"}),
    ("alias", "id", {"alias": "a"}),
    ("alias", "id", {"alias": "a", "remove": True}),
    ("aliasReturn", "name", {"alias": "a"}),
    ("favourite", "name", {"favourite": True}),
    ("consent", "id", {}),
    ("delete", "id", {}),
    ("restore", "id", {}),
    ("compare", "first", {"second": "ridge:1"}),
    ("compare", "second", {"first": "ridge:1"}),
]


@pytest.mark.parametrize(("verb", "key", "more"), BY_ID, ids=[f"{verb}-{key}" for verb, key, _ in BY_ID])
def test_ids_that_mean_nothing(shelf: Shelf, verb: str, key: str, more: dict[str, Any]) -> None:
    before = shelf.client.ask("scoredock/model/list", {})
    for id in HOSTILE_IDS:
        error = shelf.client.error(f"scoredock/model/{verb}", {key: id, **more})
        assert error["data"]["code"] in ("model-not-found", "alias-not-found"), (
            id[:80],
            error,
        )
        assert len(error["message"]) < 300
        assert error["message"].isprintable()
    for wrong in (None, 5, ["ridge:1"], {"name": "ridge"}, True):
        error = shelf.client.error(f"scoredock/model/{verb}", {key: wrong, **more})
        assert error["code"] == wire.INVALID_PARAMS, (wrong, error)
    assert shelf.client.ask("scoredock/model/list", {}) == before


def test_purging_what_means_nothing(shelf: Shelf) -> None:
    for id in HOSTILE_IDS:
        shelf.refused("purge", "model-not-found", ids=[id])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../ridge.bin",
        "ridge.bin/",
        "ridge.bin\0",
        "\ud800",
        "RIDGE.BIN",
        "./ridge.bin",
        "x" * 100_000,
    ],
)
def test_paths_inside_a_model_are_only_its_own(shelf: Shelf, path: str) -> None:
    error = shelf.client.error("scoredock/model/text", {"id": "ridge:1", "path": path})
    assert error["data"]["code"] in ("model-file-missing", "text-invalid"), error
    assert len(error["message"]) < 300


@pytest.mark.parametrize("verb", ["groups", "versions", "list", "files"])
def test_pages_have_bounds(shelf: Shelf, verb: str) -> None:
    more: dict[str, Any] = {
        "versions": {"group": "ridge"},
        "files": {"id": "net:1"},
    }.get(verb, {})
    for bad in ({"offset": -1}, {"limit": -1}, {"offset": -(1 << 70)}):
        shelf.refused(verb, "request-invalid", **bad, **more)
    shelf.ask(verb, offset=1 << 70, limit=1 << 70, **more)
    for wrong in ({"offset": 1.5}, {"limit": "5"}, {"offset": True}):
        assert shelf.client.error(f"scoredock/model/{verb}", {**wrong, **more})["code"] == wire.INVALID_PARAMS


@pytest.mark.parametrize(
    "search",
    [
        '"open',
        "=x",
        ": x",
        "x :",
        "tag:",
        "pickle:maybe",
        "a\0b",
        "\ud800",
        "x" * 2_000,
        "a " * 40,
        '""',
        "@a",
    ],
)
@pytest.mark.parametrize("verb", ["groups", "list"])
def test_searches_that_cannot_be_understood(shelf: Shelf, verb: str, search: str) -> None:
    error = shelf.refused(verb, "filter-invalid", query={"search": search})
    assert len(error["message"]) < 300


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"tags": [""]}, "model-tags-invalid"),
        ({"properties": ["=x"]}, "model-tags-invalid"),
        ({"tags": ["a"] * 1_000}, "filter-invalid"),
        ({"framework": "\ud800"}, "text-invalid"),
        ({"runId": "\ud800"}, "text-invalid"),
        ({"groupBy": "tag", "groupTag": "\ud800"}, "text-invalid"),
    ],
)
def test_queries_that_mean_nothing(shelf: Shelf, query: dict[str, Any], code: str) -> None:
    shelf.refused("groups", code, query=query)


@pytest.mark.parametrize(
    "query",
    [
        {"order": "size"},
        {"groupBy": "owner"},
        {"tags": "a"},
        {"latest": 1},
        {"bogus": 1},
    ],
)
def test_queries_of_another_shape(shelf: Shelf, query: dict[str, Any]) -> None:
    assert shelf.client.error("scoredock/model/groups", {"query": query})["code"] == wire.INVALID_PARAMS


def test_a_page_is_never_longer_than_a_thousand(shelf: Shelf, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(1_005):
        (many / f"{number:04}").write_bytes(b"")
    shelf.ask("register", paths=[str(many)], name="many")
    found = shelf.ask("files", id="many", limit=5_000)
    assert (len(found.files), found.total) == (1_000, 1_005)
    assert len(shelf.ask("show", id="many").files) == 1_000
    assert len(shelf.ask("files", id="many", offset=1_000, limit=5_000).files) == 5
    shelf.ask("delete", id="many")
    shelf.ask("purge")
