from __future__ import annotations
import os
import pytest
import first_click
import test_first_click as t
from test_first_click import *  # noqa
from documents.published import PUBLISHED

before = first_click._helpful


def helpful(seen, pressed):
    name = before(seen, pressed)
    window = helpful.window
    helpful.count += 1
    window.page.screenshot(path=f"/tmp/h17shots/errors-{helpful.name}-{helpful.count}.png")
    return name


first_click._helpful = helpful


@pytest.fixture(autouse=True)
def shots(request):
    helpful.count = 0
    helpful.name = request.node.name.split("[")[-1].rstrip("]").replace("/", "_")
    orig = first_click.wait_for_person

    def wait(window, **more):
        helpful.window = window
        return orig(window, **more)

    first_click.wait_for_person = wait
    yield
    first_click.wait_for_person = orig
