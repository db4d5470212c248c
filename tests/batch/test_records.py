"""What a job is to do, as its folder has it: earlier releases read what this one writes, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration, from_json, to_json

PLAIN: dict[str, Any] = {
    "input_format": "files",
    "encoding": "",
    "separator": "",
    "mini_batch_size": [10, "items"],
    "error_threshold": -1,
    "allowed_failed_count": -1,
    "allowed_failed_percent": 100.0,
    "limits": [],
    "output_action": "append_row",
    "append_row_file_name": "parallel_run_step.txt",
    "output_format": "text",
    "input_keys": False,
    "worker_count": 0,
    "run_invocation_timeout": 60.0,
    "run_max_try": 3,
    "logging_level": "INFO",
    "partition_keys": (),
    "partition_format": "",
    "arguments": (),
    "environment_variables": {},
}
"""As releases before the options were declared once wrote it."""


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({}, {}),
        ({"input_format": "parquet"}, {"input_format": "parquet", "mini_batch_size": [1 << 20, "bytes"]}),
        (
            {"input_format": "csv", "separator": "tab", "output_format": "csv", "mini_batch_size": "64KB"},
            {
                "input_format": "csv",
                "separator": "\t",
                "output_format": "csv",
                "append_row_file_name": "parallel_run_step.csv",
                "mini_batch_size": [65_536, "bytes"],
            },
        ),
        ({"error_threshold": -1, "process_count": 4}, {"limits": ["error_threshold"], "worker_count": 4}),
        (
            {"allowed_failed_count": 2, "mini_batch_size": "7"},
            {"limits": ["allowed_failed_count"], "allowed_failed_count": 2, "mini_batch_size": [7, "items"]},
        ),
    ],
    ids=["plain", "table", "separator", "every-failure", "limit"],
)
def test_the_record_is_as_before(options: dict[str, Any], written: dict[str, Any]) -> None:
    configuration = BatchConfiguration(**options)
    assert to_json(configuration) == {**PLAIN, **written}
    assert to_json(from_json({**PLAIN, **written})) == {**PLAIN, **written}


def test_a_limit_of_a_release_that_named_none_holds() -> None:
    document = {name: value for name, value in PLAIN.items() if name != "limits"}
    assert from_json({**document, "error_threshold": 5}).error_threshold == 5
    assert from_json(document).limits == {}
