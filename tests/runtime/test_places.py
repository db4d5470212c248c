"""Where an error is said to be: in the person's own files, though compiled code names files that look like theirs."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime.base.diagnosis import dumped_frames
from scoredock_runtime.worker.script import frames_of, traceback_text

COMPILED = {
    "aiohttp 3": ["aiohttp/_http_parser.pyx"],
    "blis 1": ["blis/py.pyx", "__pyx_ff_map_fused_0ec1c2_2_2_06e551__4blis_2cy__dunder_pyx"],
    "cftime 1": ["src/cftime/_cftime.pyx"],
    "cytoolz 1": ["cytoolz/itertoolz.pyx"],
    "gensim 4": ["gensim/models/word2vec_inner.pyx"],
    "grpcio 1": ["src/python/grpcio/grpc/_cython/_cygrpc/credentials.pyx.pxi"],
    "h5py 3": ["h5py/_objects.pyx", "h5py/h5f.pyx"],
    "implicit 0.7": ["implicit/cpu/_als.pyx"],
    "lxml 6": ["src/lxml/etree.pyx", "src/lxml/parser.pxi"],
    "msgpack 1": ["msgpack/_packer.pyx"],
    "netCDF4 1": ["src/netCDF4/_netCDF4.pyx"],
    "numpy 2": ["numpy/random/mtrand.pyx", "numpy/random/_bounded_integers.pyx"],
    "pandas 2": ["pandas/_libs/tslibs/timestamps.pyx", "pandas/_libs/tslibs/parsing.pyx"],
    "preshed 3": ["preshed/maps.pyx"],
    "pyarrow 20": ["pyarrow/array.pxi", "pyarrow/error.pxi"],
    "pyproj 3": ["pyproj/_crs.pyx"],
    "PyWavelets 1": ["pywt/_extensions/_pywt.pyx"],
    "PyYAML 6": ["yaml/_yaml.pyx"],
    "rapidfuzz 3": ["src/rapidfuzz/fuzz_cpp.pyx", "tools/../src/rapidfuzz/cpp_common.pxd"],
    "scikit-image 0.25": ["skimage/graph/_mcp.pyx"],
    "scikit-learn 1": ["sklearn/tree/_tree.pyx"],
    "scipy 1": ["scipy/spatial/_qhull.pyx"],
    "srsly 2": ["srsly/msgpack/_unpacker.pyx"],
    "tables 3": ["tables/hdf5extension.pyx"],
    "uvloop 0.21": ["uvloop/loop.pyx"],
}
"""Files that tracebacks of these libraries name, as seen when each was called with something wrong."""


def fault_below(names: list[str], score: Path) -> BaseException:
    """What a call of the person's line 2 raises through code that was compiled elsewhere, one frame for each name."""
    inner: dict[str, Any] = {}
    for number, name in enumerate(reversed(names)):
        called = f"f{number - 1}()" if number else "raise ValueError('inside')"
        exec(compile(f"def f{number}():\n    {called}", name, "exec"), inner)
    inner["outermost"] = inner[f"f{len(names) - 1}"]
    code = compile("def run(data):\n    outermost()", str(score), "exec")
    exec(code, inner)
    with pytest.raises(ValueError, match="inside") as caught:
        inner["run"]("1")
    return caught.value


@pytest.mark.parametrize("library", COMPILED)
def test_the_place_is_the_persons_line(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # as a service has it: relative names lie below the person's folder
    score = tmp_path / "score.py"
    score.write_text("def run(data):\n    outermost()\n")
    fault = fault_below(COMPILED[library], score)
    named = [entry.filename for entry in traceback.extract_tb(fault.__traceback__)]
    assert set(COMPILED[library]) <= set(named), "the traceback is as those of the library are"
    assert [(frame.file, frame.line) for frame in frames_of(fault, str(tmp_path))] == [(str(score), 2)]
    assert traceback_text(fault, str(tmp_path)).splitlines()[1].strip().startswith(f'File "{score}", line 2')


def test_a_module_of_ones_own_that_is_there_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own" / "fast.pyx"
    own.parent.mkdir()
    own.write_text("")
    score = tmp_path / "score.py"
    score.write_text("def run(data):\n    outermost()\n")
    frames = frames_of(fault_below(["own/fast.pyx"], score), str(tmp_path))
    assert [frame.file for frame in frames] == [str(score), str(own)]


def test_a_dump_names_the_persons_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    score = tmp_path / "score.py"
    score.write_text("")
    lines = ['  File "sklearn/tree/_tree.pyx", line 5 in apply', f'  File "{score}", line 3 in init']
    assert [frame.file for frame in dumped_frames(lines, str(tmp_path))] == [str(score)]


CALLS = {
    "numpy": "numpy.random.randint(5, 1)",
    "pandas": "pandas.Timestamp('no time at all')",
    "yaml": "yaml.load('[', Loader=yaml.CSafeLoader)",
    "charset_normalizer.md": "charset_normalizer.md.mess_ratio('text', maximum_threshold='none')",
    "httptools": "httptools.HttpRequestParser(None).feed_data(b'no request')",
}
"""Compiled packages that are installed where these tests run, each with a call of it that fails inside."""
OTHER_CALLS = {
    "sklearn.tree": "sklearn.tree.DecisionTreeClassifier().fit([[0], [1]], [0, 1]).tree_.apply([[0]])",
    "lxml.etree": "lxml.etree.fromstring('<a')",
    "h5py": "h5py.File('gone.h5')",
}
"""The same of packages that an environment is made for."""
DISTRIBUTIONS = ("scikit-learn", "lxml", "h5py")


def require_the_persons_line(service: Any, module: str, call: str) -> None:
    """The traceback of Python itself names a file that is nowhere, and the service none but the person's."""
    service.write(f"import {module}\ndef init():\n    {call}\ndef run(data): return 1\n")
    service.start()
    failure = service.settle().failure
    named = re.findall(r'^  File "([^"]+)"', "\n".join(failure.log_lines), re.MULTILINE)
    assert not all((service.app / name).exists() for name in named), "its code is compiled"
    assert [(frame.file, frame.line) for frame in failure.frames] == [(str(service.app / "score.py"), 3)]


@pytest.mark.parametrize("module", CALLS)
def test_a_service_says_the_line_that_called_compiled_code(module: str, service: Any) -> None:
    pytest.importorskip(module)
    require_the_persons_line(service, module, CALLS[module])


@pytest.mark.long("makes an environment of three large packages; the gate has the compiled ones that are there")
@pytest.mark.parametrize("module", OTHER_CALLS)
def test_so_it_does_for_packages_of_an_environment(module: str, make_service: Any, make_environment: Any) -> None:
    base = Path(getattr(sys, "_base_executable", sys.executable))
    service = make_service(python=make_environment(base, *DISTRIBUTIONS))
    require_the_persons_line(service, module, OTHER_CALLS[module])
