"""What `textguide segment` is given -> cases: image, sentence and its source, name of the outputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from textguide.data import load_datalist, read_datalist
from textguide.data.files import IMAGE_ENDINGS, image_stem
from textguide.data.sheet import read_sheet
from textguide.segmenter import FileCase, case_of_record
from textguide.writers import is_output_folder, name_cases

_IMAGE_HEADINGS = ("image", "image name", "file", "filename", "path")
_TEXT_HEADINGS = ("text", "description", "sentence", "report", "prompt")


@dataclass
class Collected:
    """What a source holds.

    Attributes:
        cases: its images, without sentences unless it is a datalist.
        notes: what was left out on purpose.
        unread: folders and files that could not be looked into, each with the reason.
    """

    cases: list[FileCase] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def collect_cases(source: str | os.PathLike[str], section: str, side: str) -> Collected:
    """List the images of a file, a folder or a datalist; a datalist brings its sentences along.

    Args:
        source: the file or folder.
        section: of a datalist.
        side: "bundle" leaves it to the datalist; anything else counts for all sentences.

    Raises:
        FileNotFoundError: there is no such file or folder.
        ValueError: no image in it.
    """
    path = Path(source)
    if path.is_dir():
        return _cases_of_folder(path, side)
    if not path.exists():
        raise FileNotFoundError(f"'{source}' does not exist; give an image, a folder or a datalist.")
    if path.suffix.lower() != ".json":
        return Collected([FileCase(image=str(path), name=name_cases([path])[0], side=side)])
    return Collected(_cases_of_datalist(path, section, side))


def _cases_of_folder(folder: Path, side: str) -> Collected:
    """Take images by their endings, and DICOM files without one by their first bytes."""
    if is_output_folder(folder):
        raise ValueError(f"'{folder}' holds results of an earlier run; give a folder of films.")
    found = Collected()
    images: list[Path] = []

    def unread(error: OSError) -> None:
        found.unread.append(f"{error.filename}: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=unread):
        folders[:] = [name for name in sorted(folders) if _is_walked(Path(place, name), found.notes)]
        for name in sorted(files):
            image = Path(place, name)
            try:
                if not name.startswith(".") and (
                    name.lower().endswith(IMAGE_ENDINGS) or _is_bare_dicom(image)
                ):
                    images.append(image)
            except OSError as error:
                unread(error)
    if not images:
        why = f" that could be looked into ({'; '.join(found.unread)})" if found.unread else ""
        raise ValueError(f"'{folder}' holds no image{why}; looked for {', '.join(IMAGE_ENDINGS)}.")
    names = name_cases(images, folder)
    found.cases = [
        FileCase(image=str(image), name=name, side=side) for image, name in zip(images, names, strict=True)
    ]
    return found


def _is_walked(folder: Path, notes: list[str]) -> bool:
    if folder.name.startswith((".", "__MACOSX")):
        return False
    if folder.is_symlink():
        notes.append(f"'{folder}' is a link to a folder, and is left out")
    elif is_output_folder(folder):
        notes.append(f"'{folder}' holds results of an earlier run, and is left out")
    else:
        return True
    return False


def _is_bare_dicom(path: Path) -> bool:
    if path.suffix and not path.suffix[1:].isdigit():  # names such as 1.2.840.113619 end in numbers
        return False
    if not path.is_file():  # a pipe would never end
        return False
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"


def _cases_of_datalist(path: Path, section: str, side: str) -> list[FileCase]:
    cases = [case_of_record(record) for record in load_datalist(path.parent, section, path.name)]
    if not cases:
        datalist = read_datalist(path)
        others = [name for name in ("training", "validation", "testing") if datalist[name]]
        raise ValueError(f"'{path}' has no case in {section}; use --section={' or '.join(others) or '...'}.")
    for case in cases:
        case.side = case.side if side == "bundle" else side
    return cases


def add_text(cases: Sequence[FileCase], text: str, side: str) -> None:
    """Give all cases one sentence."""
    for case in cases:
        case.text, case.text_source, case.side = text, "command", side


def add_texts(cases: Sequence[FileCase], table: str | os.PathLike[str], side: str) -> list[str]:
    """Give each case the sentence of its row in a table.

    A row names an image by its path below the folder, its file name, or either without ending; upper and
    lower case are the same.

    Returns:
        Notes on rows and images that found no partner.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: the columns are missing, two rows for one image differ, or no row fits any image.
    """
    rows = read_sheet(table, {"image": _IMAGE_HEADINGS, "text": _TEXT_HEADINGS})
    texts: dict[str, str] = {}
    for row in rows:
        key = row["image"].strip().replace("\\", "/").casefold()
        if texts.setdefault(key, row["text"]) != row["text"]:
            raise ValueError(f"'{table}' has two different texts for the image {row['image']!r}; keep one.")
    used: set[str] = set()
    without = 0
    for case in cases:
        key = next((one for one in _keys(case) if one in texts), "")
        if key:
            used.add(key)
            case.text, case.text_source, case.side = texts[key], "table", side
        else:
            without += 1
            case.text, case.text_source = "", "none"
    if not used:
        raise ValueError(f"no row of '{table}' names one of the {len(cases)} images by its file name.")
    notes = []
    if without:
        notes.append(f"{without} images have no row in the table: they are segmented without a sentence")
    surplus = len(texts) - len(used)
    return [*notes, f"{surplus} rows of the table name no image here"] if surplus else notes


def _keys(case: FileCase) -> list[str]:
    file = Path(case.image).name
    below = (Path(case.name).parent / file).as_posix()
    stem = image_stem(file)
    return [key.casefold() for key in (below, (Path(case.name).parent / stem).as_posix(), file, stem)]
