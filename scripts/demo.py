"""The two ends of scripts/demo.sh: `film DIR` draws the input, `compare DIR` looks at the masks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from textguide.data import write_datalist
from textguide.phantoms import ChestPhantom, chest_phantom

SEED = 2026
LEFT, RIGHT = [True] * 3 + [False] * 3, [False] * 3 + [True] * 3


def film_with_both_lungs() -> ChestPhantom:
    """The first film of the seed that shows opacities on both sides, so that a sentence can choose."""
    films = (chest_phantom(seed=SEED, index=index) for index in range(100))
    return next(film for film in films if film.present[:3].any() and film.present[3:].any())


def write_film(folder: Path) -> None:
    """Write one film, and a datalist that names it twice, once with a sentence for each lung."""
    folder.mkdir(parents=True, exist_ok=True)
    film = film_with_both_lungs()
    Image.fromarray(film.image).save(folder / "film.png")
    records = []
    for case, side in (("left", LEFT), ("right", RIGHT)):
        told = film.with_named((film.present & side).tolist())
        records.append(
            {
                "image": "film.png",
                "label": None,
                "text": told.text,
                "case_id": f"film_{case}",
                "group_id": "film",
                "zones": told.zones,
                "side_convention": told.side,
                "text_source": "phantom",
            }
        )
        print(f"film_{case}: {told.text}")
    datalist = {
        "name": "demo",
        "modality": "synthetic chest film",
        "labels": {"1": "infection"},
        "license_note": "synthetic, Apache-2.0",
        "training": [],
        "validation": [],
        "testing": records,
    }
    write_datalist(datalist, folder / "datalist.json")


def compare(folder: Path) -> None:
    """Print what became of each sentence, and stop with an error where a mask did not follow its own."""
    output = folder / "output"
    lines = (output / "segmentations.jsonl").read_text(encoding="utf-8").splitlines()
    results = {result["case"]: result for result in map(json.loads, lines)}
    for case, named in (("film_left", 0), ("film_right", 1)):
        result = results[case]
        mask = np.asarray(Image.open(output / result["mask"])) > 0
        halves = [int(half.sum()) for half in np.array_split(mask, 2, axis=1)]
        print(f"{case}: {result['understood']['line']}")
        print(f"  mask    {output / result['mask']}: {halves[0]} pixels left, {halves[1]} pixels right")
        print(f"  overlay {output / result['overlay']}")
        if halves[named] <= halves[1 - named]:
            sys.exit("error: the mask does not follow the sentence")
    print("the two masks differ: each follows its sentence")


if __name__ == "__main__":
    {"film": write_film, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
