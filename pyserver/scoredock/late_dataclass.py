"""`dataclass` of the standard library, which makes the methods of a class when its first instance is made.

Making them takes about a millisecond for each class. A command imports some hundred of these classes and uses a few
dozen. The standard library does the work as before, so fields and options are its own. It compiles a text for each
method: of a frozen class, which most are, `__init__` alone is compiled, and the others are written here once for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    import threading
    from operator import attrgetter
    from reprlib import recursive_repr

    _OF_CLASSES = ("__dict__", "__weakref__")
    """What a class statement adds by itself."""
    _making = threading.RLock()
    """Of methods: a class makes those of its bases first."""

    def dataclass(cls=None, /, *, slots=False, **options):
        """Same as `dataclasses.dataclass`, but makes the methods of the class at its first instance."""
        if cls is None:
            return lambda cls: _late(cls, slots, options)
        return _late(cls, slots, options)

    def _late(cls, slots, options):
        of_bases = any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__) if slots else False
        if of_bases or "__init__" in cls.__dict__:
            return dataclasses.dataclass(cls, slots=slots, **options)
        namespace = {name: value for name, value in cls.__dict__.items() if name not in _OF_CLASSES}
        if slots:
            cls = _slotted(cls, namespace, is_frozen=options.get("frozen", False))

        def make():
            with _making:
                if not isinstance(cls.__dict__["__dataclass_fields__"], dict):
                    _make(cls, namespace, slots, options)

        def first(self, *args, **kwargs):
            make()
            cls.__init__(self, *args, **kwargs)

        cls.__init__ = first
        cls.__dataclass_fields__ = _Fields(make, cls)
        return cls

    class _Fields:
        """In the place of the fields until somebody asks for them."""

        def __init__(self, make, cls):
            self._make, self._cls = make, cls

        def __get__(self, instance, owner=None):
            self._make()
            return self._cls.__dict__["__dataclass_fields__"]

    def _make(cls, namespace, slots, options):
        """By the standard library, on a class that is gone afterwards: it takes an `__init__` that is there, and a
        slot for the default of a field."""
        twin = type(cls)(cls.__name__, cls.__bases__, {**namespace, "__doc__": cls.__doc__ or cls.__name__})
        is_usual = options.get("frozen") and not options.keys() - {"frozen", "kw_only"}
        if is_usual and not any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__):
            dataclasses.dataclass(twin, kw_only=options.get("kw_only", False), init=False, repr=False, eq=False)
            twin.__dataclass_params__.frozen = True
            twin.__init__ = _init(cls, dataclasses.fields(twin))
        else:
            dataclasses.dataclass(twin, **options, **({"repr": False, "eq": False} if is_usual else {}))
        own = {name: value for name, value in vars(twin).items() if namespace.get(name, _Fields) is not value}
        for name in ("__doc__", "__module__", *_OF_CLASSES, *(twin.__dataclass_fields__ if slots else ())):
            own.pop(name, None)
        if options.get("frozen"):
            own["__setattr__"], own["__delattr__"] = _frozen(cls)
        own |= _compared(namespace, dataclasses.fields(twin)) if is_usual else {}
        last = {name: own.pop(name) for name in ("__init__", "__dataclass_fields__")}
        for name, value in own.items():
            setattr(cls, name, value)
        for name in () if slots else namespace.keys() - vars(twin).keys():
            delattr(cls, name)  # a field with a factory has no default in its class
        for name, value in last.items():
            setattr(cls, name, value)

    def _init(cls, fields):
        """Same `__init__` as that of the standard library, which compiles two more methods with it that are not used
        here."""
        names = {"_assign": object.__setattr__, "_MISSING": dataclasses.MISSING}
        by_place, by_name, lines = ["self"], ["*"], []
        for number, each in enumerate(fields):
            value, default, factory = each.name, f"_default{number}", f"_factory{number}"
            if each.default_factory is not dataclasses.MISSING:
                names[factory], names[default] = each.default_factory, dataclasses.MISSING
                value = f"{factory}() if {value} is _MISSING else {value}" if each.init else f"{factory}()"
            elif each.default is not dataclasses.MISSING:
                names[default] = each.default
                value = value if each.init else default
            elif not each.init:
                continue
            if each.init:
                parameter = f"{each.name}={default}" if default in names else each.name
                (by_name if each.kw_only else by_place).append(parameter)
            lines.append(f" _assign(self, {each.name!r}, {value})")
        if hasattr(cls, "__post_init__"):
            lines.append(" self.__post_init__()")
        parameters = ", ".join([*by_place, *(by_name if len(by_name) > 1 else [])])
        exec("\n".join([f"def __init__({parameters}):", *lines, " pass"]), names)  # noqa: S102 (as the standard library)
        init = names["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

    def _frozen(cls):
        """Those of the standard library would know the class that is gone."""

        def refuse(self, name, verb):
            if type(self) is cls or any(name == each.name for each in dataclasses.fields(cls)):
                raise dataclasses.FrozenInstanceError(f"cannot {verb} field {name!r}")

        def __setattr__(self, name, value):
            refuse(self, name, "assign to")
            super(cls, self).__setattr__(name, value)

        def __delattr__(self, name):
            refuse(self, name, "delete")
            super(cls, self).__delattr__(name)

        return __setattr__, __delattr__

    def _compared(namespace, fields):
        """The methods that the class has not written itself."""
        names_to_show = [each.name for each in fields if each.repr]
        compared = _values([each.name for each in fields if each.compare])
        hashed = _values([each.name for each in fields if (each.compare if each.hash is None else each.hash)])

        @recursive_repr()
        def __repr__(self):
            texts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names_to_show)
            return f"{self.__class__.__qualname__}({texts})"

        def __eq__(self, other):
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self):
            return hash(hashed(self))

        # As the standard library sees it: Python itself writes None where a class has only its `__eq__`.
        written = {name for name, each in namespace.items() if name != "__hash__" or each or "__eq__" not in namespace}
        return {each.__name__: each for each in (__repr__, __eq__, __hash__) if each.__name__ not in written}

    def _values(names):
        """Function that gives the values of an instance, as a tuple."""
        values = attrgetter(*names) if names else lambda _: ()
        return values if len(names) != 1 else lambda one: (values(one),)

    def _slotted(cls, namespace, *, is_frozen):
        """The class again, with a slot for each field."""
        names = tuple(name for name, written in cls.__annotations__.items() if "ClassVar[" not in str(written))
        own = {name: value for name, value in namespace.items() if name not in names}
        slotted = type(cls)(cls.__name__, cls.__bases__, {**own, "__slots__": names})
        slotted.__qualname__ = cls.__qualname__
        if is_frozen and "__getstate__" not in own:
            slotted.__getstate__, slotted.__setstate__ = _state, _set_state
        return slotted

    def _state(self):
        return [getattr(self, each.name) for each in dataclasses.fields(self)]

    def _set_state(self, state):
        for each, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)


__all__ = ["dataclass"]
