"""Request and response of raw-HTTP scripts where Flask is not installed: the attributes that scripts use of Flask's."""

from __future__ import annotations

import io
import json
from typing import Any, Dict, Iterable, Iterator, List, Mapping, MutableMapping, Optional, Tuple, Union
from urllib.parse import parse_qsl, quote

_REASONS = {200: "OK", 400: "BAD REQUEST", 404: "NOT FOUND", 500: "INTERNAL SERVER ERROR"}


class Headers(MutableMapping[str, str]):
    """Header fields: names without regard to case, several values a name in the order given."""

    def __init__(self, pairs: Iterable[Tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)

    def __getitem__(self, name: str) -> str:
        for key, value in self._pairs:
            if key.lower() == name.lower():
                return value
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.remove(name)
        self.add(name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        return any(key.lower() == str(name).lower() for key, _ in self._pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(key for key, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"

    def items(self) -> List[Tuple[str, str]]:  # type: ignore[override]
        """All pairs, repeated names included."""
        return list(self._pairs)

    def add(self, name: str, value: Any) -> None:
        """One value more."""
        text = str(value)
        if "\n" in text or "\r" in text:
            raise ValueError("Header values must not contain newline characters.")
        self._pairs.append((name, text))

    add_header = add

    def remove(self, name: str) -> None:
        """All values of the name; none is fine."""
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != name.lower()]

    def getlist(self, name: str) -> List[str]:
        """All values of the name."""
        return [value for key, value in self._pairs if key.lower() == name.lower()]

    get_all = getlist


class MultiDict(Dict[str, Any]):
    """The first value by name, all by `getlist`."""

    def __init__(self, pairs: Iterable[Tuple[str, Any]] = ()) -> None:
        self._lists: Dict[str, List[Any]] = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)
        super().__init__((name, values[0]) for name, values in self._lists.items())

    def get(self, name: str, default: Any = None, type: Any = None) -> Any:
        """The first value, made a `type`; `default` where there is none or it cannot be made one."""
        try:
            value = self[name]
            return value if type is None else type(value)
        except (KeyError, ValueError, TypeError):
            return default

    def getlist(self, name: str) -> List[Any]:
        """All values of the name."""
        return list(self._lists.get(name, []))

    def to_dict(self, flat: bool = True) -> Dict[str, Any]:
        """First values, or lists of all."""
        return dict(self) if flat else {name: list(values) for name, values in self._lists.items()}


class BadRequest(ValueError):
    """The body is not what the script asks for."""


class UploadedFile:
    """A file of a multipart form."""

    def __init__(self, name: str, filename: str, content_type: str, data: bytes) -> None:
        self.name, self.filename, self.content_type, self.mimetype = name, filename, content_type, content_type
        self.stream = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        """From the current position."""
        return self.stream.read(size)

    def save(self, target: Any) -> None:
        """To a path or an open file."""
        if hasattr(target, "write"):
            target.write(self.stream.read())
            return
        with open(target, "wb") as file:
            file.write(self.stream.read())


class HttpRequest:
    """One request; its body is complete."""

    def __init__(self, method: str, path: str, query: str, headers: Headers, body: bytes, remote: str) -> None:
        self.method = method
        self.path = path
        self.query_string = query.encode("latin-1", "replace")
        self.full_path = f"{path}?{query}"
        self.headers = headers
        self.remote_addr = remote
        self.scheme = "http"
        self.host = headers.get("Host", "localhost")
        self.host_url = self.url_root = f"http://{self.host}/"
        self.base_url = f"http://{self.host}{quote(path)}"
        self.url = f"{self.base_url}?{query}" if query else self.base_url
        self.args = MultiDict(parse_qsl(query, keep_blank_values=True))
        self.content_type = headers.get("Content-Type")
        self.mimetype, self.mimetype_params = _media_type(self.content_type or "")
        self.content_length = len(body)
        self.cookies = _cookies(headers.get("Cookie", ""))
        self.stream = io.BytesIO(body)
        self._body = body
        self._form: Optional[Tuple[MultiDict, MultiDict]] = None

    def __repr__(self) -> str:
        return f"<Request {self.url!r} [{self.method}]>"

    @property
    def data(self) -> bytes:
        """The body; nothing of a form, whose fields have been read from it, as with Flask."""
        return b"" if any(self._parsed()) else self._body

    def get_data(
        self,
        cache: bool = True,  # noqa: ARG002 (the signature of Flask's request)
        as_text: bool = False,
        parse_form_data: bool = False,  # noqa: ARG002
    ) -> Union[bytes, str]:
        """The body, as text on request; the other arguments are accepted as Flask has them."""
        return self._body.decode("utf-8", "replace") if as_text else self._body

    @property
    def is_json(self) -> bool:
        """Whether the content type is one of JSON."""
        return self.mimetype == "application/json" or (
            self.mimetype.startswith("application/") and self.mimetype.endswith("+json")
        )

    @property
    def json(self) -> Any:
        """The body as JSON. Raises BadRequest."""
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        """The body as JSON; None where `silent` and it is none. Raises BadRequest."""
        try:
            if not force and not self.is_json:
                raise BadRequest("Did not attempt to load JSON data because the request Content-Type was not JSON.")
            return json.loads(self._body)
        except ValueError as fault:
            if silent:
                return None
            raise BadRequest(str(fault)) from None

    @property
    def form(self) -> MultiDict:
        """Fields of a form, URL-encoded or multipart."""
        return self._parsed()[0]

    @property
    def files(self) -> MultiDict:
        """Files of a multipart form."""
        return self._parsed()[1]

    @property
    def values(self) -> MultiDict:
        """Query parameters, then form fields."""
        pairs = [
            (name, value) for source in (self.args, self.form) for name in source for value in source.getlist(name)
        ]
        return MultiDict(pairs)

    def _parsed(self) -> Tuple[MultiDict, MultiDict]:
        if self._form is None:
            if self.mimetype == "application/x-www-form-urlencoded":
                text = self._body.decode("utf-8", "replace")
                self._form = MultiDict(parse_qsl(text, keep_blank_values=True)), MultiDict()
            elif self.mimetype == "multipart/form-data":
                self._form = _multipart(self._body, self.mimetype_params.get("boundary", ""))
            else:
                self._form = MultiDict(), MultiDict()
        return self._form


class HttpResponse:
    """What a script answers with."""

    default_mimetype = "text/html"

    def __init__(
        self,
        response: Any = None,
        status: Union[int, str] = 200,
        headers: Union[Mapping[str, str], Iterable[Tuple[str, str]], None] = None,
        mimetype: Optional[str] = None,
        content_type: Optional[str] = None,
    ) -> None:
        pairs = headers.items() if isinstance(headers, Mapping) else (headers or ())
        self.headers = Headers(list(pairs))
        self.status_code = int(str(status).split()[0])
        self._body = b""
        self.set_data(response)
        if content_type is None and "Content-Type" not in self.headers:
            kind = mimetype or self.default_mimetype
            content_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        if content_type is not None:
            self.headers["Content-Type"] = content_type

    @property
    def status(self) -> str:
        """Code and reason."""
        return f"{self.status_code} {_REASONS.get(self.status_code, 'UNKNOWN')}"

    @property
    def content_type(self) -> Optional[str]:
        """As it goes out."""
        return self.headers.get("Content-Type")

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["Content-Type"] = value

    @property
    def mimetype(self) -> str:
        """The content type without parameters."""
        return _media_type(self.content_type or "")[0]

    @property
    def data(self) -> bytes:
        """The body."""
        return self._body

    @data.setter
    def data(self, value: Any) -> None:
        self.set_data(value)

    def get_data(self, as_text: bool = False) -> Union[bytes, str]:
        """The body, as text on request."""
        return self._body.decode("utf-8", "replace") if as_text else self._body

    def set_data(self, value: Any) -> None:
        """Takes bytes, text, or an iterable of either."""
        if value is None:
            self._body = b""
        elif isinstance(value, (bytes, bytearray, memoryview)):
            self._body = bytes(value)
        elif isinstance(value, str):
            self._body = value.encode()
        else:
            self._body = b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in value)

    def set_cookie(self, key: str, value: str = "", path: str = "/", **attributes: Any) -> None:
        """Adds a cookie; further attributes are written by their names (max_age, secure, httponly, samesite …)."""
        parts = [f"{key}={quote(value)}", f"Path={path}"]
        for name, given in attributes.items():
            title = name.replace("_", "-").title()
            if given is True:
                parts.append(title)
            elif given not in (None, False):
                parts.append(f"{title}={given}")
        self.headers.add("Set-Cookie", "; ".join(parts))


def _media_type(value: str) -> Tuple[str, Dict[str, str]]:
    kind, *rest = value.split(";")
    parameters: Dict[str, str] = {}
    for item in rest:
        name, _, text = item.partition("=")
        parameters[name.strip().lower()] = text.strip().strip('"')
    return kind.strip().lower(), parameters


def _cookies(value: str) -> Dict[str, str]:
    pairs = (item.partition("=") for item in value.split(";") if "=" in item)
    return {name.strip(): text.strip().strip('"') for name, _, text in pairs}


def _multipart(body: bytes, boundary: str) -> Tuple[MultiDict, MultiDict]:
    fields: List[Tuple[str, Any]] = []
    files: List[Tuple[str, Any]] = []
    if not boundary:
        return MultiDict(), MultiDict()
    # A delimiter stands at the start of a line; the line end before it is its own.
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))[1:]:
        if part.startswith(b"--"):
            break
        head, separator, data = part.partition(b"\r\n\r\n")
        if not separator:
            continue
        headers = Headers(
            (name.strip(), value.strip())
            for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
            if name.strip()
        )
        disposition, parameters = _media_type(headers.get("Content-Disposition", ""))
        if disposition != "form-data" or "name" not in parameters:
            continue
        name = parameters["name"]
        if "filename" in parameters:
            kind = headers.get("Content-Type", "application/octet-stream")
            files.append((name, UploadedFile(name, parameters["filename"], kind, data)))
        else:
            fields.append((name, data.decode("utf-8", "replace")))
    return MultiDict(fields), MultiDict(files)
