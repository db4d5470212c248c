"""`{{name}}` in an `.http` file: what stands for it when the request is sent."""

from __future__ import annotations

import calendar
import datetime
import email.utils
import random
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from urllib.parse import quote

from scoredock import l10n
from scoredock.formats.http_file.environments import NO_ENVIRONMENT, NamedVariables
from scoredock.formats.http_file.requests import FileVariable
from scoredock.late_dataclass import dataclass

SERVICE_VARIABLE, KEY_VARIABLE = "service", "key"
"""`{{service}}` is the address of the service that a request is sent to, `{{key}}` its key or a new token."""
REFERENCE = re.compile(r"\{\{(.+?)\}\}")
_DEEPEST = 20
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_RESPONSE = re.compile(r"[\w-]+\.(?:request|response)\.")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONTHS_OF = {"M": 1, "Q": 3, "y": 12}
_OFFSET = r"(?:\s+(-?\d{1,9})\s+(ms|s|m|h|d|w|M|Q|y))?"
_TIMESTAMP = re.compile(r"\$timestamp" + _OFFSET)
_DATETIME = re.compile(r"\$(datetime|localDatetime)\s+(rfc1123|iso8601|'.+'|\".+\")" + _OFFSET)
_TIME_PART = re.compile(r"\[([^\]]+)\]|Y{1,4}|M{1,4}|D{1,2}|d{1,4}|H{1,2}|h{1,2}|a|A|m{1,2}|s{1,2}|SSS|Z{1,2}")
"""What stands for a part of a time in a format of one's own, as Day.js has it."""
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_RANDOM = re.compile(
    r"\$randomInt(?:\s+(-?\d{1,18})\s+(-?\d{1,18}))?|\$random\.integer\((-?\d{1,18}),\s*(-?\d{1,18})\)"
)
_ENVIRONMENT = re.compile(r"\$(?:processEnv\s+(%)?|env\s+|env\.)(\w+)")
_SHARED = re.compile(r"\$shared\s+([^\s{}]+)")
_DOTENV = re.compile(r"\$dotenv\s+(%)?([\w.-]+)")


