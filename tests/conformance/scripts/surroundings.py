"""Tells what it finds around it: variables, paths, modules, the path of a model."""

import os
import sys

import local_part


def init():
    global seen
    seen = {"local": local_part.__file__, "module": __name__, "file": os.path.realpath(__file__)}


def run(data):
    if data == "variables":
        names = os.environ["WANTED"].split(",")
        return {name: os.environ.get(name) for name in names}
    if data == "folder":
        return os.path.realpath(os.curdir)
    if data == "colorsys":
        import colorsys

        return colorsys.__file__.endswith("app/colorsys.py")
    if data == "path":
        return [entry for entry in sys.path if os.path.realpath(entry).startswith(os.environ["WITHIN"])]
    if data == "source":
        import from_source

        return from_source.NAME
    return seen
