"""F5 in a file: what an editor must know before it debugs the script."""

from __future__ import annotations

from pathlib import Path

from scoredock.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.scripts.proposal import ProposalQuestion, proposed_deployment
from scoredock.scripts.texts import read_text
from scoredock.verb import verb


@verb("document/debugTarget", progress="Reading files")
def debug_target(
    params: messages.DocumentDebugParams, context: Context, operation: Operation
) -> messages.DocumentDebugTarget:
    """Kind of script that F5 debugs in a file, and for a batch script the paths that an editor needs before it
    listens."""
    from scoredock.features.debug_messages import mappings_of
    from scoredock.scripts.file_kinds import FileKinds
    from scoredock.services.debug import target_of
    from scoredock.services.entry_script import EntryScript

    path = absolute(params.path)
    text = read_text(path, context.overlays())
    kind = None if text is None else FileKinds(context.overlays).kind(path, text)
    if kind != "batch-script":
        return messages.DocumentDebugTarget(kind or "", [])
    question = ProposalQuestion(str(path), is_script=True, workspace_id=params.workspace_id)
    source = proposed_deployment(question, context).source_directory
    target = target_of(EntryScript(path, Path(source) if source else None))
    return messages.DocumentDebugTarget(kind, mappings_of(target))
