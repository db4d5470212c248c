"""Systematic mistakes: drops, renames, retypes and re-indents every name, key, path, decorator and dependency of a
file.

A mutation is a text with exactly one mistake, made by position in the source so that everything else stays as it was.
"""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace

from mutants.slips import slips
from mutants.source import Mutation, Source, at, source_of


def mutations(path: str, text: str) -> Iterator[Mutation]:
    """Every mutation of a file, by its kind; texts that did not change are left out."""
    source = source_of(path, text)
    made: Iterator[Mutation]
    if path.endswith(".py"):
        made = _python(source)
    elif path.endswith(".json"):
        made = _json(source)
    elif path.endswith((".yml", ".yaml")):
        made = _yaml(source)
    else:
        made = _lines(source)
    seen = {text}
    for mutation in itertools.chain(made, slips(source)):
        if mutation.text not in seen:
            seen.add(mutation.text)
            yield mutation


def _python(source: Source) -> Iterator[Mutation]:
    tree = ast.parse(source.text)
    yield from _statements(source, tree)
    yield from _tokens(source)
    data = set(_data(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield at(source, "rename-name", node, _misspelt(node.id))
        elif isinstance(node, ast.Attribute):
            end = source.offset(node.end_lineno or 0, node.end_col_offset or 0)
            yield source.replaced("rename-attribute", end - len(node.attr), end, _misspelt(node.attr))
        elif isinstance(node, ast.FunctionDef):
            yield from _function(source, node)
        elif isinstance(node, ast.arg):
            start = source.offset(node.lineno, node.col_offset)
            yield source.replaced("rename-parameter", start, start + len(node.arg), _misspelt(node.arg))
        elif isinstance(node, ast.keyword) and node.arg:
            start = source.offset(node.lineno, node.col_offset)
            yield source.replaced("rename-keyword", start, start + len(node.arg), _misspelt(node.arg))
        elif isinstance(node, ast.alias):
            start = source.offset(node.lineno, node.col_offset)
            yield source.replaced("rename-import", start, start + len(node.name), _misspelt(node.name))
        elif isinstance(node, ast.Call):
            yield from _call(source, node)
        elif isinstance(node, ast.Constant):
            yield from _constant(source, node, data=id(node) in data)
        elif isinstance(node, ast.Return) and node.value is not None:
            inner = ast.get_source_segment(source.text, node.value) or ""
            yield at(source, "retype-answer", node.value, "{" + inner + "}")
            yield at(source, "retype-answer", node.value, f"str({inner}).encode()")


def _misspelt(name: str) -> str:
    """The last letter doubled, as fingers do."""
    return re.sub(r"(\w)(\W*)$", r"\1\1\2", name, count=1)


def _statements(source: Source, tree: ast.Module) -> Iterator[Mutation]:
    for node in ast.walk(tree):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(body, list):
                continue
            for statement in body:
                first = statement.lineno
                if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.decorator_list:
                    first = min(d.lineno for d in statement.decorator_list)
                start, end = (
                    source.starts[first - 1],
                    source.offset(statement.end_lineno or 0, 0),
                )
                end = source.text.find("\n", end) + 1 or len(source.text)
                indent = " " * statement.col_offset
                kept = f"{indent}pass\n" if len(body) == 1 and not isinstance(node, ast.Module) else ""
                what = source.text[start:end].strip().splitlines()[0]
                yield source.replaced("drop-statement", start, end, kept, what)
                yield source.replaced("indent-statement", start, start, "    ", what)
                if indent:
                    yield source.replaced("dedent-statement", start, start + 4, "", what)


def _tokens(source: Source) -> Iterator[Mutation]:
    """Every bracket, colon, comma and quote once left out."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.OP and token.string in "()[]{}:,=.":
            start = source.offset(*token.start)
            yield source.replaced("drop-sign", start, start + len(token.string), "", token.line.strip())
        elif token.type == tokenize.STRING and token.string[-1] in "'\"":
            end = source.offset(*token.end)
            yield source.replaced("drop-sign", end - 1, end, "", token.line.strip())


def _function(source: Source, node: ast.FunctionDef) -> Iterator[Mutation]:
    name = source.text.index(node.name, source.offset(node.lineno, node.col_offset) + 4)
    yield source.replaced("rename-function", name, name + len(node.name), _misspelt(node.name))
    yield source.replaced("rename-function", name, name + len(node.name), node.name.upper())
    start = source.offset(node.lineno, node.col_offset)
    made = source.replaced("retype-function", start, start, "async ", f"def {node.name}")
    yield replace(made, names=frozenset((node.name,)))
    opened = source.text.index("(", name)
    closed = source.text.index(")", opened)
    yield source.replaced("drop-parameters", opened + 1, closed, "")
    comma = ", " if closed > opened + 1 else ""
    yield source.replaced("add-parameter", closed, closed, f"{comma}extra", f"def {node.name}")
    for decorator in node.decorator_list:
        begin = source.starts[decorator.lineno - 1]
        end = source.text.find("\n", source.offset(decorator.end_lineno or 0, 0)) + 1
        yield source.replaced("drop-decorator", begin, end, "")
    lines = [source.text.splitlines(keepends=True)[d.lineno - 1] for d in node.decorator_list]
    if len(lines) == 2:
        begin = source.starts[node.decorator_list[0].lineno - 1]
        yield source.replaced("swap-decorators", begin, begin + len("".join(lines)), lines[1] + lines[0])


def _call(source: Source, node: ast.Call) -> Iterator[Mutation]:
    segment = ast.get_source_segment(source.text, node.func) or ""
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        # `.tolist()` and the like: without the call, and without the parentheses
        yield at(
            source,
            "drop-call",
            node,
            ast.get_source_segment(source.text, node.func.value) or "",
        )
        yield at(source, "drop-parentheses", node, segment)
    arguments = [*node.args, *(k.value for k in node.keywords)]
    if len(arguments) == 1 and not node.keywords:
        yield at(source, "drop-argument", node, f"{segment}()")
        yield at(
            source,
            "drop-call",
            node,
            ast.get_source_segment(source.text, arguments[0]) or "",
        )
    elif node.args and not node.keywords:
        for left_out in range(len(node.args)):
            kept = [ast.get_source_segment(source.text, a) or "" for n, a in enumerate(node.args) if n != left_out]
            yield at(source, "drop-argument", node, f"{segment}({', '.join(kept)})")


def _data(tree: ast.Module) -> Iterator[int]:
    """Constants that are data: keys of what a request or a model holds, and sentences. No file says what is right
    there."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            yield id(body[0].value)
        if isinstance(node, ast.Subscript) and not (
            isinstance(node.value, ast.Attribute) and node.value.attr == "environ"
        ):
            yield id(node.slice)


def _constant(source: Source, node: ast.Constant, *, data: bool) -> Iterator[Mutation]:
    value = node.value
    if data:
        if isinstance(value, str) and "\n" not in value and node.lineno == node.end_lineno and node.col_offset:
            yield at(source, "rename-data", node, repr(_misspelt(value)))
            yield at(source, "retype-data", node, "7")
        return
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield at(source, "retype-value", node, f'"{value}"')
        yield at(source, "retype-value", node, "None")
    elif isinstance(value, str) and value and "\n" not in value and node.lineno == node.end_lineno:
        written = ast.get_source_segment(source.text, node) or ""
        if written[:1] not in ("'", '"'):
            return
        quote = written[0]
        yield at(source, "rename-text", node, quote + _misspelt(value) + quote)
        yield at(source, "recase-text", node, quote + value.swapcase() + quote)
        yield at(source, "retype-value", node, "7")


def _json(source: Source) -> Iterator[Mutation]:
    for match in re.finditer(r'"((?:[^"\\]|\\.)*)"(\s*:)?', source.text):
        word, is_key = match.group(1), bool(match.group(2))
        start, end = match.start(1), match.end(1)
        if is_key:
            yield source.replaced("rename-key", start, end, _misspelt(word) if word else "x")
            yield source.replaced("recase-key", start, end, word.swapcase())
        elif word:
            yield source.replaced("rename-value", start, end, _misspelt(word))
            yield source.replaced("recase-value", start, end, word.swapcase())
            yield source.replaced("retype-value", start - 1, end + 1, "7")
            yield source.replaced("retype-value", start - 1, end + 1, "null")
            yield source.replaced("retype-value", start - 1, end + 1, "{}")
            yield source.replaced("retype-value", start - 1, end + 1, "")
    for match in re.finditer(r"(?<=[\s:\[,])(?:-?\d[\d.eE+-]*|true|false)(?=[\s,}\]])", source.text):
        for new in (f'"{match.group()}"', "null", "-1", "[]"):
            yield source.replaced("retype-value", match.start(), match.end(), new)
    for match in re.finditer(r"[{}\[\],:\"]", source.text):
        yield source.replaced("drop-sign", match.start(), match.end(), "")
    tree = json.loads(source.text)
    for keys in _key_paths(tree):
        changed = json.loads(source.text)
        inner = changed
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]
        line = next(
            (n for n, row in enumerate(source.text.splitlines(), 1) if f'"{keys[-1]}"' in row),
            1,
        )
        yield Mutation(
            "drop-key",
            source.path,
            line,
            json.dumps(changed, indent=2) + "\n",
            str(keys[-1]),
        )


def _key_paths(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from _key_paths(inner, (*above, key))


def _yaml(source: Source) -> Iterator[Mutation]:
    yield from _lines(source)
    position = 0
    for row in source.text.splitlines(keepends=True):
        bare = row.lstrip()
        indent = len(row) - len(bare)
        start = position + indent
        yield source.replaced("indent-line", position, position, "  ", bare.strip())
        if indent >= 2:
            yield source.replaced("dedent-line", position, position + 2, "", bare.strip())
        if bare.startswith("- "):
            yield source.replaced("drop-sign", start, start + 2, "", bare.strip())
            yield source.replaced("drop-sign", start + 1, start + 2, "", bare.strip())
        for match in re.finditer(r"[:=<>]+", bare):
            yield source.replaced(
                "drop-sign",
                start + match.start(),
                start + match.end(),
                "",
                bare.strip(),
            )
            if "=" in match.group():
                for new in ("=", "==", "=>", "~>", "==="):
                    yield source.replaced(
                        "retype-operator",
                        start + match.start(),
                        start + match.end(),
                        new,
                        bare.strip(),
                    )
        position += len(row)


def _lines(source: Source) -> Iterator[Mutation]:
    """For lists of words: every line once left out, twice there, and every word misspelt."""
    position = 0
    for row in source.text.splitlines(keepends=True):
        yield source.replaced("drop-line", position, position + len(row), "", row.strip())
        for match in re.finditer(r"[A-Za-z][\w.-]*[A-Za-z]", row):
            start, end = position + match.start(), position + match.end()
            yield source.replaced("rename-word", start, end, _misspelt(match.group()))
        for match in re.finditer(r"(?<=[=<> ])\d[\d.]*(?=\s|$|,)", row):
            start, end = position + match.start(), position + match.end()
            yield source.replaced("retype-version", start, end, "99.0")
            yield source.replaced("retype-version", start, end, "1.x")
        position += len(row)
