"""Requests in `.http` files: what is in a file, and one of them ready to be sent."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams
from scoredock.protocol.messages.services import RequestPart


@dataclass(frozen=True)
class RequestFileParams:
    path: str


@dataclass(frozen=True)
class RequestInFile:
    name: str
    """Other than that of every other request of the file."""
    line: int
    """Zero-based, of the request line."""
    end_line: int
    method: str
    target: str
    """The address as it is written."""
    is_test: bool
    """It says what it expects."""


@dataclass(frozen=True)
class RequestFileFault:
    message: str
    line: int
    """Zero-based; columns count UTF-16 units."""
    character: int
    end_line: int
    end_character: int


@dataclass(frozen=True)
class RequestFile:
    path: str
    requests: list[RequestInFile]
    faults: list[RequestFileFault]
    services: list[str]
    """Services of the workspace that were deployed from the script that the file is for."""
    deploys: str
    """That script, configuration or folder; empty where there is none."""


@dataclass(frozen=True)
class RequestReadParams(WorkspaceParams):
    path: str
    name: str = ""
    """Of the request, or its position from 1; empty for the one at `line`."""
    line: int = 0
    """Zero-based."""
    service: str = ""
    """Whose address and key stand for `{{service}}` and `{{key}}`."""
    environment: str = ""
    """Whose variables count besides those of the file; empty for none."""
    allowed_variables: list[str] = field(default_factory=list)
    """Of the shell and of `.env`, which the person lets the service have."""


@dataclass(frozen=True)
class RequestEnvironments:
    """Named sets of variables around a file."""

    names: list[str]


@dataclass(frozen=True)
class SendableRequest:
    """Request in which nothing is left to be replaced, without the key: that is added when it is sent."""

    name: str
    path: str
    """Of the file."""
    method: str
    route: str
    """Of the address, such as `/score`."""
    query: str
    headers: dict[str, str]
    body: str
    encoding: Literal["text", "base64"]
    content_type: str
    parts: list[RequestPart] = field(default_factory=list)
    """Of a form of several parts, which the body is as well."""
    follows: bool = True
    """Goes where a redirect leads."""


@dataclass(frozen=True)
class RequestSentBefore:
    """A request from the history of a service, without its key."""

    time: float
    """Seconds since the epoch."""
    status: int
    milliseconds: float
    method: str
    route: str
    query: str
    headers: dict[str, str]
    body: str
    """Of a GET the query."""
    encoding: Literal["text", "base64"]
    content_type: str
    is_whole: bool
    """Whether the body was small enough to be kept."""


@dataclass(frozen=True)
class RequestHistory:
    name: str
    requests: list[RequestSentBefore]
    """Newest first."""


@dataclass(frozen=True)
class RequestAnswer:
    """Response to a request, to be written down as the expected one."""

    status: int
    body: str
    content_type: str
    is_text: bool = True
    """Whether the body is text as it came."""


@dataclass(frozen=True)
class RequestWriteParams(WorkspaceParams):
    """Add a request to a file, as a test where an answer is given. Nothing is written: the client does that, so that it
    can be undone."""

    service: str
    name: str
    """For people; becomes the title. Empty for one that is made of the request."""
    method: str
    route: str = "/score"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    encoding: Literal["text", "base64"] = "text"
    content_type: str = "application/json"
    answer: RequestAnswer | None = None
    parts: list[RequestPart] = field(default_factory=list)
    """Of a form, in place of the body and its content type."""
    path: str = ""
    """The file; empty for `requests.http`, or `tests.http` for a test, beside the script of the service."""


@dataclass(frozen=True)
class RequestTitle:
    title: str
    """What the request is, in a few words, and how it was answered where that was no success."""


@dataclass(frozen=True)
class NewFile:
    path: str
    content: str
    """Base64."""


@dataclass(frozen=True)
class RequestWritten:
    path: str
    text: str
    """What is added at the end; of a new file all of it."""
    is_new: bool
    line: int
    """Zero-based, of the request line in the file as it is then."""
    files: list[NewFile]
    """What the request or its expectation names and is too large or no text."""


@dataclass(frozen=True)
class RequestPartsParams:
    body: str
    content_type: str
    encoding: Literal["text", "base64"] = "text"


@dataclass(frozen=True)
class RequestParts:
    parts: list[RequestPart]
    """Empty for a body that is not a form of several parts."""


@dataclass(frozen=True)
class RequestCompleteParams(WorkspaceParams):
    name: str
    """Of the service."""
    before: str
    """The body up to the caret."""
    route: str = "/score"


@dataclass(frozen=True)
class BodyProposal:
    label: str
    text: str
    """What is written in place of what is typed."""
    detail: str


@dataclass(frozen=True)
class BodyProposals:
    items: list[BodyProposal]
    typed: str
    """What has been typed of it before the caret."""


@dataclass(frozen=True)
class RequestFormParams(WorkspaceParams):
    name: str
    """Of the service."""
    body: str
    route: str = "/score"


@dataclass(frozen=True)
class BodyFormField:
    label: str
    kind: Literal["text", "number", "choice"]
    value: str
    """Text as it is meant; of a number and a choice as it is written."""
    start: int
    """Where the value stands in the body, in UTF-16 units."""
    end: int
    choices: list[str]
    """As they are written."""


@dataclass(frozen=True)
class BodyForm:
    fields: list[BodyFormField]
    reason: str
    """Why there is no form; empty when there is one."""


@dataclass(frozen=True)
class DescribedField:
    name: str
    """With what it is in: `data[].age`."""
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class DescribedContent:
    """The body of a request or of a response."""

    content_type: str
    fields: list[DescribedField]
    example: str
    """As it is sent; empty where there is none."""
    reason: str = ""
    """Where the example comes from, as a sentence; empty where the document has it."""


@dataclass(frozen=True)
class DescribedResponse:
    status: str
    """`200`, or `default` for all others."""
    description: str
    content: DescribedContent


@dataclass(frozen=True)
class DescribedOperation:
    method: str
    route: str
    description: str
    parameters: list[DescribedField]
    body: DescribedContent | None
    responses: list[DescribedResponse]


@dataclass(frozen=True)
class ServiceDescription:
    """OpenAPI document of a service, and its operations for people."""

    name: str
    title: str
    description: str
    format: str
    """`OpenAPI 3.0.3`"""
    operations: list[DescribedOperation]
    """Those that score first."""
    document: str
    """The whole document, laid out."""
