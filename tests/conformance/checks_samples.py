"""Samples: the raw-HTTP scripts of the documents unchanged, ten that use each group of attributes, several models.

There are no others to be taken over. On PyPI azureml-inference-server-http (49 files up to 1.5.1) and inference-schema
(24 up to 1.8) are wheels only, so there is no sdist with samples, and the wheels hold none (seen in November 2026). Of
the published projects that the checks are tried on, none takes requests as they are (`rawhttp`, `AMLRequest` and
`AMLResponse` occur in none) and none deploys several models. The documents have one line for several models, which
`documents_models.py` loads one by; the notebook that they link to is not part of them.
"""

from __future__ import annotations

import pickle
from typing import Any

from conformance.check import Check, named
from conformance.probes import Pairs, Probe, awaited, get, pieces, post, request
from conformance.servers import Running, Service

_PICTURE = bytes(range(256))
_BYTES = {"Content-Type": "application/octet-stream"}
_FORM = "application/x-www-form-urlencoded"
_UPLOAD = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\nContent-Type: application/x-a\r\nX-Part:'
    b" 1\r\n\r\n"
    + _PICTURE
    + b'\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xa9.txt"\r\n\r\ntext\r\n'
    + b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\none\r\n--b\r\nContent-Disposition: form-data;'
    b' name="t"\r\n\r\n' + b"two\r\n--b--\r\n"
)
MUST_WORK = frozenset(
    ("picture", "uploads", "fields", "cookies", "cached", "part", "parsed", "streamed", "negotiated", "refused")
)
"""Samples that must work on either server: two failures would be equal, too."""
_ETAG = '"bbd63d43ffe4f86b2ef3cbe8c0c6b9a2e9bd4d2b"'


def _documents(name: str) -> list[Check]:
    return named(
        Service(f"documents {name}", f"../../documents/scripts/{name}.py"),
        {
            "GET": get("/score?name=picture&size=2"),
            "a picture": request("POST", "/score", _PICTURE, _BYTES),
            "nothing": request("POST", "/score", b"", _BYTES),
            "a megabyte": request("POST", "/score", _PICTURE * 4096, _BYTES),
            "another method": request("PUT", "/score", b"x", _BYTES),
            "no body": request("POST", "/score"),
        },
    )


def _of(
    sample: str, method: str = "POST", body: bytes | str | None = b"", headers: Pairs = (), *, query: str = ""
) -> Probe:
    probe = request(method, f"/score?sample={sample}{query}", body, headers)

    def ask(server: Running) -> Any:
        answer = probe(server)
        assert answer.status != 500 or sample not in MUST_WORK, f"{sample} fails: {server.log()[-2000:]}"
        return answer

    return ask


SAMPLES = named(
    Service("raw samples", "raw_samples.py"),
    {
        "a picture": _of("picture", body=_PICTURE, headers={"Content-Type": "image/x-raw; charset=none-at-all"}),
        "a picture without a type": _of("picture", body=_PICTURE, headers={"Content-Type": ""}),
        "uploads": _of("uploads", body=_UPLOAD, headers={"Content-Type": "multipart/form-data; boundary=b"}),
        "uploads of none": _of("uploads", body=b"", headers={"Content-Type": "multipart/form-data; boundary=b"}),
        "fields of a query": _of("fields", query="&n=12&a=1&a=2&b="),
        "fields of a form": _of("fields", body="a=3&a=%C3%A9&n=x", headers={"Content-Type": _FORM}, query="&n=none"),
        "cookies": _of("cookies", headers={"Cookie": 'visits=4; old="x y"'}),
        "no cookies": _of("cookies"),
        "cached": _of("cached", "GET", None),
        "cached and not changed since": _of(
            "cached", "GET", None, {"If-Modified-Since": "Wed, 04 May 2022 03:02:01 GMT"}
        ),
        "cached and changed since": _of("cached", "GET", None, {"If-Modified-Since": "Tue, 03 May 2022 03:02:01 GMT"}),
        "cached under another tag": _of("cached", "GET", None, {"If-None-Match": _ETAG}),
        "cached under any tag": _of("cached", "GET", None, {"If-None-Match": "*"}),
        "a part": _of("part", "GET", None, {"Range": "bytes=10-19"}),
        "the last part": _of("part", "GET", None, {"Range": "bytes=-7"}),
        "a part that is not there": _of("part", "GET", None, {"Range": "bytes=200-"}),
        "the whole": _of("part", "GET", None),
        "moved": _of("part", "GET", None, query="&moved=relative"),
        "moved to an address with the host": _of("part", "GET", None, {"Host": "localhost"}, query="&moved=absolute"),
        "JSON": _of("parsed", body='{"data": [1, 2], "more": null}', headers={"Content-Type": "text/plain"}),
        "no JSON": _of("parsed", body="{", headers={"Content-Type": "application/json"}),
        "streamed": _of("streamed", query="&rows=3"),
        "streamed in pieces": pieces("GET", "/score?sample=streamed&rows=4", {}),
        "streamed while the script works": awaited("GET", "/score?sample=streamed&rows=2&until="),
        "streamed without rows": _of("streamed", query="&rows=0"),
        "negotiated": _of(
            "negotiated",
            headers={
                "Accept": "text/html, application/json;q=0.3",
                "Accept-Language": "fr, de;q=0.4",
                "User-Agent": "A/1",
                "Referer": "http://a.example/x",
            },
        ),
        "negotiated with nothing": _of("negotiated"),
        "refused": _of("refused"),
        "refused by its method": _of("refused", "DELETE", None, {"Authorization": "Basic YWRhOmI="}),
        "let in": _of("refused", "PUT", b"", {"Authorization": "Basic YWRhOmI="}),
        "no such sample": _of("none"),
    },
)

SEVERAL = named(
    Service(
        "several models",
        "several_models.py",
        more=("--model_dir", "{folder}/models"),
        files={"models/cheap/1/factor.txt": "2", "models/dear/12/factor.txt": "10.5", "models/dear/2/factor.txt": "0"},
    ),
    {"each answers": post('{"rows": [1, 2.5]}'), "no rows": post('{"rows": []}'), "another key": post('{"data": [1]}')},
)

SEVERAL_OF_DOCUMENTS = named(
    Service(
        "documents several models",
        "documents_models.py",
        more=("--model_dir", "{folder}/azureml-models"),
        files={
            "azureml-models/sklearn_model/1/sklearn_regression_model.pkl": pickle.dumps(2.5, 0).decode("ascii"),
            "azureml-models/other_model/7/weights.pkl": pickle.dumps(-1, 0).decode("ascii"),
        },
    ),
    {
        "each answers": post('{"data": [[1, 2], [3, 4.5]]}'),
        "no rows": post('{"data": []}'),
        "another key": post('{"rows": [[1, 2]]}'),
    },
)

CHECKS = [
    *SAMPLES,
    *SEVERAL,
    *SEVERAL_OF_DOCUMENTS,
    *_documents("raw_posted"),
    *_documents("raw_cors"),
    *_documents("raw_reversed"),
]
