"""Lists of wordings, written down compactly."""

from __future__ import annotations


def options(text: str) -> tuple[str, ...]:
    """Return the wordings between the bars; line breaks and outer blanks do not count.

    A wording repeated is drawn more often. Outer blanks that matter stand within quotes: `", and "`.
    """
    return tuple(" ".join(option.split()).strip('"') for option in text.split("|"))
