"""Runs `carry_process` in an environment, with limits of memory and time, and puts its failures into sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.carry_over.domain.planning import foreign_classes, listed
from scoredock.environments.built import BuiltEnvironment
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, run, service_environment

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from carry_process.main import main; main(sys.argv[2])"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Sums come out the same every time, and buffers of many threads are not memory of the model."""
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of each process."""

    seconds: float = 600.0
    memory_bytes: int = 8 << 30


@dataclass(frozen=True, slots=True)
class CarrySteps:
    """The processes of one model, with their scratch folder."""

    model: str
    """`name:version`, for sentences."""
    folder: Path
    limits: ProcessLimits
    cancel: CancelToken

    def run(self, built: BuiltEnvironment, job: Mapping[str, Any]) -> dict[str, Any]:
        """Result of the process for a job.

        Raises `model-carry-stopped`, `model-carry-failed`, `model-carry-classes`, `model-carry-samples`,
        `model-carry-unsupported`, `cancelled`; no process of it is left then.
        """
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        described = {**job, "folder": str(self.folder), "result": str(result), "memory": self.limits.memory_bytes}
        work = self.folder / "job.json"
        work.write_text(json.dumps(described), "utf-8")
        root = str(Path(__file__).parent)
        environment = {**built.process_environment(service_environment()), **_ONE_THREAD}
        command = [str(built.python), "-I", "-B", "-c", _PROGRAM, root, str(work)]
        try:
            completed = run(command, cwd=self.folder, env=environment, timeout=self.limits.seconds, cancel=self.cancel)
        except TimedOut:
            raise ScoredockError(
                "model-carry-stopped",
                l10n.t(
                    "{model} was ended after {seconds:,.0f} seconds in {environment}.",
                    model=self.model,
                    seconds=self.limits.seconds,
                    environment=built.display_name,
                ),
                l10n.t("Allow more time with --timeout, or find out what the model waits for when it is loaded."),
            ) from None
        try:
            document = json.loads(result.read_text("utf-8"))
        except (OSError, ValueError):
            raise self._died(built, completed.returncode, completed.stderr) from None
        if "failed" in document:
            raise self._failure(built, document["failed"])
        facts: dict[str, Any] = document["ok"]
        return facts

    def _died(self, built: BuiltEnvironment, code: int, errors: str) -> ScoredockError:
        last = (errors.strip().splitlines() or [l10n.t("no message")])[-1][:_LAST_WORDS]
        return ScoredockError(
            "model-carry-stopped",
            l10n.t(
                "The process of {model} in {environment} ended with exit code {code}: {reason}.",
                model=self.model,
                environment=built.display_name,
                code=code,
                reason=last,
            ),
        )

    def _failure(self, built: BuiltEnvironment, failed: Mapping[str, Any]) -> ScoredockError:
        kind, names = str(failed["kind"]), [str(each) for each in failed["names"]]
        message, where = str(failed["message"]), f"{built.display_name}, Python {built.python_version}"
        if kind == "memory":
            return ScoredockError(
                "model-carry-stopped",
                l10n.t(
                    "{model} needs more than {gigabytes:.1f} GB of memory in {environment}.",
                    model=self.model,
                    gigabytes=self.limits.memory_bytes / (1 << 30),
                    environment=where,
                ),
                l10n.t("Allow more memory with --memory-gb."),
            )
        if kind == "classes":
            return foreign_classes(names, self.model)
        if kind == "counterpart":
            return ScoredockError(
                "model-carry-classes",
                l10n.t(
                    "{names} of {model} has no counterpart in {environment}.",
                    names=listed(names),
                    model=self.model,
                    environment=where,
                ),
                details={"model": self.model, "classes": names},
            )
        if kind == "form":
            return ScoredockError(
                "model-carry-classes",
                l10n.t("{names} of {model} cannot be saved in this form.", names=listed(names), model=self.model),
                details={"model": self.model, "classes": names},
            )
        if kind == "answers":
            return ScoredockError(
                "model-carry-unsupported",
                l10n.t(
                    "{model} holds {names}, which has neither predict() nor transform().",
                    model=self.model,
                    names=listed(names),
                ),
            )
        if kind in ("samples", "size"):
            return self._without_samples(message)
        return self._of_stage(str(failed["stage"]), message, where)

    def _without_samples(self, message: str) -> ScoredockError:
        if message:
            text = l10n.t(
                "{model} gives no response to the samples that were generated for it: {reason}.",
                model=self.model,
                reason=message.rstrip("."),
            )
        else:
            text = l10n.t("{model} does not say what it takes, so that no samples can be generated.", model=self.model)
        return ScoredockError("model-carry-samples", text)

    def _of_stage(self, stage: str, message: str, where: str) -> ScoredockError:
        reason = message.rstrip(".")
        if stage == "answer":
            return ScoredockError(
                "model-carry-samples",
                l10n.t(
                    "{model} gives no response to the samples in {environment}: {reason}.",
                    model=self.model,
                    environment=where,
                    reason=reason,
                ),
            )
        texts = {
            "build": l10n.t("{model} cannot be built again in {environment}: {reason}.", **self._words(where, reason)),
            "after": l10n.t(
                "{model} was built again in {environment}, but gives no response to the samples there: {reason}.",
                **self._words(where, reason),
            ),
        }
        loaded = l10n.t("{model} cannot be loaded in {environment}: {reason}.", **self._words(where, reason))
        return ScoredockError("model-carry-failed", texts.get(stage, loaded))

    def _words(self, where: str, reason: str) -> dict[str, str]:
        return {"model": self.model, "environment": where, "reason": reason}
