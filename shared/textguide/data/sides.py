"""Records of one side convention -> the other: whose left a text and its zones mean."""

from __future__ import annotations

import logging
from typing import Any

from textguide.data.schema import SIDE_CONVENTIONS
from textguide.text import mirror_report, mirror_zones

logger = logging.getLogger(__name__)


def convert_sides(records: list[dict[str, Any]], side_convention: str | None) -> list[dict[str, Any]]:
    """Bring the texts and zones of a datalist to the side convention of a network.

    A text whose sides cannot be converted becomes "": half-converted it could send the mask to the wrong
    side. How many did is logged, without their words.

    Args:
        records: of a datalist, see `check_schema`.
        side_convention: "image" or "patient"; None: sides mean nothing to the network, all stays as it is.

    Returns:
        Copies, with `given_text` and `given_side` beside `text` and `side_convention`: what the datalist
        says, and so what a user is shown.

    Raises:
        ValueError: an unknown side convention.
    """
    if side_convention not in (None, *SIDE_CONVENTIONS):
        raise ValueError(
            f"side_convention is {side_convention!r}; allowed: {', '.join(SIDE_CONVENTIONS)}, None."
        )
    converted = [_convert(record, side_convention or record["side_convention"]) for record in records]
    others = sum(record["given_side"] != record["side_convention"] for record in converted)
    lost = sum(bool(record["given_text"]) and not record["text"] for record in converted)
    if others:
        logger.info("%d texts were mirrored to the side convention %r", others - lost, side_convention)
    if lost:
        logger.warning("%d texts whose left and right cannot be converted were left out", lost)
    return converted


def _convert(record: dict[str, Any], side_convention: str) -> dict[str, Any]:
    text, zones = record["text"] or "", record["zones"]
    kept = {**record, "given_text": text, "given_side": record["side_convention"]}
    if record["side_convention"] != side_convention:
        text = mirror_report(text) or ""
        zones = None if zones is None else list(mirror_zones(zones))
    return {**kept, "text": text, "zones": zones, "side_convention": side_convention}
