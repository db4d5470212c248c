"""`scoredock model convert`."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session, facts, table
from scoredock.contrib.carry_over.messages import ModelConverted, ModelConvertParams
from scoredock.contrib.carry_over.verbs import carrying_over
from scoredock.errors import ScoredockError
from scoredock.features.models import models


def _convert(options: Namespace, session: Session) -> int:
    confirmed = bool(options.yes)
    if not confirmed and not session.as_json and sys.stdin.isatty():
        model = session.ask(models.show, id=options.model).model
        print(l10n.t("Carrying {model} over runs the code in its pickle.", model=model.id))
        if input(l10n.t("Do you trust this model? [y/N] ")).strip().lower() not in ("y", "yes"):
            print(l10n.t("nothing was loaded"))
            return FAILED
        confirmed = True
    params = ModelConvertParams(
        options.model,
        options.form,
        confirmed,
        options.file,
        options.environment,
        options.environment_file,
        options.release,
        options.samples,
        options.dataset,
        options.collected,
        options.timeout,
        options.memory_gb,
    )
    try:
        conversion = carrying_over.convert(params, session.context, session.operation())
    except ScoredockError as error:
        rows = error.details.get("differences", [])
        if rows and not session.as_json:
            print(*rows, sep="\n", file=sys.stderr)
        raise
    session.result(conversion, _text(conversion))
    return OK


def _text(conversion: ModelConverted) -> str:
    lines = [
        l10n.t("carried {source} over as {model}", source=conversion.source, model=conversion.model.id),
        facts(
            [
                (l10n.t("before"), conversion.before),
                (l10n.t("now"), conversion.after),
                (l10n.t("samples"), f"{conversion.samples} ({conversion.samples_from or l10n.t('generated')})"),
                (l10n.t("compared"), ", ".join(f"{name}()" for name in conversion.methods)),
                (l10n.t("largest difference"), f"{conversion.largest_difference:.3g}"),
            ]
        ),
    ]
    if conversion.differences:
        rows = [
            (f"{each.method}()", each.sample + 1, each.column + 1, each.before, each.after, f"{each.relative:.3g}")
            for each in conversion.differences
        ]
        head = (
            l10n.t("response"),
            l10n.t("sample"),
            l10n.t("column"),
            l10n.t("before"),
            l10n.t("now"),
            l10n.t("difference"),
        )
        lines.append(table(rows, head))
    return "\n".join(lines)


COMMANDS = (Command("model convert", _convert),)
