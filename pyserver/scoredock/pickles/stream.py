"""All pickles in one run of bytes, one after the other, with the arrays of joblib between their opcodes."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.pickles.arrays import array_of
from scoredock.pickles.budget import Budget, Damaged, NotRead
from scoredock.pickles.findings import Met
from scoredock.pickles.machine import Machine
from scoredock.pickles.opcodes import OPCODES, PROTOCOLS
from scoredock.pickles.opcodes import follow as follow_one
from scoredock.pickles.reading import Ended, Input, of_bytes
from scoredock.pickles.values import OTHER, MadeObject, Table, Value

TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The number that PyTorch wrote before version 1.6 as a first pickle."""
_TORCH_PICKLES = 5
"""Number, protocol, description of the machine, the object, the keys of the storages; their bytes follow."""
_CLASSES = ("classes_", "_classes")
"""Attributes of models of scikit-learn and LightGBM that hold the classes."""
_MOST_PICKLES = 100_000
_MOST_FRAMES = 3
_OTHERWISE = "it may hold something else when it is read without joblib"
_AHEAD = (64 << 10, 4 << 20)


@dataclass(slots=True)
class ArrayFollower(Met):
    """Listens to a machine and reads the arrays that follow joblib's wrappers."""

    budget: Budget = field(default_factory=Budget)
    inside: bool = False
    """In an array of objects."""
    depth: int = 0
    """Frames behind whose end this one reads on, one after the other."""
    frames: int = 0
    """Frames behind whose end was looked."""
    whole: int = 0
    """Pickles that were followed to their end."""
    stop: NotRead | None = None
    """Why it could not be followed to its end."""

    def built(self, machine: Machine, target: Value) -> None:
        """Passes over the array that follows, or follows the pickle that it is. Raises NotRead."""
        if self.inside:
            return  # arrays of objects are read as plain pickles
        array = array_of(target)
        if array is None:
            self._name_features(machine, target)
            return
        if machine.frame_end and machine.frame_end != machine.source.position:
            raise NotRead("an array stands where joblib writes none")
        machine.frame_end = 0
        self._compare(machine)
        if isinstance(target, MadeObject) and isinstance(target.state, Table) and _stands_at(machine, *_CLASSES):
            self.features.classify(_type_code(target.state.items.get("dtype")), len(machine.below))
        machine.stack[-1] = OTHER
        source = machine.source
        if array.objects:
            self.inside = True
            follow_one(Machine(source, self, self.budget))
            self.inside = False
            if _stands_at(machine, "feature_names_in_"):
                self.features.name_them(len(machine.below))
            return
        if array.filled:
            self.padded = True
            source.skip(source.byte())
        source.skip(array.size)

    def _name_features(self, machine: Machine, target: Value) -> None:
        """An array that plain pickles have between their opcodes: its items came last."""
        if not isinstance(target, MadeObject) or target.maker.attribute != "_reconstruct":
            return
        if _stands_at(machine, "feature_names_in_"):
            self.features.name_them(len(machine.below))
        elif _stands_at(machine, *_CLASSES) and isinstance(target.state, tuple) and len(target.state) > 2:
            self.features.classify(_type_code(target.state[2]), len(machine.below))

    def _compare(self, machine: Machine) -> None:
        """Notes what `pickle.load` would make of the array, which it takes for opcodes. In files of joblib it stops at
        once."""
        for size in _AHEAD:
            ahead = machine.source.peek(size)
            if not ahead or ahead[0] not in OPCODES:
                return
            self.budget.spend_time()  # another machine begins with a copy of all that this one keeps in mind
            met = _Plain()
            try:
                follow_one(machine.fork(of_bytes(ahead), met))
            except Ended:
                if len(ahead) == size and size != _AHEAD[-1]:
                    continue
                if len(ahead) == size:
                    met.notes.setdefault(_OTHERWISE)
            except Damaged:
                pass  # an unpickler stops here as well
            except NotRead:
                met.notes.setdefault(_OTHERWISE)
            self.take(met.relevant_findings())
            return


@dataclass(slots=True)
class _Plain(Met):
    """Listens to what `pickle.load` would do in the middle of a file of joblib."""

    def built(self, machine: Machine, target: Value) -> None:
        """Nothing is read in between."""

    def untold(self, what: str) -> None:
        """A name that is not text stops an unpickler."""
        raise Damaged(what)

    def odd(self, what: str) -> None:
        """Calling an object that models usually hold stops an unpickler."""
        raise Damaged(what)

    def relevant_findings(self) -> Met:
        """Findings that count: in arrays of objects numpy's own names appear under whatever the memo holds there."""
        met = Met(bad=self.bad, notes=self.notes)
        if any(name.rpartition(".")[2] not in ("dtype", "scalar", "ndarray") for name in self.unknown):
            met.notes.setdefault("it names other things when it is read without joblib")
        return met


def _stands_at(machine: Machine, *keys: str) -> bool:
    """True if what was built last is the entry of one of these names."""
    return len(machine.stack) > 1 and machine.stack[-2] in keys


def _type_code(kind: Value) -> str:
    """Code of a `numpy.dtype`; empty for any other value."""
    code = kind.arguments[0] if isinstance(kind, MadeObject) and kind.arguments else None
    return code if isinstance(code, str) else ""


def follow(source: Input, budget: Budget, *, torch: bool = False) -> ArrayFollower:
    """Everything that the pickles at the front of the input name. Never raises but OSError and `cancelled`.

    What could not be followed to the end is in the notes. With `torch` the file is one of PyTorch before 1.6.
    """
    return _follow_all(ArrayFollower(budget=budget), source, torch=torch)


def _follow_all(follower: ArrayFollower, source: Input, *, torch: bool = False) -> ArrayFollower:
    budget = follower.budget
    try:
        while True:
            machine = Machine(source, follower, budget)
            follow_one(machine)
            follower.whole += 1
            if machine.frame_end > source.position:
                _follow_behind(machine, follower)
            ahead = source.peek(2)
            if not ahead or (torch and follower.whole == _TORCH_PICKLES):
                return follower
            if follower.whole >= _MOST_PICKLES:
                raise NotRead("it holds more pickles than are followed")
            if not starts_pickle(ahead) and ahead[0] not in OPCODES:
                raise NotRead("something follows its pickle that is none")
    except NotRead as stop:
        follower.stop = stop
        follower.notes.setdefault(f"{stop}, at byte {source.position:,}; what follows was not looked at")
    return follower


def _follow_behind(machine: Machine, follower: ArrayFollower) -> None:
    """A pickle that ends inside its frame: the next one is read from here or from behind the frame, which depends on
    the size of the frame and on what the unpickler reads from. Follows what lies behind it, as a pickle of its own."""
    follower.odd("ends inside a frame, behind which not everybody reads on at the same place")
    source = machine.source
    rest = machine.frame_end - source.position
    if rest >= _AHEAD[-1] or max(follower.depth, follower.frames) >= _MOST_FRAMES:
        return  # the note above says that it is not known
    follower.frames += 1
    behind = source.peek(_AHEAD[-1])[rest:]
    if behind:
        follower.budget.spend_time()
        follower.take(_follow_all(ArrayFollower(budget=follower.budget, depth=follower.depth + 1), of_bytes(behind)))


def starts_pickle(head: bytes) -> bool:
    """Protocol 2 and later say so themselves."""
    return len(head) > 1 and head[0] == 0x80 and head[1] in PROTOCOLS
