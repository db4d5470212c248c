"""The search box finds what a plain look at every version finds, and refuses in a sentence what it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings
from scoredock.errors import ScoredockError
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.grammar import folded
from scoredock.registry.models import conditions
from scoredock.registry.models.search import Term, parse
from scoredock.registry.records import ModelSummary
from scoredock.registry.store import rows

from depth import rounds

Refused = Callable[..., ScoredockError]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \t ", []),
        ("iris", [("word", "", "iris")]),
        ("iris Forest", [("word", "", "iris"), ("word", "", "Forest")]),
        ('"random forest"', [("word", "", "random forest")]),
        ('"a=b" "c:d" "e@f"', [("word", "", "a=b"), ("word", "", "c:d"), ("word", "", "e@f")]),
        ('"say \\"hi\\" \\\\o"', [("word", "", 'say "hi" \\o')]),
        ("stage=champion", [("label", "stage", "champion")]),
        ("stage=", [("label", "stage", "")]),
        ("a=b=c:d@e", [("label", "a", "b=c:d@e")]),
        ('stage="best of all"', [("label", "stage", "best of all")]),
        ("Stage : champion", [("tag", "Stage", "champion")]),
        ("Stage: champion", [("tag", "Stage", "champion")]),
        ("Stage :champion", [("tag", "Stage", "champion")]),
        ('"Tag Name" : "Tag Value" more', [("tag", "Tag Name", "Tag Value"), ("word", "", "more")]),
        ("a : b=c", [("tag", "a", "b=c")]),
        ("run : 7", [("tag", "run", "7")]),
        ("iris:3", [("pair", "iris", "3")]),
        ("iris@champion", [("at", "iris", "champion")]),
        ("tag:stage", [("tag", "stage", None)]),
        ("TAG: stage", [("tag", "stage", None)]),
        ('tag:"my key"', [("tag", "my key", None)]),
        ('"tag":stage', [("pair", "tag", "stage")]),
        (
            "framework:onnx alias:x run:1 experiment:e by:ada pickle:Bad",
            [
                ("framework", "", "onnx"),
                ("alias", "", "x"),
                ("run", "", "1"),
                ("experiment", "", "e"),
                ("by", "", "ada"),
                ("pickle", "", "Bad"),
            ],
        ),
    ],
)
def test_the_grammar(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert [(term.kind, term.key, term.value) for term in parse(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        '"open',
        "=x",
        ": x",
        "@x",
        "x :",
        "x:",
        "x : = y",
        "tag:",
        "run: ",
        "pickle:maybe",
        '""',
        '"" = x',
        "a\0",
        "\ud800",
    ],
)
def test_what_cannot_be_read_is_refused(refused: Refused, text: str) -> None:
    refused("filter-invalid", parse, text)


def test_searches_are_short(refused: Refused) -> None:
    refused("filter-invalid", parse, "x" * 1_001)
    refused("filter-invalid", parse, "x " * 31)
    assert len(parse("x " * 30)) == 30


@given(st.text(max_size=60))
@settings(max_examples=rounds(gate=200, long=2_000))
@example('a"b')
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        terms = parse(text)
    except ScoredockError as error:
        assert error.code == "filter-invalid"  # noqa: PT017 (either outcome is right)
        assert error.message.isprintable()  # noqa: PT017
        return
    assert all(term.value or term.value is None or term.kind in ("label", "at") for term in terms)


# ------------------------------------------------------------------------------------------ beside a plain look

NAMES = ["iris", "Iris", "a_b", "axb", "ridge.v1"]
WORDS = [
    "a",
    "A",
    "é",
    "É",
    "e\u0301",
    "%",
    "_",
    "\\",
    "x=y",
    "a:b",
    "'",
    "stra\u00dfe",
    "STRASSE",
    "1",
    "iris",
    "champion",
]
TEXTS = st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
LABELS = st.dictionaries(st.sampled_from(["stage", "Stage", "é", "a b", "n%"]), TEXTS, max_size=3)
ALIASES = ["champion", "Étoile", "best one"]


@st.composite
def shelves(draw: st.DrawFn) -> list[ModelVersion]:
    made: list[ModelVersion] = []
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=7)):
        version = sum(each.name == name for each in made) + 1
        free = [alias for alias in ALIASES if not any(each.name == name and alias in each.aliases for each in made)]
        made.append(
            ModelVersion(
                name=name,
                version=version,
                description=draw(TEXTS),
                tags=draw(LABELS),
                properties=draw(LABELS),
                framework=draw(st.sampled_from(["", "Onnx", "É"])),
                framework_version="",
                created=float(len(made)),
                created_by=draw(st.sampled_from(["", "ada"])),
                is_folder=False,
                size=draw(st.integers(0, 3)),
                file_count=0,
                digest="",
                aliases=tuple(draw(st.lists(st.sampled_from(free), max_size=1))) if free else (),
                run_id=draw(st.sampled_from(["", "run_1", "RUN%2"])),
                experiment=draw(st.sampled_from(["", "first try"])),
                pickle=draw(st.sampled_from(["none", "bad"])),
                deleted=draw(st.sampled_from([None, None, 1.0])),
            )
        )
    return made


QUOTED = st.sampled_from([*WORDS, *ALIASES, *NAMES, "stage", "a b", "best", "Onnx", "run", "ada", "first try"]).map(
    lambda word: '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
TERMS = st.one_of(
    QUOTED,
    st.tuples(QUOTED, st.sampled_from(["=", ":", " : ", ": ", "@"]), QUOTED).map("".join),
    st.tuples(st.sampled_from(["tag:", "framework:", "alias:", "run:", "experiment:", "by:"]), QUOTED).map("".join),
    st.sampled_from(["pickle:bad", "iris:1", "iris@champion", "stage=a", "IRIS"]),
)


def _contains(text: str, word: str) -> bool:
    return _lower(word) in _lower(text) if word.isascii() else folded(word) in folded(text)


def _same(text: str, wanted: str) -> bool:
    return _lower(text) == _lower(wanted) if wanted.isascii() else folded(text) == folded(wanted)


def _lower(text: str) -> str:
    """The case of ASCII alone, as SQLite has it."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def _meets(model: ModelSummary, term: Term) -> bool:
    value = term.value or ""

    def word(text: str) -> bool:
        places = [model.name, model.description, *model.tags, *model.tags.values(), *model.aliases]
        return any(_contains(place, text) for place in places)

    def labelled(*groups: object) -> bool:
        return any(_same(k, term.key) and _same(v, value) for group in groups for k, v in group.items())  # type: ignore[attr-defined]

    if term.kind == "word":
        return word(value)
    if term.kind == "label":
        return labelled(model.tags, model.properties)
    if term.kind == "tag":
        return any(_same(key, term.key) for key in model.tags) if term.value is None else labelled(model.tags)
    if term.kind == "pair":
        meant = _same(model.name, term.key) and str(model.version) == value
        return labelled(model.tags) or meant or word(f"{term.key}:{value}")
    if term.kind == "at":
        meant = _same(model.name, term.key) and any(_same(alias, value) for alias in model.aliases)
        return meant or word(f"{term.key}@{value}")
    if term.kind == "alias":
        return any(_same(alias, value) for alias in model.aliases)
    if term.kind == "run":
        start = model.run_id[: len(value)] if value.isascii() else folded(model.run_id)[: len(folded(value))]
        return _same(start, value)
    if term.kind == "pickle":
        return model.pickle == value.lower()
    return _same(
        {"framework": model.framework, "experiment": model.experiment, "by": model.created_by}[term.kind], value
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = Registry(tmp_path_factory.mktemp("search") / "workspace")
    yield registry
    registry.store.close()


def _fill(registry: Registry, shelf: list[ModelVersion]) -> None:
    with registry.store.write() as connection:
        for table in ("model_aliases", "model_labels", "favourites", "model_versions", "models"):
            connection.execute(f"DELETE FROM {table}")
        for model in shelf:
            rows.insert(connection, model)
            for alias in model.aliases:
                connection.execute("INSERT INTO model_aliases VALUES(?, ?, ?)", (model.name, alias, model.version))


FILTERS = st.lists(st.sampled_from(["stage", "Stage=a", "é=é", "a b=", "n%=%", "stage=x=y"]), max_size=2)


def _holds(labels: object, wanted: list[str]) -> bool:
    split = [each.partition("=") for each in wanted]
    return all(k in labels and (not eq or labels[k] == v) for k, eq, v in split)  # type: ignore[operator,index]


@given(
    shelves(),
    st.lists(TERMS, max_size=3).map(" ".join),
    FILTERS,
    FILTERS,
    st.sampled_from(["", "onnx", "É", "é"]),
    st.sampled_from(["", "run_1", "run"]),
    st.booleans(),
    st.sampled_from(["live", "trash", "all"]),
)
@settings(max_examples=rounds(gate=20, long=1_000), suppress_health_check=list(HealthCheck))
def test_finds_what_a_plain_look_finds(
    store: Registry,
    shelf: list[ModelVersion],
    search: str,
    tags: list[str],
    properties: list[str],
    framework: str,
    run_id: str,
    latest: bool,
    among: conditions.Among,
) -> None:
    _fill(store, shelf)
    try:
        terms = parse(search)
    except ScoredockError:
        terms, search = (), ""
    there = [m for m in shelf if among == "all" or (m.deleted is not None) == (among == "trash")]
    expected = {
        model.id
        for model in there
        if (not latest or model.version == max(m.version for m in there if m.name == model.name))
        and all(_meets(model, term) for term in terms)
        and _holds(model.tags, tags)
        and _holds(model.properties, properties)
        and (not framework or _same(model.framework, framework))
        and (not run_id or model.run_id == run_id)
    }
    asked = conditions.query(
        search=search, tags=tags, properties=properties, framework=framework, run_id=run_id, latest=latest, among=among
    )
    found = store.page(asked, limit=-1)
    assert {model.id for model in found.models} == expected
    assert found.total == len(expected)
    for by, tag in (("name", ""), ("framework", ""), ("tag", "stage")):
        _require_groups(store, asked, [m for m in there if m.id in expected], by, tag)


def _require_groups(store: Registry, asked: conditions.Query, models: list[ModelVersion], by: str, tag: str) -> None:
    keys = {m.id: {"name": m.name, "framework": m.framework, "tag": m.tags.get(tag, "")}[by] for m in models}
    expected = {key: {m.id for m in models if keys[m.id] == key} for key in set(keys.values())}
    for order in ("name", "newest", "largest"):
        whole = store.groups(asked, by=by, tag=tag, order=order)  # type: ignore[arg-type]
        assert {group.key: group.versions for group in whole.groups} == {k: len(v) for k, v in expected.items()}
        assert (whole.total, whole.versions) == (len(expected), len(models))
        paged = [store.groups(asked, by=by, tag=tag, order=order, offset=at, limit=1) for at in range(whole.total + 1)]  # type: ignore[arg-type]
        assert tuple(group for page in paged for group in page.groups) == whole.groups
        assert {(page.total, page.versions) for page in paged} == {(whole.total, whole.versions)}
        for group in whole.groups:
            inside = [m for m in models if keys[m.id] == group.key]
            newest = max(inside, key=lambda m: m.version if by == "name" else m.created)
            assert group.newest.id == newest.id
            page = store.group(asked, group.key, by=by, tag=tag, order=order)  # type: ignore[arg-type]
            assert {m.id for m in page.models} == expected[group.key]
        # Versions without the tag or framework stand last, whatever the order.
        told = [group.key for group in whole.groups if group.key]
        assert [group.key for group in whole.groups] == [*told, *([""] if "" in expected else [])]
        if order == "newest":
            last = [max(m.created for m in models if keys[m.id] == key) for key in told]
            assert last == sorted(last, reverse=True)
        if order == "largest":
            sizes = [max(m.size for m in models if keys[m.id] == key) for key in told]
            assert sizes == sorted(sizes, reverse=True)


def test_the_comparison_notices_wildcards_that_are_not_escaped(
    store: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check above is worth something: a search that forgets to escape finds what it should not."""
    monkeypatch.setattr(conditions, "_escaped", lambda text: text)
    with pytest.raises(AssertionError):
        test_finds_what_a_plain_look_finds.hypothesis.inner_test(  # type: ignore[attr-defined]
            store,
            [ModelVersion("iris", 1, "plain", {}, {}, "", "", 0.0, "", False, 0, 0, "")],
            '"_"',
            [],
            [],
            "",
            "",
            False,
            "live",
        )


def test_no_search_is_slow_for_its_length(store: Registry) -> None:
    """Thirty words are thirty conditions; SQLite takes them all."""
    _fill(store, [ModelVersion("iris", 1, "x", {}, {}, "", "", 0.0, "", False, 0, 0, "")])
    assert len(store.models(search=" ".join(['"é"', "x:1", "x@y", "a=b", "x"] * 6))) == 0
    assert len(store.models(search="x " * 30)) == 1


def test_a_search_reads_no_sql(store: Registry, tmp_path: Path) -> None:
    _fill(store, [ModelVersion("iris", 1, "x", {}, {}, "", "", 0.0, "", False, 0, 0, "")])
    for text in ("' OR 1=1 --", '"); DROP TABLE models; --"', "a') OR ('1'='1"):
        try:
            found = store.models(search=text)
        except ScoredockError as error:
            assert error.code == "filter-invalid"  # noqa: PT017
        else:
            assert found == []
    assert len(store.models()) == 1
