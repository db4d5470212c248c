"""Keeps one template process at hand: which spec it is for, what it imports, when a new one is needed."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from scoredock_runtime import contract
from scoredock_runtime.base.worker_environment import worker_environment
from scoredock_runtime.template import template_process
from scoredock_runtime.template.template_process import Event, TemplateProcess

if TYPE_CHECKING:
    from scoredock_runtime.log.log_writer import LogWriter

_FAILURES = 3
"""Templates that may end by themselves before none is started any more."""


class TemplateKeeper:
    """Used by the parent's main thread only."""

    def __init__(self, folder: str, events: SimpleQueue[Event]) -> None:
        self._folder = folder
        self._events = events
        self._log: Optional[LogWriter] = None
        self._template: Optional[TemplateProcess] = None
        self._given_up: Set[Tuple[str, ...]] = set()
        """Sets of packages that cannot be imported beforehand."""
        self._failures = 0

    @property
    def pids(self) -> List[int]:
        """Process id of the template, when there is one."""
        return [self._template.pid] if self._template else []

    def fork_now(self, spec: contract.ServiceSpec) -> None:
        """Makes the template as a fork of this process, which has no second thread yet, where that is as good as a
        start."""
        if not _wanted(spec) or not template_process.same_interpreter(spec, worker_environment(spec, "")):
            return
        try:
            self._template = TemplateProcess(spec, self._folder, by_fork=True)
        except OSError:
            self._template = None  # the first worker starts afresh, and a template of its own after it

    def listen(self, log: LogWriter) -> None:
        """Listens to the template: from now on threads may start."""
        self._log = log
        if self._template is not None:
            self._template.listen(self._events)

    def for_worker(self, spec: contract.ServiceSpec) -> Optional[TemplateProcess]:
        """Template that a worker of the spec may be forked from now; None when it has to start afresh."""
        template = self._template
        if template is None or not _wanted(spec) or template.busy:
            return None
        if template.fits(spec):
            return template
        self._drop()
        return None

    def on_ready(self, spec: contract.ServiceSpec, modules: List[str]) -> None:
        """A worker is ready and has reported what it imported: the next one finds that done."""
        if not _wanted(spec) or spec.environment.get(contract.OBSERVE_VARIABLE) or self._failures >= _FAILURES:
            return
        template = self._template
        if template is not None and not template.busy and not template.fits(spec):
            self._drop()
            template = None
        if template is None:
            template = self._start(spec)
        if template is None or template.busy or set(modules) <= set(template.modules):
            return
        if tuple(sorted(modules)) not in self._given_up:
            template.load(modules)

    def on_message(
        self, template: TemplateProcess, message: Optional[Dict[str, Any]], spec: contract.ServiceSpec
    ) -> None:
        """Acts on a message of the template; None when it has ended."""
        if message is None:
            template.end()
            if template is self._template:
                self._template = None
                self._failures += 1
                self._tell("The template process ended; workers start afresh until there is another.")
                if _wanted(spec) and self._failures < _FAILURES:
                    self._start(spec)
            template.channel.close()
            return
        why = template.take(message)
        if message["event"] == "imported" and not why:
            self._tell(f"Packages are imported for the next workers ({message['seconds']:.1f} s).", "D")
        if why:
            self._given_up.add(tuple(sorted(template.modules)))
            self._tell(f"Packages are not imported beforehand: {why}.")
            if template is self._template:
                self._drop()
                self._start(spec)

    def meet_deadline(self, now: float) -> None:
        """Gives up a template whose imports hang."""
        template = self._template
        if template is not None and template.overdue(now):
            self._given_up.add(tuple(sorted(template.modules)))
            self._tell("Packages are not imported beforehand: that took too long.")
            self._drop()

    @property
    def deadline(self) -> Optional[float]:
        """Time when `meet_deadline` is to be called; None for never."""
        return self._template.deadline if self._template else None

    def close(self) -> None:
        """Ends the template."""
        self._drop()

    def _start(self, spec: contract.ServiceSpec) -> Optional[TemplateProcess]:
        try:
            self._template = template = TemplateProcess(spec, self._folder, by_fork=False)
            template.listen(self._events)
        except (OSError, ValueError):
            self._drop()
            self._failures = _FAILURES
            return None
        return template

    def _drop(self) -> None:
        template, self._template = self._template, None
        if template is not None:
            template.end()

    def _tell(self, text: str, level: str = "I") -> None:
        if self._log is not None:
            self._log.tell(text, level)


def _wanted(spec: contract.ServiceSpec) -> bool:
    # A debugger expects a program that was started for it alone.
    return spec.template and template_process.supported() and not spec.environment.get(contract.DEBUG_PORT_VARIABLE)
