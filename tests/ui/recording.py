"""A film of the window, for the README: what the browser paints, as an animated picture."""

from __future__ import annotations

import base64
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page

from desks import few_colours

LONGEST_STEP = 0.7
"""Seconds that a picture stands at most: nobody wants to watch packages being installed."""
LAST_STEP = 3.0
WIDTH = 960
COLOURS = (96, 64)
"""Of most points, and of the others."""
POINTER = """
() => {
    const pointer = document.createElement("div");
    pointer.id = "pointer";
    pointer.style.cssText = "position:fixed;z-index:1000000;width:14px;height:14px;margin:-7px;border-radius:50%;" +
        "pointer-events:none;background:#e8590caa;border:2px solid #fff;left:60%;top:60%;" +
        "transition:left .35s ease-in-out,top .35s ease-in-out,transform .12s";
    document.body.append(pointer);
}
"""
MOVE = """
([x, y]) => {
    const pointer = document.getElementById("pointer");
    pointer.style.left = `${x}px`;
    pointer.style.top = `${y}px`;
}
"""
PRESS = """pressed => { document.getElementById("pointer").style.transform = pressed ? "scale(.6)" : ""; }"""


@dataclass
class Recording:
    """Pictures of a page with the moments at which they were painted."""

    page: Page
    pictures: list[tuple[float, bytes]] = field(default_factory=list)

    def click(self, place: Locator) -> None:
        """As a person does it: the pointer goes there, stands, and presses."""
        box = place.bounding_box()
        assert box is not None, "what is to be clicked is shown"
        self.page.evaluate(MOVE, [box["x"] + min(box["width"] / 2, 90), box["y"] + box["height"] / 2])
        self.page.wait_for_timeout(600)  # the pointer is on its way
        self.page.evaluate(PRESS, True)
        self.page.wait_for_timeout(150)
        place.click()
        self.page.evaluate(PRESS, False)

    def save(self, path: Path) -> None:
        """An animated picture, each step no longer than `LONGEST_STEP`."""
        drawn = [(moment, _frame(raw)) for moment, raw in self.pictures]
        # The first may be of a window that was just given another size.
        (size, _), *_ = Counter(picture.size for _, picture in drawn).most_common(1)
        shown = [(moment, picture) for moment, picture in drawn if picture.size == size]
        steps = [min(LONGEST_STEP, after - before) for (before, _), (after, _) in itertools.pairwise(shown)]
        first, *rest = [picture for _, picture in shown]
        durations = [round(1000 * step) for step in (*steps, LAST_STEP)]
        first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)


def _frame(raw: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    return few_colours(picture.resize((WIDTH, height), Image.Resampling.LANCZOS), *COLOURS)


@contextmanager
def recording(page: Page, least_gap: float = 0.1) -> Iterator[Recording]:
    """Records what `page` paints from now on, a picture each `least_gap` seconds at most."""
    film = Recording(page)
    session = page.context.new_cdp_session(page)

    def take(event: dict[str, Any]) -> None:
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        moment = float(event["metadata"]["timestamp"])
        raw = base64.b64decode(event["data"])
        if not film.pictures or moment - film.pictures[-1][0] >= least_gap:
            film.pictures.append((moment, raw))
        else:  # the newer one counts: nothing may follow it for long
            film.pictures[-1] = (film.pictures[-1][0], raw)

    session.on("Page.screencastFrame", take)
    page.evaluate(POINTER)
    session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
    try:
        yield film
    finally:
        session.send("Page.stopScreencast")
        session.detach()
        # What was painted last may not have been sent.
        film.pictures.append((film.pictures[-1][0] + LONGEST_STEP, page.screenshot()))
