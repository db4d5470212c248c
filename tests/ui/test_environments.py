"""Environments as they are built: state in the row, the log while it is built, the page, cleaning up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

VIEW = "Environments"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project with two registered environments, one of which cannot be built."""
    folder = tmp_path_factory.mktemp("building")
    (folder / "small.txt").write_text("six==1.16.0\n")
    (folder / "wrong.txt").write_text("no-such-package-anywhere==1.0\n")
    desk = open_shared_desk(folder)
    desk.scoredock("environment", "register", str(folder / "small.txt"), "--name", "small")
    desk.scoredock("environment", "register", str(folder / "wrong.txt"), "--name", "wrong")
    side = desk.window.side
    side.show("Scoredock")
    side.fold_pane("Services")
    side.fold_pane("Models")
    side.wait_row(VIEW, "small:1", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


@pytest.mark.long("test_holdings.py builds none, but shows and deletes environments; tests/lsp builds and cleans up")
def test_an_environment_is_built_inspected_and_cleaned_up(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.wait_row(VIEW, "small:1", "not built")
    side.press_inline(VIEW, "small:1", "Build")
    window.notices.wait("small:1 is built")
    side.wait_row(VIEW, "small:1", "ready")
    side.press_row(VIEW, "small:1", "Enter")
    page = window.webview("Installed Packages")
    until(lambda: "six" in page.locator("body").inner_text(), "the packages on the page")
    side.choose_title(VIEW, "Remove Unused Builds…")
    window.quick.wait("Built environments that no service uses")
    window.quick.cancel()


@pytest.mark.long("builds that fail are tested in tests/environments; rows that say failed, by other UI tests")
def test_a_build_that_fails_says_why_in_the_view(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.press_inline(VIEW, "wrong:1", "Build")
    window.notices.wait("no-such-package-anywhere")
    side.wait_row(VIEW, "wrong:1", "failed")
    desk.picture("environments")
