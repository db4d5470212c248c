"""Facts about a pickle from its opcodes: which modules it names, which version strings it carries.

Nothing is loaded, and what is found is a hint for a form to fill in. `pickles.scan` says what the names mean.
"""

from __future__ import annotations

from typing import BinaryIO

from scoredock.late_dataclass import dataclass
from scoredock.pickles.budget import Budget, Damaged
from scoredock.pickles.reading import Input
from scoredock.pickles.stream import follow, starts_pickle
from scoredock.pickles.values import SEPARATE, WRAPPERS

MOST_BYTES = 32 << 20
_OPCODES = 500_000
_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class PickleFacts:
    """Names and versions in the opcodes."""

    modules: tuple[str, ...]
    """Top-level packages of the objects, in the order they are met."""
    first: str
    """`module.name` of the first object, usually the model's own class."""
    versions: dict[str, str]
    """Value of string attributes whose name ends with `_version` (`_sklearn_version`)."""
    features: int = 0
    """Columns that the outermost model takes (`n_features_in_`); 0 where it does not say."""
    feature_names: tuple[str, ...] = ()
    """Their names, where it was trained with a data frame (`feature_names_in_`)."""
    objects: frozenset[str] = frozenset()
    """All that it imports, `module.attribute`."""
    protocol: int = 0
    code: int = 0
    """With how many arguments it makes code objects: 16 from Python 3.8 on, 18 from 3.11 on; 0 where it makes none."""
    padded: bool = False
    """Its arrays are laid out as joblib does from release 1.2 on."""
    classes: str = ""
    """NumPy's code of the type of the classes that the outermost model tells apart (`i8`, `O`); empty where it has
    none."""

    @property
    def joblib(self) -> str:
        """The module whose `dump` wrote arrays that only its `load` reads: `joblib`, or `sklearn.externals.joblib`, the
        copy in scikit-learn before 0.21. Empty where `pickle.load` and both of these read the file."""
        wrapper = min(self.objects & (WRAPPERS | SEPARATE), default="")
        return wrapper.partition(".numpy_pickle")[0]


def walk(stream: BinaryIO) -> PickleFacts | None:
    """Facts of the pickle at the stream's start; None when it is not a pickle. What comes after damage, or beyond the
    bounds, is not seen. Never raises but OSError.
    """
    source = Input(stream)
    head = source.peek(3)
    if not starts_pickle(head) and head[:1] not in (b"(", b"]", b"}", b"c"):
        return None
    follower = follow(source, Budget(seconds=_SECONDS, opcodes=_OPCODES))
    if isinstance(follower.stop, Damaged) and not (
        follower.named if starts_pickle(head) else follower.effects and follower.named
    ):
        return None
    features = follower.features
    return PickleFacts(
        tuple(follower.modules),
        follower.first,
        follower.versions,
        features.count,
        features.names,
        frozenset(follower.objects),
        follower.protocol,
        follower.code,
        follower.padded,
        features.classes,
    )