class UnknownVariable(Exception):
    """Raised where nothing stands for a variable; one sentence says why."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


def _none() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class VariableResolver:
    """Gives each variable its value. What is random or of the moment is drawn anew each time it is named."""

    file: tuple[FileVariable, ...] = ()
    service_variables: Mapping[str, str] = field(default_factory=dict)
    """Go before those of the file."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    dotenv: Callable[[], Mapping[str, str]] = _none
    """Reads `.env` beside the file when it is asked for."""
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc)
    named: NamedVariables = NO_ENVIRONMENT
    """Of environments; they come after those of the file."""
    allowed: frozenset[str] = frozenset()
    """Variables of `environment` and `dotenv` that the person lets a service have."""
    refused: dict[str, int | None] = field(default_factory=dict)
    """Those that were asked for and are not allowed, with the line where that is known; nothing stands for them."""

    def replaced(self, text: str, depth: int = 0) -> str:
        """The text with values in place of all variables. Raises UnknownVariable."""
        return REFERENCE.sub(lambda found: self._value(found[1].strip(), depth), text)

    def names(self, text: str) -> Iterator[str]:
        """The variables in a text, those that its variables are made of among them."""
        waiting, visited_names = [text], set[str]()
        while waiting:
            for found in REFERENCE.finditer(waiting.pop()):
                name = found[1].strip().removeprefix("%")
                if name in visited_names:
                    continue
                visited_names.add(name)
                yield name
                waiting += [each.value for each in self.file if each.name == name]

    def _value(self, name: str, depth: int) -> str:
        if name in self.service_variables:
            return self.service_variables[name]
        if name.startswith("$"):
            return self._of_system(name)
        if name.startswith("%"):
            return quote(self._value(name[1:], depth), safe="!'()*")
        variable = next((each for each in reversed(self.file) if each.name == name), None)
        if depth >= _DEEPEST:
            raise UnknownVariable(name, l10n.t("The variable {name} is made of itself.", name=name[:60]))
        if variable is None and name in self.named.values:
            return self.replaced(self.named.values[name], depth + 1)
        if variable is None:
            raise UnknownVariable(name, self.unknown(name))
        if variable.is_prompt:
            raise UnknownVariable(
                name,
                l10n.t(
                    "{name} is asked for by “@prompt”, which is not supported. Define it with “@{name} = value”.",
                    name=name[:60],
                ),
            )
        plain = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), variable.value)
        return self.replaced(plain, depth + 1)

    def is_nowhere(self, name: str) -> bool:
        """True if nothing stands for it, whatever environment is chosen. What only sending tells is somewhere."""
        name = name.removeprefix("%")
        known = name in self.service_variables or name in self.named.values or name in self.named.elsewhere
        return not known and not name.startswith("$") and all(each.name != name for each in self.file)

    def unknown(self, name: str) -> str:
        """Sentence that says why nothing stands for a variable."""
        name = name.removeprefix("%")
        if name in self.named.elsewhere:
            return l10n.t(
                "{name} has a value only in another environment: {environments}.",
                name=name[:60],
                environments=", ".join(f"“{each}”" for each in self.named.elsewhere[name][:10]),
            )
        if _RESPONSE.match(name):
            return l10n.t("{name} is from the response to another request, which is not supported.", name=name[:60])
        return l10n.t("There is no variable {name}. Define it with “@{name} = value”.", name=name[:60])

    def _of_system(self, name: str) -> str:
        if name in ("$guid", "$uuid", "$random.uuid"):
            return str(uuid.UUID(int=random.getrandbits(128), version=4))
        for pattern, value in (
            (_TIMESTAMP, self._timestamp),
            (_DATETIME, self._datetime),
            (_RANDOM, self._number),
            (_ENVIRONMENT, self._from_environment),
            (_DOTENV, self._from_dotenv),
            (_SHARED, self._from_shared),
        ):
            found = pattern.fullmatch(name)
            if found is not None:
                return value(found)
        if name == "$isoTimestamp":
            return _iso(self.now())
        raise UnknownVariable(name, l10n.t("{name} is not a variable that is supported.", name=name[:60]))

    def _moved(self, amount: str | None, unit: str | None) -> datetime.datetime:
        count, months = int(amount or 0), _MONTHS_OF.get(unit or "")
        try:
            if months is not None:
                return _months_later(self.now(), count * months)
            return self.now() + datetime.timedelta(seconds=count * _UNITS[unit or "s"])
        except (OverflowError, ValueError):
            raise UnknownVariable("$timestamp", l10n.t("The time is too far away.")) from None

    def _timestamp(self, match: re.Match[str]) -> str:
        return str(int(self._moved(match[1], match[2]).timestamp()))

    def _datetime(self, match: re.Match[str]) -> str:
        is_local = match[1] == "localDatetime"
        moment = self._moved(match[3], match[4]).astimezone(None if is_local else datetime.timezone.utc)
        if match[2] == "iso8601":
            return moment.isoformat(timespec="seconds") if is_local else _iso(moment)
        if match[2] == "rfc1123":
            return email.utils.format_datetime(moment, usegmt=not is_local)
        return _formatted(moment, match[2][1:-1])

    def _number(self, match: re.Match[str]) -> str:
        least, most = int(match[1] or match[3] or 0), int(match[2] or match[4] or 1000)
        if least >= most:
            raise UnknownVariable(
                match[0], l10n.t("{name}: the first number must be less than the second.", name=match[0])
            )
        return str(random.randrange(least, most))  # noqa: S311 (no secret)

    def _is_refused(self, name: str) -> bool:
        if name not in self.allowed:
            self.refused.setdefault(name, None)
            return True
        return False

    def _meant(self, match: re.Match[str]) -> str:
        """The name of the variable that is asked for; behind `%` it is the value of one of the environments."""
        return self.named.values.get(match[2], match[2]) if match[1] else match[2]

    def _from_environment(self, match: re.Match[str]) -> str:
        name = self._meant(match)
        if self._is_refused(name):
            return ""
        value = self.environment.get(name)
        if value is None:
            raise UnknownVariable(match[0], l10n.t("The environment variable {name} is not set.", name=name))
        return value

    def _from_shared(self, match: re.Match[str]) -> str:
        value = self.named.shared.get(match[1])
        if value is None:
            raise UnknownVariable(
                match[0], l10n.t("{name} is not a variable that all environments share.", name=match[1])
            )
        return value

    def _from_dotenv(self, match: re.Match[str]) -> str:
        name = self._meant(match)
        if self._is_refused(name):
            return ""
        value = self.dotenv().get(name)
        if value is None:
            sentence = l10n.t("{name} does not stand in the nearest .env file.", name=name)
            raise UnknownVariable(match[0], sentence)
        return value


def dotenv_values(text: str) -> dict[str, str]:
    """`NAME=value` lines, with or without quotes and `export`."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or name.startswith("#"):
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`":
            value = value[1:-1].replace("\\n", "\n") if value[0] == '"' else value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        values[name] = value
    return values


def _months_later(moment: datetime.datetime, months: int) -> datetime.datetime:
    """On the same day of another month, or on its last one. Raises ValueError for a year that there is not."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    return first.replace(day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _formatted(moment: datetime.datetime, pattern: str) -> str:
    hour, offset, half = moment.hour % 12 or 12, moment.strftime("%z"), "am" if moment.hour < 12 else "pm"
    month, day = _MONTHS[moment.month - 1], moment.isoweekday() % 7
    numbers = {"M": moment.month, "D": moment.day, "H": moment.hour, "h": hour, "m": moment.minute, "s": moment.second}
    parts = {
        **{letter: str(number) for letter, number in numbers.items()},
        **{letter * 2: f"{number:02}" for letter, number in numbers.items()},
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "MMM": month[:3],
        "MMMM": month,
        "d": str(day),
        "dd": _DAYS[day][:2],
        "ddd": _DAYS[day][:3],
        "dddd": _DAYS[day],
        "a": half,
        "A": half.upper(),
        "SSS": f"{moment.microsecond // 1000:03}",
        "Z": f"{offset[:3]}:{offset[3:5]}",
        "ZZ": offset[:5],
    }
    return _TIME_PART.sub(lambda part: parts.get(part[0], part[0]) if part[1] is None else part[1], pattern)


def _iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
