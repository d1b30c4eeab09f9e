"""Lines of a text -> statements: which line break ends what is said, and which is no more than a blank."""

from __future__ import annotations

import re

from textguide.text.lexicon import NEGATIONS, SYNONYMS, ZONES

HEIGHTS = "|".join((*ZONES, *(typed for typed, read in SYNONYMS.items() if read in ZONES)))
"""Words for a zone, as a regular expression."""

_DENIED_LIST = re.compile(rf"\b(?:{'|'.join(sorted(NEGATIONS))})\b[^.;\n]*:\s*(?:\n|$|[-*•>\d])")
_BULLET = re.compile(r"(?:^|(?<=[\s;:]))(?:[*•>]|\d[.)])\s+")
_SHORT = "[lr]t|[lr][uml][zl]"
_SIDE = re.compile(rf"\b(?:left|right|both|bilateral|bilaterally|{_SHORT})\b")
_SIDE_BEGINS = re.compile(rf"(?:the )?(?:left|right|both|l|r|{_SHORT})\b")
_ENDS_IN_ZONE = re.compile(rf"\b(?:{HEIGHTS})$")
_BEGINS_PLACE = re.compile(  # at the end: "... left lung and upper, middle"
    rf"\b(?:(?:lung|zone|field)s? (?:and|&)|areas?,) (?:the )?(?:{HEIGHTS})(?:,?(?: and)? (?:{HEIGHTS}))*$"
)
_ZONES_BEGIN = re.compile(  # "upper and middle zones of the left ..."
    rf"(?:the )?(?:{HEIGHTS})\b(?:(?: ?,| and| &)? (?:{HEIGHTS})\b)*(?: (?:zone|field|third|region)s?)?"
    r"(?: of| in| on)?(?: the)? (?:left|right|both)\b"
)
_RUNS_ON = re.compile(
    r"(?:[,&+/-]|\b(?:and|or|the|in|of|on|at|to|from|no|with|without|is|are|all|whole|entire|both))$"
)


def mark_items(text: str) -> str:
    """Put a semicolon before the items of a list, and where a line ends what is said.

    Args:
        text: in lower case.
    """
    if _DENIED_LIST.search(text):
        return text  # "No opacity in:", and then a list
    if re.search(r"(?:^|[\s;:])(?:[*•>]|1[.)])\s", text):
        text = _BULLET.sub(" ; ", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    is_denial = not NEGATIONS.isdisjoint(re.findall(r"\w+", text))
    marked = lines[:1]
    for before, line in zip(lines, lines[1:], strict=False):
        ends = before[-1] in ".;:!" or line.startswith((";", "- "))
        ends |= not is_denial and _is_item_of_list(before, line)
        marked += [";" if ends and before[-1] != ":" else "", line.removeprefix("- ")]
    return " ".join(marked).removeprefix("- ")


def _is_item_of_list(before: str, line: str) -> bool:
    """Tell whether a line begins another item of a list without signs, or goes on with the line before."""
    if _RUNS_ON.search(before):
        return False
    has_side, is_cut = bool(_SIDE.search(before)), bool(_ENDS_IN_ZONE.search(before))
    if _SIDE_BEGINS.match(line):
        # "lower" or "lower left lung and lower" and, on the next line, "right lung"
        return not is_cut or (has_side and not _BEGINS_PLACE.search(before))
    return has_side and not is_cut and bool(_ZONES_BEGIN.match(line))
