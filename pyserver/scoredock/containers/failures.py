"""Failures of a daemon, as errors that a person can act on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.errors import DiskFull, DockerFailed, DockerUnavailable, ImageMissing, ScoredockError

_SPACE = re.compile(r"no space left on device|disk quota exceeded|not enough space", re.IGNORECASE)
_PORT = re.compile(
    r"port is already allocated|address already in use|ports are not available|forbidden by its access", re.IGNORECASE
)
_PLATFORM = re.compile(
    r"exec format error|does not match the specified platform|no matching manifest|image operating system",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"no such image|image not known|manifest (?:unknown|for .* not found)", re.IGNORECASE)
_GPU = re.compile(
    r"could not select device driver .*gpu|nvidia-container|unresolvable CDI devices nvidia", re.IGNORECASE
)
_NUMBER = re.compile(r":(\d{1,5})\b")


@contextlib.contextmanager
def docker_errors(what: str) -> Iterator[None]:
    """Turns whatever the SDK raises inside into a ScoredockError; `what` completes "Docker could not …".

    Raises `docker-unavailable` when the daemon does not answer (any more), and `image-missing`, `image-platform`,
    `disk-full`, `port-in-use` or `docker-failed` with the daemon's own words when it refuses. What the caller handles
    itself (`docker.errors.NotFound` of a container, say) must be caught inside.
    """
    try:
        yield
    except ScoredockError:
        raise
    except Exception as error:
        raised = as_scoredock_error(what, error)
        if raised is None:
            raise
        raise raised from error


def as_scoredock_error(what: str, error: Exception) -> ScoredockError | None:
    """Error for a failure of a daemon; None for any other, which is our own fault then."""
    import requests
    from docker.errors import APIError, DockerException, StreamParseError

    if isinstance(error, APIError):
        return refused(what, str(error.explanation or error), error.status_code or 500)
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError)):
        return DockerUnavailable(l10n.t("Docker did not answer in time and could not {what}.", what=what))
    if isinstance(error, StreamParseError):  # it was ended in the middle of a word
        return DockerUnavailable(l10n.t("Docker broke off and could not {what}.", what=what))
    if isinstance(error, (requests.exceptions.RequestException, DockerException, OSError)) or _of_urllib3(error):
        return DockerUnavailable(l10n.t("Docker could not {what}: {error}.", what=what, error=reason(error)))
    return None


def refused(what: str, words: str, status: int = 500) -> ScoredockError:
    """Error for a message of the daemon, with the code that fits it."""
    message = words.strip().rstrip(".") or l10n.t("status {status}", status=status)
    if _SPACE.search(message):
        return DiskFull(
            l10n.t("Docker could not {what}: {said}.", what=what, said=message),
            l10n.t(
                "Free space where Docker keeps its images and volumes (`docker system df` shows what "
                "takes it), then try again."
            ),
        )
    if _PORT.search(message):
        number = _NUMBER.findall(message)
        port = number[0] if number else ""
        return ScoredockError(
            "port-in-use", l10n.t("Docker could not {what}: {said}.", what=what, said=message), details={"port": port}
        )
    if _PLATFORM.search(message):
        return ScoredockError("image-platform", l10n.t("Docker could not {what}: {said}.", what=what, said=message))
    if _IMAGE.search(message):
        return ImageMissing(l10n.t("Docker could not {what}: {said}.", what=what, said=message))
    if _GPU.search(message):
        return DockerFailed(
            l10n.t("Docker could not {what}: it has no access to a GPU ({said}).", what=what, said=message),
            l10n.t("Install the NVIDIA Container Toolkit for this Docker, or deploy without `enableGpu` and `gpu`."),
        )
    return DockerFailed(l10n.t("Docker could not {what}: {said}.", what=what, said=message))


def reason(error: BaseException) -> str:
    """The innermost cause in a few words."""
    inner: BaseException = error
    depth = 0
    while depth < 8:
        deeper = inner.__cause__ or inner.__context__
        if deeper is None and inner.args and isinstance(inner.args[-1], BaseException):
            deeper = inner.args[-1]
        if deeper is None:
            break
        inner, depth = deeper, depth + 1
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror[:1].lower() + inner.strerror[1:]
    return (str(inner) or type(inner).__name__).strip().rstrip(".")


def _of_urllib3(error: Exception) -> bool:
    from urllib3.exceptions import HTTPError

    return isinstance(error, HTTPError)
