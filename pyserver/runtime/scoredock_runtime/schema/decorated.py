"""A function with a schema: a call goes through the decorator, everything else is the function's own."""

from typing import Any, Callable, Dict, Tuple

Enter = Callable[[Any, Tuple[Any, ...], Dict[str, Any]], Any]
"""Called with the function, its positional and its named arguments."""

_COPIED = ("__module__", "__name__", "__qualname__", "__doc__")
"""Every object has these or its class has, so `__getattr__` would never be asked."""


class Decorated:
    """Decorated function: to `inspect`, `functools.wraps` and `isinstance` it is the function; in a class it becomes a
    method."""

    def __init__(self, func: Any, enter: Enter) -> None:
        keep = super().__setattr__
        keep("__wrapped__", func)
        keep("_enter", enter)
        for name in _COPIED:
            if hasattr(func, name):
                keep(name, getattr(func, name))

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self._enter(self.__wrapped__, given, named)

    def __get__(self, instance: Any, owner: Any = None) -> "Decorated":
        return Decorated(self.__wrapped__.__get__(instance, owner), self._enter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__wrapped__, name, value)
        if name in _COPIED:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__wrapped__, name)

    # `isinstance` and `inspect.isfunction` ask for the one, `functools.wraps` copies the other.
    __class__ = property(lambda self: self.__wrapped__.__class__)
    __dict__ = property(lambda self: self.__wrapped__.__dict__)

    def __dir__(self) -> Any:
        return dir(self.__wrapped__)

    def __str__(self) -> str:
        return str(self.__wrapped__)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__wrapped__!r}>"

    def __eq__(self, other: object) -> bool:
        return bool(self.__wrapped__ == other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)
