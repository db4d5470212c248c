"""Plain Python values (public as `inference_schema.parameter_types.standard_py_parameter_type`)."""

import base64
import datetime
import json
import re
from typing import Any, Callable, Dict, List, Optional

from scoredock_runtime import schema
from scoredock_runtime.schema.decorators import wrong_type
from scoredock_runtime.schema.fragments import DATE_FORMAT, plain_fragment
from scoredock_runtime.schema.parameter_type import AbstractParameterType

__all__ = ["StandardPythonParameterType"]


class StandardPythonParameterType(AbstractParameterType):
    """Other parameter types may stand inside a sample dictionary (by key) or list (the first for all)."""

    __module__ = "inference_schema.parameter_types.standard_py_parameter_type"  # messages show it

    def __init__(self, sample_input: Any) -> None:
        super().__init__(sample_input)
        self.sample_data_type_map: Dict[Any, AbstractParameterType] = {}
        self.sample_data_type_list: List[AbstractParameterType] = []
        if self.sample_data_type is dict:
            self.sample_data_type_map = {
                key: value for key, value in sample_input.items() if isinstance(value, AbstractParameterType)
            }
        elif self.sample_data_type in (list, tuple):
            self.sample_data_type_list = [item for item in sample_input if isinstance(item, AbstractParameterType)]

    def deserialize_input(self, input_data: Any) -> Any:
        """Texts become dates, times and bytes where the sample is one. Raises ValueError."""
        expected = self.sample_data_type
        if expected is datetime.date:
            input_data = _day(input_data)
        elif expected is datetime.datetime:
            input_data = moment(input_data)
        elif expected is datetime.time:
            input_data = moment(input_data).timetz()
        elif expected in (bytes, bytearray):
            input_data = base64.b64decode(input_data.encode())
            if schema.strict:
                input_data = expected(input_data)
        if expected is float and type(input_data) is int:
            return input_data
        if not isinstance(input_data, expected):
            raise ValueError(wrong_type(expected, input_data))
        return input_data

    def input_to_swagger(self) -> Dict[str, Any]:
        """Fragment that describes the sample. Raises ValueError for None and TypeError for what is not JSON."""
        if self.sample_input is None:
            raise ValueError("Sample input cannot be None")
        fragment = plain_fragment(self.sample_input)
        try:
            json.dumps(fragment)
        except TypeError as fault:
            raise TypeError(
                "Invalid python data sample provided: ensure that the data is fully JSON serializable to be able to "
                f"generate swagger schema from it. Actual error: {fault}"
            ) from None
        return fragment


def _day(text: str) -> datetime.date:
    """Raises ValueError, and AttributeError before Python 3.14: `date` could not read texts."""
    if schema.strict:
        return datetime.datetime.strptime(text, DATE_FORMAT).date()
    found: datetime.date = datetime.date.strptime(text, DATE_FORMAT)  # type: ignore[attr-defined,unused-ignore]  # novm
    return found


def moment(text: str) -> datetime.datetime:
    """Time in a text, by dateutil where it is installed (pandas brings it), otherwise in the forms of ISO 8601."""
    try:
        from dateutil import parser  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return _iso_moment(text)
    moment: datetime.datetime = parser.parse(text)
    return moment


_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:.(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{3}|\d{6}))?)?)?)?([+-]\d\d\d\d)?")


def _iso_moment(text: str) -> datetime.datetime:
    plain = text.strip().replace("Z", "+00:00")
    short = re.sub(r"([+-]\d\d):(\d\d)$", r"\1\2", plain)  # as Python 3.6 reads offsets
    for form in ("%Y-%m-%d %H:%M:%S.%f %z", "%H:%M:%S.%f %z", "%H:%M:%S", "%H:%M"):
        try:
            moment = datetime.datetime.strptime(short, form)
        except ValueError:
            continue
        return moment if "%Y" in form else datetime.datetime.combine(datetime.date.today(), moment.timetz())
    read: Optional[Callable[[str], datetime.datetime]]
    read = getattr(datetime.datetime, "fromisoformat", None)  # since Python 3.7
    return _from_iso(short) if read is None else read(plain)


def _from_iso(text: str) -> datetime.datetime:
    """Time that `datetime.fromisoformat` of Python 3.7 reads. Raises ValueError."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"Invalid isoformat string: {text!r}")
    *numbers, fraction, offset = match.groups()
    year, month, day, hour, minute, second = (int(each or 0) for each in numbers)
    moment = datetime.datetime(year, month, day, hour, minute, second, int((fraction or "").ljust(6, "0")))
    if offset is None:
        return moment
    return moment.replace(tzinfo=datetime.datetime.strptime(offset, "%z").tzinfo)
