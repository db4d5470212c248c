"""The files of a service changed in place: old entries of the application's root aside, new ones in, and back if need
be.

Every step is a rename within one volume. A journal in the service folder says what was meant, so that a parent that
comes after a killed one finishes or undoes the switch by what had been decided.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import threads
from scoredock_runtime.service_folder.atomic_write import replace_text

ASIDE = "aside-"
"""How folders below HIDDEN_FOLDER begin whose content nobody needs once there is no journal."""

_KEPT = (contract.MODELS_FOLDER, contract.HIDDEN_FOLDER)
_COMPILED = "__pycache__"
"""Of scripts at the top of the root: made from files that lie there no more."""


class BadSwitch(ValueError):
    """Raised where a switch that was asked for cannot be done; the text is one sentence."""


@dataclass
class Switch:
    """One change of files. The service folder holds the journal; all other paths are in the same volume."""

    folder: str
    app_root: str
    source: str
    aside: str
    names: Optional[List[str]] = None
    """Of old entries that go; None for all."""
    outgoing: List[str] = field(default_factory=list)
    incoming: List[str] = field(default_factory=list)
    accepted: str = ""
    """The spec to be written, once the new workers have passed."""
    made: bool = False

    def make(self) -> None:
        """Puts the new files in place. Raises OSError; everything is where it was then."""
        recover(self.folder)  # what an undo could not do
        self.incoming = [name for name in sorted(os.listdir(self.source)) if name not in _KEPT]
        goes = None if self.names is None else {*self.names, *self.incoming, _COMPILED}
        present = [name for name in sorted(os.listdir(self.app_root)) if name not in _KEPT]
        self.outgoing = [name for name in present if goes is None or name in goes]
        os.makedirs(self.aside)
        self.made = True
        self._note()
        try:
            for name in self.outgoing:
                os.rename(os.path.join(self.app_root, name), os.path.join(self.aside, name))
            for name in self.incoming:
                os.rename(os.path.join(self.source, name), os.path.join(self.app_root, name))
        except OSError:
            self.undo()
            self.made = False
            raise

    def undo(self) -> None:
        """Everything is where it was before. Raises OSError when that is impossible; the journal then still tells."""
        moved = self.incoming if os.path.isdir(self.source) else []  # else it was all undone before
        for name in moved:
            place, source = os.path.join(self.app_root, name), os.path.join(self.source, name)
            if os.path.lexists(place) and not os.path.lexists(source):
                os.rename(place, source)
        for name in self.outgoing:
            place, kept = os.path.join(self.app_root, name), os.path.join(self.aside, name)
            if os.path.lexists(kept):
                if os.path.lexists(place):
                    os.rename(place, self._spare(name))  # made by a worker meanwhile
                os.rename(kept, place)
        self._forget()

    def accept(self, spec: contract.ServiceSpec) -> None:
        """Accepts the switch, which is finished from now on, not undone. Raises OSError; then it is not."""
        self.accepted = contract.to_json(spec)
        try:
            self._note()
        except OSError:
            self.accepted = ""
            raise

    def finish(self) -> None:
        """The spec that goes with the new files has been written; what nobody needs goes."""
        self._forget()

    def _spare(self, name: str) -> str:
        os.makedirs(os.path.join(self.aside, contract.HIDDEN_FOLDER), exist_ok=True)
        return os.path.join(self.aside, contract.HIDDEN_FOLDER, name)

    def _note(self) -> None:
        replace_text(os.path.join(self.folder, contract.SWITCH_FILE), json.dumps(dataclasses.asdict(self)))

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            os.rename(self.source, f"{self.aside}.source")
        os.unlink(os.path.join(self.folder, contract.SWITCH_FILE))
        _remove([self.aside, f"{self.aside}.source"])


def switch_from(folder: str, app_root: str, raw: Any) -> Switch:
    """The switch that a request asks for. Raises BadSwitch."""
    if not isinstance(raw, dict) or not isinstance(raw.get("from"), str):
        raise BadSwitch('switch is {"from": folder, "names": [name, …]}.')
    hidden = os.path.join(app_root, contract.HIDDEN_FOLDER)
    source = os.path.normpath(raw["from"])
    if os.path.dirname(source) != hidden or os.path.basename(source).startswith(ASIDE) or os.path.islink(source):
        raise BadSwitch(f"switch.from is {source}, and not a folder in {hidden}.")
    if not os.path.isdir(source):
        raise BadSwitch(f"switch.from is {source}, and there is no such folder.")
    names = raw.get("names")
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise BadSwitch("switch.names is a list of names of entries of the application's root.")
    return Switch(folder, app_root, source, os.path.join(hidden, f"{ASIDE}{time.time_ns():x}"), names)


def recover(folder: str) -> None:
    """Finishes or undoes what a killed parent had begun. Raises OSError when neither is possible."""
    path = os.path.join(folder, contract.SWITCH_FILE)
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as stream:
        switch = Switch(**json.loads(stream.read()))
    if switch.accepted:
        replace_text(os.path.join(folder, contract.SPEC_FILE), switch.accepted + "\n")
        switch.finish()
    else:
        switch.undo()


def clear(app_root: str) -> None:
    """Removes what the switches of former parents have left, in the background."""
    hidden = os.path.join(app_root, contract.HIDDEN_FOLDER)
    with contextlib.suppress(OSError):
        left = [os.path.join(hidden, name) for name in os.listdir(hidden) if name.startswith(ASIDE)]
        if left:
            _remove(left)


def requested_switch(folder: str, app_root: str, body: Dict[str, Any]) -> Optional[Switch]:
    """The switch of a request, where it has one. Raises BadSwitch."""
    raw = body.get("switch")
    return None if raw is None else switch_from(folder, app_root, raw)


def _remove(folders: List[str]) -> None:
    def run() -> None:
        for each in folders:
            shutil.rmtree(each, ignore_errors=True)

    # What is left the next parent removes.
    with contextlib.suppress(OSError):
        threads.start(run, name="remove", at_fault=lambda _: None)
