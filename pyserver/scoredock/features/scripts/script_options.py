"""Options of the command line that a batch script has wherever it runs: in a job and in a trial."""

from __future__ import annotations

from scoredock.verb import argument

MINI_BATCH_SIZE = argument(
    "--mini-batch-size",
    help="files or rows of one call of run(), or bytes of a table such as 64KB or 10MB; 10 files or 1MB by default",
    default="",
    metavar="SIZE",
)
ENCODING = argument(
    "--encoding",
    help="of CSV files, such as cp1252, utf-16 or gbk; UTF-8 by default",
    default="",
    metavar="ENCODING",
)
SEPARATOR = argument(
    "--separator",
    help="of the values of CSV files, such as ';' or tab; a comma by default",
    default="",
    metavar="CHARACTER",
)
SCRIPT_ARGUMENT = argument(
    "--argument",
    help="argument of the script, written --argument=--model_name; may be repeated",
    action="append",
    metavar="WORD",
)
