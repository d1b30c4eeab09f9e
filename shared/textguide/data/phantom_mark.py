"""Phantoms lie in the layouts of real data sets; the file that their writer leaves tells them apart."""

from __future__ import annotations

import json
from pathlib import Path

_MARK = "phantom.json"


def phantom_header(home: Path, family: str) -> dict[str, str]:
    """Return what the head of a datalist says otherwise where the data are phantoms.

    A score on phantoms must not carry the name of the data set whose layout they borrow.

    Args:
        home: the data set's own folder; the mark lies there or up to two folders above it.
        family: of the phantoms that borrow this layout, ``chest`` or ``polyp``.

    Returns:
        ``name`` and ``license_note``; nothing for real data.
    """
    marks = (folder / _MARK for folder in (home, *home.parents[:2]))
    if not any(mark.is_file() and _family(mark) == family for mark in marks):
        return {}
    return {"name": f"{family} phantoms", "license_note": "Synthetic, under the licence of textguide."}


def _family(mark: Path) -> object:
    try:
        content = json.loads(mark.read_text(encoding="utf-8"))
    except ValueError:
        return None  # somebody else's file of that name
    return content.get("family") if isinstance(content, dict) else None
