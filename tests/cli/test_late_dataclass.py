"""Classes whose methods are made late behave as those of the standard library, in whichever order they are used."""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from scoredock.late_dataclass import dataclass as late

T = TypeVar("T")
Decorator = Callable[..., Any]


class Kinds:
    """One class of each form that the server has, by a decorator."""

    def __init__(self, dataclass: Decorator) -> None:
        @dataclass(frozen=True, slots=True)
        class Slotted:
            """With a text."""

            x: int
            y: str = "y"
            z: Mapping[str, int] = dataclasses.field(default_factory=dict, hash=False)
            v: int = dataclasses.field(default=3, kw_only=True)
            kind: ClassVar[str] = "slotted"

        @dataclass(frozen=True)
        class Frozen:
            x: int
            y: str = "y"
            z: tuple[int, ...] = dataclasses.field(default=(1,), repr=False, compare=False)
            u: list[int] = dataclasses.field(default_factory=list, init=False, compare=False)
            t: int = dataclasses.field(default=5, init=False)

            def double(self) -> int:
                return 2 * self.x

        @dataclass(frozen=True, kw_only=True)
        class Below(Frozen):
            w: int = 4

        @dataclass
        class Plain:
            x: int
            y: list[int] = dataclasses.field(default_factory=list)

            def __post_init__(self) -> None:
                self.y.append(self.x)

        @dataclass(slots=True, eq=False)
        class ByIdentity:
            x: int
            y: int = 2

        @dataclass(frozen=True, slots=True, order=True)
        class Ordered:
            x: int
            y: int = 2

        @dataclass(frozen=True, slots=True)
        class Of(Generic[T]):
            x: T
            y: int = 2

        @dataclass(slots=True)
        class SlottedBelow(Plain):
            w: int = 4

        @dataclass(eq=False)
        class Fault(Exception):
            x: int
            y: str = "y"

        self.all: dict[str, Any] = {
            each.__name__: each
            for each in (Slotted, Frozen, Below, Plain, ByIdentity, Ordered, Of, SlottedBelow, Fault)
        }


def seen(action: Callable[[], object]) -> object:
    try:
        return action()
    except Exception as error:
        return type(error).__name__


USES: dict[str, Callable[[Any], object]] = {
    "its text": lambda cls: repr(cls(1)).partition("<locals>.")[2].partition(" object at ")[0],
    "equal": lambda cls: (cls(1) == cls(1), cls(1) == cls(2), cls(1) == 1),
    "hash": lambda cls: (one := cls(1)) and (type(one).__eq__ is object.__eq__ or hash(one) == hash(cls(1))),
    "order": lambda cls: cls(1) < cls(2),
    "fields": lambda cls: [(each.name, each.type, each.repr, each.compare) for each in dataclasses.fields(cls)],
    "fields of one": lambda cls: [each.name for each in dataclasses.fields(cls(1))],
    "is one": lambda cls: dataclasses.is_dataclass(cls),
    "as a mapping": lambda cls: dataclasses.asdict(cls(1)),
    "replaced": lambda cls: dataclasses.asdict(dataclasses.replace(cls(1), x=5)),
    "copied": lambda cls: dataclasses.asdict(copy.deepcopy(copy.copy(cls(1)))),
    "by name": lambda cls: dataclasses.asdict(cls(x=1, w=7)),
    "by place": lambda cls: dataclasses.asdict(cls(1, "b", {}, 4)),
    "too few": lambda cls: cls(),
    "too many": lambda cls: cls(1, 2, 3, 4, 5),
    "assigned": lambda cls: setattr(cls(1), "x", 3),
    "deleted": lambda cls: delattr(cls(1), "x"),
    "positions": lambda cls: cls(1) and cls.__match_args__,
    "what the class has": lambda cls: cls(1) and {name: hasattr(cls, name) for name in ("x", "y", "z", "kind")},
    "a default": lambda cls: cls(1) and isinstance(cls.y, str),
    "a factory": lambda cls: cls(1).z is not cls(1).z,
    "a folder of its own": lambda cls: hasattr(cls(1), "__dict__"),
    "its name": lambda cls: (cls.__name__, cls.__qualname__, cls.__module__),
    "raised": lambda cls: issubclass(cls, Exception) and (cls(1).args, str(cls(1))),
    "a method": lambda cls: cls(3).double(),
    "bases": lambda cls: [each.__name__ for each in cls.__mro__],
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_it_is_that_of_the_standard_library(use: Callable[[Any], object]) -> None:
    expected, late_ones = Kinds(dataclasses.dataclass).all, Kinds(late).all
    for name, cls in expected.items():
        assert seen(lambda: use(late_ones[name])) == seen(lambda: use(cls)), name  # noqa: B023 (called at once)


def test_an_unknown_name_of_a_frozen_one_is_refused() -> None:
    for name in ("Slotted", "Frozen", "Below", "Ordered"):
        one = Kinds(late).all[name](1)
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.other = 1


def test_many_threads_may_make_the_first_one() -> None:
    for _ in range(20):
        kinds, found = Kinds(late).all, []
        begin = threading.Barrier(8)

        def make(kinds: dict[str, Any] = kinds, found: list[bool] = found, begin: threading.Barrier = begin) -> None:
            begin.wait()
            found.append(all(kinds[name](1) == kinds[name](1) for name in ("Below", "Slotted", "Frozen", "Of")))

        threads = [threading.Thread(target=make) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert found == [True] * 8


def test_nothing_is_made_before() -> None:
    cls = Kinds(late).all["Below"]
    assert not any("__repr__" in vars(each) for each in cls.__mro__[:2])
    assert cls(1) == cls(1)
    assert all("__repr__" in vars(each) for each in cls.__mro__[:2])
