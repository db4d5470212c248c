"""Small plain YAML from an untrusted file, built from parser events so that nothing can grow beyond its text."""

from __future__ import annotations

import yaml


def small_yaml(content: bytes) -> dict[str, object]:
    """A mapping of YAML built from events alone: no tags, no aliases, 5,000 events, 20 levels. Raises ValueError."""
    stack: list[tuple[dict[str, object] | list[object], list[str]]] = []
    root: list[object] = []
    stack.append((root, []))
    try:
        for count, event in enumerate(yaml.parse(content.decode("utf-8"), Loader=yaml.SafeLoader)):
            if count > 5_000 or len(stack) > 20 or isinstance(event, yaml.AliasEvent):
                raise ValueError("not a small plain document")
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                child: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
                _put(stack, child)
                stack.append((child, []))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                stack.pop()
            elif isinstance(event, yaml.ScalarEvent):
                container, keys = stack[-1]
                if isinstance(container, dict) and not keys:
                    keys.append(event.value)
                else:
                    _put(stack, event.value)
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error
    document = root[0] if root else {}
    return document if isinstance(document, dict) else {}


def _put(stack: list[tuple[dict[str, object] | list[object], list[str]]], value: object) -> None:
    container, keys = stack[-1]
    if isinstance(container, list):
        container.append(value)
    elif keys:
        container[keys.pop()] = value
    else:
        raise ValueError("a mapping as a key")
