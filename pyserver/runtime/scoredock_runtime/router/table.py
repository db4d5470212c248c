"""Table of the versions that answer requests, by shares. Pure, but for chance."""

from __future__ import annotations

import random
import zlib
from typing import Dict, List, Optional, Sequence

from scoredock_runtime.base import traffic_counts
from scoredock_runtime.contract import Routes
from scoredock_runtime.router.heads import BadMessage, RequestHead
from scoredock_runtime.router.version import Version

_SLOTS = 100
"""Shares are whole percents."""


class RouteTable:
    """Replaced as a whole: a request meets the shares of before or those of after, never a mixture."""

    def __init__(self, routes: Routes, versions: Dict[str, Version]) -> None:
        self.versions = versions
        """By name."""
        self._random = random.Random().random  # noqa: S311 (nothing is kept secret by it)
        self._by_name = {name.encode("ascii", "replace"): version for name, version in versions.items()}
        self._default = versions[routes.default]
        self._takeover = routes.takeover
        # The default version has the first slots and what nobody else has, so that a share that grows or shrinks moves
        # as few of the requests that stick as possible.
        others: List[Version] = []
        for route in routes.versions:
            if route.name != routes.default:
                others += [versions[route.name]] * route.share
        self._slots = [*[self._default] * (_SLOTS - len(others)), *others]
        shares = {route.name: route.share for route in routes.versions}
        rest = sorted(versions, key=lambda name: -shares[name])
        self._order = [self._default, *(versions[name] for name in rest if name != routes.default)]
        self._others = others

    def choose(self, head: RequestHead) -> Version:
        """Version that answers a request. Raises BadMessage for a request that names a version that is not there."""
        if head.pinned is not None:
            named = self._by_name.get(head.pinned)
            if named is None:
                raise BadMessage(404, "The endpoint has no version of the name that the request asks for.")
            return named
        if head.sticky is not None:
            return self._slots[zlib.crc32(head.sticky) % _SLOTS]
        return self._slots[int(self._random() * _SLOTS)]

    def pass_over(self, version: Version) -> None:
        """Gives a version no more requests but those that name it; the default version gets its share."""
        self._slots = [self._default if each is version else each for each in self._slots]
        self._others = [each for each in self._others if each is not version]

    def in_place_of(self, version: Version) -> Optional[List[str]]:
        """Names of those that answer its share while it takes no connection; None where it has none."""
        if version not in self._slots:
            return None
        away = [each for each in self._order if each is version or each.counts[traffic_counts.AWAY_SINCE]]
        if self._default not in away:
            return [self._default.name]
        if not self._takeover:
            return []
        others = [each for each in self._order if each not in away]
        return [each.name for each in others if each in self._others] or [each.name for each in others[:1]]

    def another(self, passed_over: Sequence[Version], sticky: Optional[bytes] = None) -> Optional[Version]:
        """Version that answers in the place of those that take no connection: the default one, without it the others in
        proportion to their shares, and then whoever is left; None when that is nobody, or nobody may."""
        if self._default in passed_over:
            if not self._takeover:
                return None
            slots = [each for each in self._others if each not in passed_over]
            if slots:
                chance = self._random() * len(slots) if sticky is None else zlib.crc32(sticky) // _SLOTS % len(slots)
                return slots[int(chance)]
        return next((each for each in self._order if each not in passed_over), None)
