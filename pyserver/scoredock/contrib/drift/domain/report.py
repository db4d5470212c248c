"""A record as one HTML file that needs nothing else: verdict, table of columns, a picture of each. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from scoredock import l10n
from scoredock.contrib.drift.domain.record import (
    Record,
    deciding_metric,
    figure,
    metric_text,
    notices,
    remarks,
    verdict_text,
)
from scoredock.visible import visible

_WIDTH, _HEIGHT, _FOOT = 420, 120, 18
_FOOT_LINE, _CHARACTER = _HEIGHT + 14, 6.5
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --old: #767676; --new: #0067c0; --bad: #b3261e; --good: #1b7f3b; }
@media (prefers-color-scheme: dark) { :root { --old: #a0a0a0; --new: #4aa8ff; --bad: #ff8a80; --good: #7bd88f; } }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; margin-bottom: 0; } h2 { font-size: 1.15em; margin-top: 2em; }
.verdict { font-weight: 600; } .drift { color: var(--bad); } .none { color: var(--good); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 4px 10px 4px 0; }
tr { border-bottom: 1px solid var(--line); } .figure { text-align: right; font-variant-numeric: tabular-nums; }
.quiet { opacity: .75; } figure { margin: 1em 0; } figcaption { font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 1em 2em; }
svg { width: 100%; height: auto; } text { fill: currentColor; font-size: 11px; }
.old { fill: var(--old); opacity: .55; } .new { fill: var(--new); opacity: .7; }
.key { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
.key.old { background: var(--old); } .key.new { background: var(--new); }
"""


def report_html(record: Record) -> str:
    """The document; names of columns, files and categories in it are of others, and hide nothing."""
    record = visible(record)
    title = l10n.t("Drift of {name}", name=record["name"])
    moved = record["verdict"] == "drift"
    parts = [
        "<!doctype html>",
        f'<html lang="{escape(l10n.language())}"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="verdict {"drift" if moved else "none"}">{escape(verdict_text(record))}</p>',
        _sides(record),
        *(f"<p>{escape(each)}</p>" for each in notices(record)),
        f"<h2>{escape(l10n.t('Columns'))}</h2>",
        _table(record["features"]),
        f"<h2>{escape(l10n.t('Distributions'))}</h2>",
        _legend(),
        f'<div class="grid">{"".join(map(_figure, record["features"]))}</div>',
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _sides(record: Record) -> str:
    rows = [
        (l10n.t("Baseline"), record["baseline"]),
        (l10n.t("Target"), record["target"]),
    ]
    lines = [
        f"<tr><th>{escape(title)}</th><td>{escape(_source(side))}</td>"
        f'<td class="figure">{escape(l10n.t("{count:,} rows", count=side["rows"]))}</td></tr>'
        for title, side in rows
    ]
    moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(record["created"]))
    lines.append(f'<tr><th>{escape(l10n.t("Compared"))}</th><td colspan="2">{escape(moment)}</td></tr>')
    return f"<table>{''.join(lines)}</table>"


def _source(side: Mapping[str, Any]) -> str:
    times = f"{side['since'] or '…'} … {side['until'] or '…'}" if side["since"] or side["until"] else ""
    return f"{side['source']} ({times} UTC)" if times else str(side["source"])


def _table(features: Sequence[Mapping[str, Any]]) -> str:
    head = (l10n.t("Column"), l10n.t("Result"), l10n.t("Metric"), l10n.t("Value"), l10n.t("Limit"), l10n.t("Remarks"))
    kinds = ("", "", "", "figure", "figure", "")
    names = (f'<th class="{kind}">{escape(each)}</th>' for kind, each in zip(kinds, head, strict=True))
    lines = [f"<tr>{''.join(names)}</tr>"]
    for each in features:
        metric = deciding_metric(each)
        figures = (
            (metric_text(metric["name"]), figure(metric["value"]), figure(metric["limit"])) if metric else ("",) * 3
        )
        name, result = escape(each["name"]), l10n.t("drift") if each["drifted"] else l10n.t("no drift")
        kind = "drift" if each["drifted"] else "quiet"
        lines.append(
            f'<tr><th>{name}</th><td class="{kind}">{escape(result)}</td><td>{escape(figures[0])}</td>'
            f'<td class="figure">{figures[1]}</td><td class="figure">{figures[2]}</td>'
            f"<td>{escape(remarks(each))}</td></tr>"
        )
    return f"<table>{''.join(lines)}</table>"


def _legend() -> str:
    return (
        f'<p><span class="key old"></span>{escape(l10n.t("Baseline"))}&emsp;'
        f'<span class="key new"></span>{escape(l10n.t("Target"))}</p>'
    )


def _figure(feature: Mapping[str, Any]) -> str:
    picture = feature["histogram"]
    if not picture or not picture["baseline"]:
        return ""
    bars = list(zip(picture["baseline"], picture["target"], strict=True))
    highest = max((share for pair in bars for share in pair), default=0.0) or 1.0
    width = _WIDTH / len(bars)
    shapes = []
    for place, (old, new) in enumerate(bars):
        labels = f"{_label(picture, place)}: {old:.1%} → {new:.1%}"
        shapes.append(f"<g><title>{escape(labels)}</title>")
        for kind, share, left in (("old", old, 0.08), ("new", new, 0.5)):
            height = share / highest * _HEIGHT
            shapes.append(
                f'<rect class="{kind}" x="{(place + left) * width:.1f}" y="{_HEIGHT - height:.1f}"'
                f' width="{0.42 * width:.1f}" height="{height:.1f}"/>'
            )
        shapes.append("</g>")
    foot = _category_foot(picture, width) if picture["labels"] else _number_foot(picture)
    name = escape(feature["name"])
    return (
        f'<figure><figcaption>{name}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img"'
        f' aria-label="{name}">{"".join(shapes)}{foot}</svg></figure>'
    )


def _number_foot(picture: Mapping[str, Any]) -> str:
    """The outer ends."""
    low, high = figure(picture["edges"][0]), figure(picture["edges"][-1])
    return (
        f'<text x="0" y="{_FOOT_LINE}">{low}</text><text x="{_WIDTH}" y="{_FOOT_LINE}" text-anchor="end">{high}</text>'
    )


def _category_foot(picture: Mapping[str, Any], width: float) -> str:
    """Each below its bars, as long as there is room."""
    most = max(1, int(width / _CHARACTER))
    texts = []
    for place in range(len(picture["labels"])):
        label = _label(picture, place)
        shown = label if len(label) <= most else f"{label[: max(1, most - 1)]}…"
        middle = f"{(place + 0.5) * width:.1f}"
        texts.append(f'<text x="{middle}" y="{_FOOT_LINE}" text-anchor="middle">{escape(shown)}</text>')
    return "".join(texts)


def _label(picture: Mapping[str, Any], place: int) -> str:
    if picture["labels"]:
        label = picture["labels"][place]
        return l10n.t("all others") if label is None else str(label)
    low, high = picture["edges"][place], picture["edges"][place + 1]
    return figure(low) if low == high else f"{figure(low)} … {figure(high)}"
