"""A pipeline of Azure ML v1 is written anew, with a report of every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.domain.rewriting import rewrite as rewritten
from scoredock.contrib.pipelines.domain.values import PipelineFault
from scoredock.contrib.pipelines.verbs.creating import difference, write_file
from scoredock.contrib.pipelines.verbs.records import fault_of
from scoredock.contrib.pipelines.verbs.repository import files_of, place_of
from scoredock.contrib.pipelines.verbs.run_arguments import FILE, ROOT
from scoredock.contrib.pipelines.verbs.sources import INSTALL_FROM, source_of, write_packages
from scoredock.counts import counted
from scoredock.errors import Place, ScoredockError
from scoredock.features.file_names import PIPELINE_FILE
from scoredock.verb import CliCommand, EditorCommand, argument, files, verb


@verb(
    "pipeline/rewrite",
    progress="Writing the pipeline",
    errors=(
        "pipeline-invalid",
        "pipeline-too-large",
        "pipeline-exists",
        "pipeline-file-missing",
        "pipeline-source-invalid",
        "pipeline-wheels-impossible",
    ),
    terminal=CliCommand(
        "pipeline rewrite",
        "Write a pipeline of Azure ML v1, or a template of one, so that Scoredock carries it out on its platform, with"
        " a report of every step. The file itself stays; `migrate` writes the same for Azure ML v2.",
        (
            FILE,
            ROOT,
            argument(
                "--to",
                dest="output_path",
                help="file to write; without it the difference is printed",
                default="",
                metavar="FILE",
            ),
            INSTALL_FROM,
        ),
        (
            "scoredock pipeline rewrite azure-pipelines-v1.yml",
            "scoredock pipeline rewrite azure-pipelines-v1.yml --to azure-pipelines-scoredock.yml",
        ),
    ),
    editor=(
        EditorCommand(
            "rewritePipeline",
            "Rewrite for Scoredock…",
            "contrib/pipelines/rewritePipeline",
            menus=(files(PIPELINE_FILE, "2_scoredock@7"),),
        ),
    ),
)
def rewrite(
    params: messages.PipelineRewriteParams, context: Context, operation: Operation
) -> messages.PipelineRewritten:
    """Raises ScoredockError `pipeline-file-missing`, `pipeline-invalid`, `pipeline-too-large`, `pipeline-exists`, and
    what `write_packages` raises."""
    root, file = place_of(params.path, params.root)
    source = source_of(params.install_from, context)
    texts = files_of(root)
    before = texts(file)
    try:
        if before is None:
            raise PipelineFault(l10n.t("{file} is not there or cannot be read.", file=file))
        result = rewritten(before, file, texts, source)
    except PipelineFault as fault:
        raise fault_of(fault, root, file) from None
    target = absolute(params.output_path) if params.output_path and not params.preview else None
    notes: list[str] = []
    if target is not None:
        if target.exists() or target.is_symlink():
            raise ScoredockError(
                "pipeline-exists",
                l10n.t("{target} already exists.", target=target),
                l10n.t("Choose another file."),
                place=Place(str(target)),
            )
        notes = write_packages(source, root, context, operation) if result.text != before else []
        write_file(target, result.text)
    counts: Counter[str] = Counter(each.kind for each in result.changes)
    beside = root / file
    beside = beside.with_name(f"{beside.stem}-scoredock{beside.suffix}")
    return messages.PipelineRewritten(
        str(target) if target is not None else "",
        result.text,
        target is not None,
        difference(before, result.text, file),
        [
            messages.PipelineChange(each.step, each.source.file, each.source.line, each.kind, each.message)
            for each in result.changes
        ],
        {str(kind): count for kind, count in counts.items()},
        ", ".join(_summary(counts)),
        str(beside),
        notes,
    )


def _summary(counts: Counter[str]) -> Iterator[str]:
    words: Mapping[str, Callable[[str], str]] = {
        "changed": lambda steps: l10n.t("{steps} changed", steps=steps),
        "kept": lambda steps: l10n.t("{steps} kept", steps=steps),
        "open": lambda steps: l10n.t("{steps} left to you", steps=steps),
    }
    for kind, text in words.items():
        if counts[kind]:
            yield text(counted(counts[kind], "step"))
