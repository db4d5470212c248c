"""Filters of models: conditions over versions, as SQL with its values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import LabelFilter, folded, parse_filters
from scoredock.registry.models.search import NEEDING_CONSENT, Term, parse

Sql = tuple[str, list[object]]
"""A condition over `model_versions v`, and its values."""

Among = Literal["live", "trash", "all"]
MOST_FILTERS = 100
"""SQLite takes more conditions, but nobody means them."""


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions of the versions that are meant. Everything given must hold."""

    name: str = ""
    search: tuple[Term, ...] = ()
    framework: str = ""
    tags: tuple[LabelFilter, ...] = ()
    properties: tuple[LabelFilter, ...] = ()
    run_id: str = ""
    favourites: bool = False
    """Only versions of favourite names."""
    latest: bool = False
    """Only the newest version of each name; everything else is asked of that one."""
    among: Among = "live"


def query(
    *,
    name: str = "",
    search: str = "",
    framework: str = "",
    tags: Sequence[str] = (),
    properties: Sequence[str] = (),
    run_id: str = "",
    favourites: bool = False,
    latest: bool = False,
    among: Among = "live",
) -> Query:
    """A query from what people write. Filters of tags and properties are `key` or `key=value`, exactly as registered.

    Raises filter-invalid, model-tags-invalid.
    """
    if len(tags) + len(properties) > MOST_FILTERS:
        raise ScoredockError("filter-invalid", l10n.t("A list has at most {limit} filters.", limit=MOST_FILTERS))
    return Query(
        name=name,
        search=parse(search),
        framework=framework.strip(),
        tags=parse_filters(tags),
        properties=parse_filters(properties),
        run_id=run_id.strip(),
        favourites=favourites,
        latest=latest,
        among=among,
    )


_AMONG = {"live": "{}.deleted IS NULL", "trash": "{}.deleted IS NOT NULL", "all": "1"}


def condition(query: Query) -> Sql:
    """The WHERE clause over `model_versions v`."""
    conditions: list[Sql] = [(_AMONG[query.among].format("v"), [])]
    if query.name:
        conditions.append(("v.name = ?", [query.name]))
    if query.latest:
        # Read from one index; not correlated, as that would look into the index once a version.
        among = _AMONG[query.among].format("w")
        newest = f"SELECT w.name, max(w.version) FROM model_versions w WHERE {among} GROUP BY w.name"  # noqa: S608 (own texts)
        conditions.append((f"(v.name, v.version) IN ({newest})", []))
    if query.framework:
        conditions.append(_equals("v.framework", query.framework))
    if query.run_id:
        conditions.append(("v.run_id = ?", [query.run_id]))
    if query.favourites:
        conditions.append(("v.name IN (SELECT f.name FROM favourites f)", []))
    conditions += [_filter("tag", label_filter) for label_filter in query.tags]
    conditions += [_filter("property", label_filter) for label_filter in query.properties]
    conditions += [
        _TERMS[term.kind](term.key, term.value or "") if term.value is not None else _tag(term) for term in query.search
    ]
    return _joined(conditions, "AND")


def _filter(kind: str, label_filter: LabelFilter) -> Sql:
    """Condition for a label, as the contract has it: key and value exactly as written."""
    # The inner query runs once and walks the index of labels; a correlated one would run once per version.
    labelled = "SELECT l.name, l.version FROM model_labels l WHERE l.kind = ? AND l.key = ?"
    if label_filter.value is None:
        return f"(v.name, v.version) IN ({labelled})", [kind, label_filter.key]
    return f"(v.name, v.version) IN ({labelled} AND l.value = ?)", [kind, label_filter.key, label_filter.value]


# ------------------------------------------------------------------------------------------ terms of the search box


def _word(_: str, word: str) -> Sql:
    labels = _joined(
        [("l.kind = 'tag'", []), _joined([_contains("l.key", word), _contains("l.value", word)], "OR")], "AND"
    )
    return _joined(
        [
            _contains("v.name", word),
            _contains("v.description", word),
            _labelled(labels),
            _aliased(_contains("a.alias", word)),
        ],
        "OR",
    )


def _label(key: str, value: str) -> Sql:
    return _labelled(_joined([_equals("l.key", key), _equals("l.value", value)], "AND"))


def _tag_with(key: str, value: str) -> Sql:
    return _labelled(_joined([("l.kind = 'tag'", []), _equals("l.key", key), _equals("l.value", value)], "AND"))


def _tag(term: Term) -> Sql:
    return _labelled(_joined([("l.kind = 'tag'", []), _equals("l.key", term.key)], "AND"))


def _pair(key: str, value: str) -> Sql:
    meant = [_tag_with(key, value), _word("", f"{key}:{value}")]
    if value.isascii() and value.isdecimal():
        meant.append(_joined([_equals("v.name", key), ("CAST(v.version AS TEXT) = ?", [value])], "AND"))
    return _joined(meant, "OR")


def _at(name: str, alias: str) -> Sql:
    version = _joined([_equals("v.name", name), _aliased(_equals("a.alias", alias))], "AND")
    return _joined([version, _word("", f"{name}@{alias}")], "OR")


_TERMS: dict[str, Callable[[str, str], Sql]] = {
    "word": _word,
    "label": _label,
    "pair": _pair,
    "at": _at,
    "tag": _tag_with,
    "framework": lambda _, value: _equals("v.framework", value),
    "experiment": lambda _, value: _equals("v.experiment", value),
    "by": lambda _, value: _equals("v.created_by", value),
    "alias": lambda _, value: _aliased(_equals("a.alias", value)),
    "run": lambda _, value: _starts("v.run_id", value),
    "pickle": lambda _, value: (
        ("v.pickle IN ('bad', 'code')", []) if value.lower() == NEEDING_CONSENT else ("v.pickle = ?", [value.lower()])
    ),
}


def _labelled(condition: Sql) -> Sql:
    return (
        f"(v.name, v.version) IN (SELECT l.name, l.version FROM model_labels l WHERE {condition[0]})",  # noqa: S608 (own texts)
        condition[1],
    )


def _aliased(condition: Sql) -> Sql:
    return (
        f"(v.name, v.version) IN (SELECT a.name, a.version FROM model_aliases a WHERE {condition[0]})",  # noqa: S608 (own texts)
        condition[1],
    )


def _contains(column: str, text: str) -> Sql:
    if text.isascii():  # SQLite's own comparison, which knows the case of ASCII alone, is many times quicker
        return f"{column} LIKE ? ESCAPE '\\'", [f"%{_escaped(text)}%"]
    return f"instr({_folded(column, text)}, ?) > 0", [folded(text)]


def _starts(column: str, text: str) -> Sql:
    if text.isascii():
        return f"{column} LIKE ? ESCAPE '\\'", [f"{_escaped(text)}%"]
    return f"instr({_folded(column, text)}, ?) = 1", [folded(text)]


def _equals(column: str, text: str) -> Sql:
    if text.isascii():
        return f"{column} = ? COLLATE NOCASE", [text]
    return f"{_folded(column, text)} = ?", [folded(text)]


def _folded(column: str, text: str) -> str:
    """The column without its case. Texts of ASCII alone are passed over where they cannot be meant: it is Python that
    folds."""
    if folded(text).isascii():
        return f"folded({column})"
    return f"CASE WHEN length(CAST({column} AS BLOB)) > length({column}) THEN folded({column}) ELSE '' END"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _joined(conditions: Sequence[Sql], operator: str) -> Sql:
    text = f" {operator} ".join(sql for sql, _ in conditions)
    return f"({text})", [value for _, values in conditions for value in values]
