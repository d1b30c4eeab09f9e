from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from textguide.text.tokenizer import VOCABULARY_FILE

ROOT = Path(__file__).parents[2]
PUBLISHED = "e31a885ce27472de84791c793e49a4835868261c1ddfe2f3e330e43f703ed3f8"


def test_vocabulary_is_the_one_the_published_weights_were_trained_with():
    assert sha256(VOCABULARY_FILE.read_bytes()).hexdigest() == PUBLISHED


def test_vocabulary_is_what_the_script_builds_from_the_word_lists():
    script = ROOT / "scripts" / "build_vocabulary.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_piece_stands_once():
    pieces = VOCABULARY_FILE.read_text(encoding="utf-8").splitlines()
    assert len(pieces) == len(set(pieces))
    assert 1_800 <= len(pieces) <= 2_500
