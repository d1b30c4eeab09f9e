"""What a bundle's configuration reads of itself: references, arguments, keys that nothing asks for."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Iterable, Iterator
from typing import Any

from monai.bundle import ComponentLocator, ConfigComponent, ConfigExpression, ConfigParser, ReferenceResolver

_SECTIONS = ("initialize", "run", "finalize")
READ_OF_INFERENCE = (
    *("network_def", "preprocessing", "inferer", "device", "side_convention", "threshold", "temperature"),
    *("bundle_root", "evaluator"),
)
"""What `Segmenter` and MONAI's platforms read of an inference, besides its sections."""
_LOCATOR = ComponentLocator()


def nodes(config: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a config under its full key, `a::b::0`."""
    for _, inner, value in ReferenceResolver.iter_subconfigs(key, config):
        yield inner, value
        if isinstance(value, dict | list):
            yield from nodes(value, inner)


def read_keys(config: dict[str, Any], also: Iterable[str] = ()) -> set[str]:
    """Every key that MONAI's sections, an import or one of the keys `also` lead to."""
    found = dict(nodes(config))
    imports = [key for key, value in found.items() if _is_import(value)]
    open_keys = [key for key in (*_SECTIONS, *also, *imports) if key in found]
    seen: set[str] = set()
    while open_keys:
        key = open_keys.pop()
        below = [name for name in found if name == key or name.startswith(f"{key}::")]
        for name in set(below) - seen:
            seen.add(name)
            if isinstance(found[name], str):
                open_keys += [
                    target for target in ReferenceResolver.match_refs_pattern(found[name]) if target in found
                ]
    return seen


def unread(config: dict[str, Any], also: Iterable[str] = ()) -> list[str]:
    """The keys that nothing reads; of a dictionary that is read in part, those of its keys."""
    seen = read_keys(config, also)

    def search(part: dict[str, Any], prefix: str) -> Iterator[str]:
        for name, value in part.items():
            key = prefix + name
            if _is_covered(key, value, seen):
                continue
            touched = any(other.startswith(f"{key}::") for other in seen)
            if isinstance(value, dict) and "_target_" not in value and touched:
                yield from search(value, f"{key}::")
            else:
                yield key

    return list(search(config, ""))


def is_read(config: dict[str, Any], key: str) -> bool:
    """Whether MONAI's sections lead to this key, or to all that stands below it."""
    return _is_covered(ReferenceResolver.normalize_id(key), ConfigParser(config)[key], read_keys(config))


def _is_covered(key: str, value: Any, seen: set[str]) -> bool:
    below = list(nodes(value, key)) if isinstance(value, dict | list) else []
    leaves = [name for name, inner in below if not (inner and isinstance(inner, dict | list))]
    return key in seen or (bool(leaves) and seen.issuperset(leaves))


def misfits(config: dict[str, Any]) -> list[str]:
    """The components whose target does not exist or does not take their arguments."""
    return [
        f"{key.replace('::', '#')}: {problem}"
        for key, value in nodes(config)
        if isinstance(value, dict) and "_target_" in value and (problem := _problem(value))
    ]


def dangling(config: dict[str, Any]) -> list[str]:
    """The references that lead nowhere."""
    parser = ConfigParser(config)
    parser.resolve_macro_and_relative_ids()
    found = dict(nodes(parser.get()))
    return [
        f"{key.replace('::', '#')} refers to @{target.replace('::', '#')}, which is not there"
        for key, value in found.items()
        if isinstance(value, str)
        for target in sorted(ReferenceResolver.match_refs_pattern(value))
        if target not in found
    ]


def addresses(config: dict[str, Any], key: str) -> bool:
    """Whether an override of `key` changes something: the key is there, or its component takes it."""
    parser = ConfigParser(config)
    if key in parser:
        return True
    above, name = ReferenceResolver.split_id(key, last=True)
    component = parser.get(above) if above else None
    return isinstance(component, dict) and "_target_" in component and not _problem(component | {name: None})


def expressions(config: Any) -> list[str]:
    """The strings of a config that are Python."""
    return [value for _, value in nodes(config) if isinstance(value, str) and value.startswith("$")]


def _is_import(value: Any) -> bool:
    return isinstance(value, str) and ConfigExpression.is_import_statement(value)


def _problem(component: dict[str, Any]) -> str:
    name = ConfigComponent(config=component, locator=_LOCATOR).resolve_module_name()
    try:
        target = pydoc.locate(name)
    except pydoc.ErrorDuringImport as error:
        return f"{name} cannot be imported: {error.value}"
    if not callable(target):
        return f"there is no {name}"
    try:
        inspect.signature(target).bind(**{key: None for key in component if not key.startswith("_")})
    except TypeError as error:
        return f"{name}: {error}"
    return ""
