"""Write `vocab.txt` from the word lists of `textguide.text.vocabulary`; with --check, only compare."""

from __future__ import annotations

import argparse
import sys

from textguide.text.tokenizer import SPECIAL_TOKENS, VOCABULARY_FILE, build_normalizer
from textguide.text.vocabulary import GREEK_AND_SYMBOLS, LATIN_BLOCKS, LISTS, STEMS, SUFFIXES


def characters() -> list[str]:
    """Return every character that a text in Latin script can hold after normalisation, by code point."""
    normalizer = build_normalizer()
    codes = [code for first, last in LATIN_BLOCKS for code in range(first, last + 1)]
    typed = [chr(code) for code in codes] + list("".join(GREEK_AND_SYMBOLS.split()))
    return sorted({letter for one in typed for letter in normalizer.normalize_str(one) if letter.strip()})


def pieces() -> list[str]:
    """Return the vocabulary: special tokens, characters, whole words, stems, suffixes; each once.

    Raises:
        ValueError: if a word of the lists would not survive normalisation.
    """
    normalizer = build_normalizer()
    letters = characters()
    words = [word for theme in (*LISTS, STEMS) for word in theme.split()]
    broken = [word for word in words if not word.isalnum() or normalizer.normalize_str(word) != word]
    if broken:
        raise ValueError(f"words must be lower-case letters and digits without accents, got {broken}")
    inner = letters + SUFFIXES.split()
    return list(dict.fromkeys([*SPECIAL_TOKENS, *letters, *words, *("##" + piece for piece in inner)]))


def main() -> int:
    """Write or compare the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the stored file, write nothing")
    check = parser.parse_args().check
    text = "\n".join(pieces()) + "\n"
    if not check:
        VOCABULARY_FILE.write_text(text, encoding="utf-8")
    same = VOCABULARY_FILE.read_text(encoding="utf-8") == text
    state = "as built" if same else "differs from the word lists"
    print(f"{VOCABULARY_FILE.name}: {len(pieces())} pieces, {state}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
