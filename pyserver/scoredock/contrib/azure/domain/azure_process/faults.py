"""Failures as a code and a short text without secrets. No module of Azure is imported here."""

import errno
import re

LONGEST = 300
_SECRET = re.compile(
    r"(?i)\b(sig|sv|se|sp|skoid|access_token|client_secret|accountkey|sharedkey)=[^&\s\"']+|bearer\s+\S+|\?\S*=\S*"
)
FATAL = frozenset(
    (
        "package",
        "sign-in",
        "sign-in-expired",
        "sign-in-declined",
        "unreachable",
        "busy",
        "disk-full",
        "disk",
        "workspace-missing",
    )
)
"""After these nothing else would work."""
TOKEN, FORBIDDEN, GONE, CHANGED, FOREIGN = "token", "forbidden", "gone", "changed", "foreign"
SIGN_IN = (TOKEN, "sign-in")
_STATUS = {401: TOKEN, 403: FORBIDDEN, 404: GONE, 409: "refused", 412: CHANGED}
_BY_CLASS = {
    "ServiceRequestError": "unreachable",
    "ServiceRequestTimeoutError": "unreachable",
    "ServiceResponseError": "unreachable",
    "ServiceResponseTimeoutError": "unreachable",
    "IncompleteReadError": "unreachable",
    "ConnectionError": "unreachable",
    "ReadTimeoutError": "unreachable",
    "ProtocolError": "unreachable",
    "CredentialUnavailableError": "sign-in",
    "AuthenticationRequiredError": "sign-in",
    "ResourceNotFoundError": GONE,
    "ResourceModifiedError": CHANGED,
}


class Fault(Exception):
    """A failure with its code."""

    def __init__(self, code: str, message: str = "") -> None:
        super(Fault, self).__init__(code, message)
        self.code = code
        self.message = message


def fault_of(error: BaseException) -> Fault:
    """Fault for an exception."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, ImportError):
        return Fault("package", plain(error))
    code = _code(error)
    return Fault(code, plain(error) if code != "fault" else "{}: {}".format(type(error).__name__, plain(error)))


def _code(error: BaseException) -> str:
    status = getattr(error, "status_code", None)
    if status in _STATUS:
        return _STATUS[status]
    if isinstance(status, int) and (status == 429 or status >= 500):
        return "busy"
    for each in type(error).__mro__:
        if each.__name__ in _BY_CLASS:
            return _BY_CLASS[each.__name__]
        if each.__name__ == "ClientAuthenticationError":
            return "sign-in"
    if isinstance(error, OSError):
        return _code_of_system(error)
    return "refused" if type(error).__module__.startswith("azure.") else "fault"


def _code_of_system(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk-full"
    if error.filename is not None or error.errno in (errno.EACCES, errno.EROFS, errno.EIO):
        return "disk"
    return "unreachable"


def plain(error: BaseException) -> str:
    """The first line of what an exception says, without what could be a secret."""
    text = str(getattr(error, "message", "") or error)
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")
    return _SECRET.sub("…", line)[:LONGEST]
