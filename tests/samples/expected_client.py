"""What the checks say of each counterpart of the documents' client samples: cells that register, deploy and call, and
az lines.

Every Python sample of the five documents that is not an entry script has a counterpart in `client/`, written anew
with the
same shape and the same defect; several documents repeat a sample, so one counterpart stands for up to three. `line` is
the line of the document at which the sample begins. The samples are fragments of notebooks, so they are checked as
cells, where `ws`, `run`, `model` and `service` may come from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = Path(__file__).parent / "client"


@dataclass(frozen=True)
class Fragment:
    """One counterpart, the samples it stands for, and what is said of it."""

    name: str
    stands_for: tuple[tuple[str, int], ...]
    """Document and line."""
    findings: tuple[tuple[str, int, str], ...] = ()
    """Code, one-based line and severity, in order."""


_ERROR, _WARNING, _INFORMATION, _HINT = "error", "warning", "information", "hint"

CELLS = (
    Fragment("connect", (("000", 26), ("001", 50), ("004", 69))),
    Fragment("run_model", (("000", 50), ("001", 89), ("004", 125))),
    Fragment("best_run", (("000", 61), ("001", 100), ("004", 136))),
    Fragment("downloaded_model", (("000", 82), ("001", 134), ("004", 156))),
    Fragment("unclosed_call", (("000", 136), ("001", 211)), (("SD801", 2, _ERROR),)),
    Fragment("script_with_dash", (("000", 150), ("001", 389)), (("SD815", 6, _ERROR),)),
    Fragment("curated_copy", (("004", 214),), (("SD815", 10, _ERROR),)),
    Fragment("three_services", (("000", 187), ("001", 537), ("004", 267))),
    Fragment(
        "local_without_model",
        (("000", 196), ("001", 551), ("004", 299)),
        (("SD802", 4, _WARNING),),
    ),
    Fragment("profile_rows", (("001", 437),)),
    Fragment("profile", (("001", 472),), (("SD815", 6, _ERROR),)),
    Fragment("profile_tags", (("001", 502),), (("SD822", 2, _WARNING),)),
    Fragment("printed_header", (("001", 617),), (("SD837", 11, _WARNING),)),
    Fragment("fetched", (("001", 834),), (("SD802", 1, _WARNING),)),
    Fragment("saved_model", (("001", 852),)),
    Fragment("onnx_alone", (("001", 872),)),
    Fragment("sklearn_alone", (("001", 894),)),
    Fragment("method_key", (("001", 912),)),
    Fragment("image_package", (("001", 960),), (("SD802", 1, _WARNING),)),
    Fragment(
        "printed_password",
        (("001", 988),),
        (("SD802", 1, _WARNING), ("SD837", 9, _WARNING)),
    ),
    Fragment("container_client", (("001", 1036),)),
    Fragment(
        "request_without_s",
        (("001", 1128),),
        (("SD830", 5, _ERROR), ("SD839", 5, _INFORMATION)),
    ),
    Fragment("register_folder", (("002", 58),)),
    Fragment("packages", (("002", 91),)),
    Fragment("local_config", (("002", 243),)),
    Fragment("named_model", (("002", 265),)),
    Fragment("words_for_address", (("002", 292),)),
    Fragment("spaced_register", (("003", 69),)),
    Fragment("surplus_brace", (("003", 93),), (("SD801", 6, _ERROR),)),
    Fragment("image_without_import", (("003", 199),), (("SD802", 2, _WARNING),)),
    Fragment("scaling_without_import", (("003", 274),), (("SD802", 1, _WARNING),)),
    Fragment("how_many", (("003", 287),)),
    Fragment("new_cluster", (("003", 314),)),
    Fragment("own_cluster", (("003", 338),)),
    Fragment("from_image", (("003", 364),), (("SD811", 7, _HINT),)),
    Fragment("swagger", (("003", 455),)),
    Fragment("newer_image", (("003", 464), ("003", 505))),
    Fragment("bytes_of_text", (("003", 486),)),
    Fragment("registry_secret", (("003", 566),), (("SD837", 15, _WARNING),)),
)
"""The samples in Python."""

_BLANK = ("SD857", 1, _INFORMATION)
LINES = (
    Fragment("register_run", (("001", 114), ("004", 99))),
    Fragment("register_file", (("001", 154), ("004", 109))),
    Fragment("register_folder", (("002", 70),)),
    Fragment("deploy_named", (("001", 411),)),
    Fragment("deploy_both", (("002", 280),)),
    Fragment("deploy_nameless", (("001", 566), ("004", 283)), (("SD851", 1, _ERROR),)),
    Fragment("deploy_folder_nameless", (("004", 291),), (("SD851", 1, _ERROR),)),
    Fragment("profile_blanks", (("001", 495),), (_BLANK,)),
    Fragment(
        "profile_tags",
        (("001", 507),),
        (
            _BLANK,
            ("SD854", 1, _ERROR),
            ("SD852", 1, _ERROR),
            ("SD852", 1, _ERROR),
        ),
    ),
    Fragment("fetch", (("001", 839),)),
    Fragment("workspaces", (("004", 61),), (_BLANK,)),
    Fragment("service_without_verb", (("004", 341),), (("SD850", 1, _ERROR),)),
    Fragment("delete_model", (("004", 343),), (("SD851", 1, _ERROR), _BLANK)),
)
"""The samples that are `az ml` lines, the last two from within sentences."""
