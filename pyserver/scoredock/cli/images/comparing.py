"""`scoredock image layers` and `scoredock image diff`."""

from __future__ import annotations

import difflib
from argparse import Namespace
from collections.abc import Sequence

from scoredock import l10n
from scoredock.cli.command import OK, Command
from scoredock.cli.images.credentials import credentials
from scoredock.cli.session import Session, facts, size, table
from scoredock.features.images import comparing
from scoredock.protocol import messages

_SHORT = 12


def _layers(options: Namespace, session: Session) -> int:
    image = session.ask(comparing.layers, options, registry_credentials=credentials(options))
    head = facts(
        [
            (l10n.t("image"), image.reference),
            (l10n.t("digest"), image.digest),
            (l10n.t("image id"), image.image_id),
            (l10n.t("platform"), image.platform),
            (l10n.t("size"), size(image.size)),
        ]
    )
    session.result(image, f"{head}\n\n{_table(image.layers, with_sharing=True)}")
    return OK


def _table(layers: Sequence[messages.ImageLayer], *, with_sharing: bool) -> str:
    rows = [
        (
            _holds(each),
            "-" if each.size is None else size(each.size),
            "-" if each.unpacked_size is None else size(each.unpacked_size),
            (each.digest or each.diff_id).removeprefix("sha256:")[:_SHORT],
            ", ".join(each.shared_with),
        )
        for each in layers
    ]
    return table(rows, (l10n.t("HOLDS"), l10n.t("SIZE"), l10n.t("UNPACKED"), l10n.t("DIGEST"), l10n.t("SHARED WITH")))


def _holds(layer: messages.ImageLayer) -> str:
    return " ".join(filter(None, (layer.holds, layer.model, layer.instruction[:60]))) or "-"


def _diff(options: Namespace, session: Session) -> int:
    logins = credentials(options)
    if options.path:
        wanted = messages.ImageTextsParams(options.first, options.second, options.path, logins)
        texts = comparing.texts(wanted, session.context, session.operation())
        session.result(texts, _unified(wanted, texts))
        return OK
    differences = session.ask(comparing.compare, options, registry_credentials=logins)
    session.result(differences, "\n".join(_lines(differences)))
    return OK


def _lines(differences: messages.ImageComparison) -> list[str]:
    lines = [l10n.t("layers of both: {count}", count=len(differences.same))]
    for title, layers in (
        (l10n.t("layers of {image} only:", image=differences.first), differences.first_only),
        (l10n.t("layers of {image} only:", image=differences.second), differences.second_only),
    ):
        lines += (
            ["", title, *(f"  {line}" for line in _table(layers, with_sharing=False).splitlines())] if layers else []
        )
    counts = (differences.added, differences.removed, differences.changed)
    lines += ["", l10n.t("files: {added} added, {removed} removed, {changed} changed", **_named(counts))]
    lines += [f"  {_file(each)}" for each in differences.files]
    rest = sum(counts) - len(differences.files)
    lines += [l10n.t("  … and {count} more", count=rest)] if rest else []
    if differences.variables:
        lines += ["", l10n.t("environment variables that differ: {names}", names=", ".join(differences.variables))]
    return lines


def _named(counts: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("added", "removed", "changed"), counts, strict=True))


def _file(file: messages.ImageFileDifference) -> str:
    mark = {"added": "+", "removed": "-", "changed": "~"}[file.change]
    sizes = [size(each) for each in (file.before_size, file.after_size) if each is not None]
    kind = (
        "" if file.kind == "file" and not file.before_kind else " → ".join(filter(None, (file.before_kind, file.kind)))
    )
    about = ", ".join(filter(None, (kind, " → ".join(sizes))))
    return f"{mark} {file.path}" + (f"  ({about})" if about else "")


def _unified(params: messages.ImageTextsParams, texts: messages.ImageTexts) -> str:
    path = params.path.lstrip("/")
    lines = difflib.unified_diff(
        texts.before.splitlines(),
        texts.after.splitlines(),
        f"{params.first}/{path}",
        f"{params.second}/{path}",
        lineterm="",
    )
    return "\n".join(lines) or l10n.t("{path} has the same text in both images, or is in neither", path=params.path)


COMMANDS = (
    Command("image layers", _layers),
    Command("image diff", _diff),
)
