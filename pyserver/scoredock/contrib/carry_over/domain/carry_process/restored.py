"""Plain state as objects of the packages that are here: the other side of `plain_state`."""

import base64
import collections
import functools
import importlib
import inspect
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .failures import CannotCarry
from .migrations import migrated, with_fields_of

Node = Dict[str, Any]


class Restoring:
    """Decodes one model that a release of scikit-learn made."""

    def __init__(self, saved_with: str, arrays: Dict[str, Any]) -> None:
        self.saved_with = saved_with
        self.left: Set[str] = set()
        """Attributes that this release has no counterpart for, and does not need."""
        self._arrays = arrays
        self._values: Dict[int, Any] = {}
        self._numpy = importlib.import_module("numpy")
        self._decoders: Dict[str, Callable[[Node], Any]] = {
            "ref": self._ref,
            "list": self._list,
            "tuple": lambda node: self._noted(node, tuple(self._items(node["tuple"]))),
            "set": lambda node: self._noted(node, set(self._items(node["set"]))),
            "frozenset": lambda node: self._noted(node, frozenset(self._items(node["frozenset"]))),
            "dict": lambda node: self._mapping(node, {}, node["dict"]),
            "bunch": lambda node: self._mapping(node, importlib.import_module("sklearn.utils").Bunch(), node["bunch"]),
            "bytes": lambda node: base64.b64decode(node["bytes"]),
            "slice": lambda node: slice(*self._items(node["slice"])),
            "range": lambda node: range(*node["range"]),
            "masked": lambda node: self._numpy.ma.MaskedArray(*self._items(node["masked"])),
            "objects": self._objects,
            "array": lambda node: self._noted(node, self._arrays[node["array"]]),
            "scalar": lambda node: self._numpy.dtype(node["scalar"][0]).type(node["scalar"][1]),
            "dtype": lambda node: self._numpy.dtype(node["dtype"]),
            "randomState": self._random_state,
            "sparse": self._sparse,
            "tree": self._tree,
            "index": lambda node: importlib.import_module("pandas").Index(self._items(node["index"])),
            "partial": self._partial,
            "name": lambda node: _named(*node["name"]),
            "object": self._object,
        }

    def decoded(self, node: Any) -> Any:
        """Object that a node stands for. Raises CannotCarry `counterpart` with the names of missing classes."""
        if not isinstance(node, dict):
            return node
        kind = next(name for name in node if name in self._decoders)
        return self._decoders[kind](node)

    def _noted(self, node: Node, value: Any) -> Any:
        if "number" in node:
            self._values[node["number"]] = value
        return value

    def _items(self, nodes: List[Any]) -> List[Any]:
        return [self.decoded(each) for each in nodes]

    def _ref(self, node: Node) -> Any:
        return self._values.get(node["ref"])

    def _list(self, node: Node) -> Any:
        values: List[Any] = self._noted(node, [])
        values.extend(self._items(node["list"]))
        return values

    def _mapping(self, node: Node, empty: Any, items: List[Any]) -> Any:
        entries = self._noted(node, empty)
        for key, value in items:
            entries[self.decoded(key)] = self.decoded(value)
        return entries

    def _objects(self, node: Node) -> Any:
        items = self._items(node["objects"])
        array = self._numpy.empty(len(items), dtype=object)
        for place, each in enumerate(items):
            array[place] = each
        return self._noted(node, array.reshape(node["shape"]))

    def _random_state(self, node: Node) -> Any:
        state = self._noted(node, self._numpy.random.RandomState())
        state.set_state(tuple(self.decoded(node["randomState"])))
        return state

    def _sparse(self, node: Node) -> Any:
        kinds = importlib.import_module("scipy.sparse")
        kind = {"csr": kinds.csr_matrix, "csc": kinds.csc_matrix}[node["sparse"]]
        return kind(tuple(self._items(node["parts"])), shape=tuple(node["shape"]))

    def _tree(self, node: Node) -> Any:
        module = importlib.import_module("sklearn.tree._tree")
        features, classes, outputs = self._items(node["tree"])
        state = {name: self.decoded(each) for name, each in node["state"].items()}
        state["nodes"] = with_fields_of(state["nodes"], module.NODE_DTYPE)
        tree = module.Tree(features, classes.astype(self._numpy.intp), outputs)
        tree.__setstate__(state)
        return self._noted(node, tree)

    def _partial(self, node: Node) -> Any:
        function, arguments, keywords = self._items(node["partial"])
        return functools.partial(function, *arguments, **keywords)

    def _object(self, node: Node) -> Any:
        kind = _class(*node["object"])
        if kind is None:
            name = ".".join(node["object"])
            if not node["parameters"]:
                self.left.add(name)  # a part of the old release's own; what needs it makes its own
                return None
            raise CannotCarry("counterpart", [name])
        instance = self._noted(node, kind.__new__(kind))
        state = {name: self.decoded(each) for name, each in node["state"].items()}
        if node["parameters"]:
            state = migrated(instance, state, _parameters_here(kind, node["parameters"]), self.saved_with)
        elif "base_estimator" in state:
            state["estimator"] = state.pop("base_estimator")  # of a part of a calibrated classifier
        vars(instance).update(state)
        return instance


def _parameters_here(kind: Any, before: List[str]) -> Tuple[Dict[str, Any], Set[str]]:
    """Parameters of this release with their defaults; names of those that it no longer has."""
    here = {
        name: parameter.default
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if name != "self" and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    return here, {name for name in before if name not in here}


def _class(module: str, name: str) -> Optional[Any]:
    """The class of this release: at its own place, or where its package offers it to everybody."""
    parts = module.split(".")
    for place in (module, ".".join(parts[:2])):
        try:
            attribute = importlib.import_module(place)
            for part in name.split("."):
                attribute = getattr(attribute, part)
        except (ImportError, AttributeError):
            continue
        return attribute
    return None


def _named(module: str, name: str) -> Any:
    """A function or class by name. Raises CannotCarry `counterpart`."""
    if (module, name) == ("builtins", "None"):
        return None
    if (module, name) == ("collections", "OrderedDict"):
        return collections.OrderedDict
    kind = _class(module, name)
    if kind is None:
        raise CannotCarry("counterpart", ["{}.{}".format(module, name)])
    return kind
