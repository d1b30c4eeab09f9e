"""What a network itself writes about an image: the zones it finds, and the sentence that names them.

The network writes in its bundle's side convention; what is shown is in the side that a case asks for, and
says both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn

from textguide.segmenter.understanding import LEFT_MEANS, ZONES
from textguide.text import mirror_report, mirror_zones, write_report

_UNION = "each slice was read with its own sentence; this one names the zones of all of them"


class FoundZones(NamedTuple):
    """What a network finds in one picture, in its own side convention.

    Attributes:
        probabilities: six, left upper first.
        bits: the six of the sentence that it writes, 0 or 1.
        sentence: that sentence; "" where it writes none.
    """

    probabilities: tuple[float, ...]
    bits: tuple[int, ...]
    sentence: str


@dataclass(frozen=True)
class WrittenReport:
    """A report of a network, whether the mask followed it or not.

    Attributes:
        sentence: in the side that was asked for; "" where the network writes none. It can be edited and given
            as the text, with the same side; unedited it gives the same mask of a picture, unless the network
            trusts what it wrote less than what it is given.
        probabilities: of the six zones, in the order and the side of the sentence: upper left first. Of a
            volume the largest of its slices.
        zones: 1 for those that the sentence names, else 0. Of a volume the union of its slices.
        convention: whose left the sentence means, "image" or "patient"; None where sides mean nothing.
        own_sentence: the same in the network's own convention.
        own_convention: that convention.
        slices: of a volume, the report of each slice; the network read each with its own sentence.
    """

    sentence: str
    probabilities: tuple[float, ...]
    zones: tuple[int, ...]
    convention: str | None
    own_sentence: str
    own_convention: str | None
    slices: tuple[WrittenReport, ...] = ()

    @property
    def by_halves(self) -> tuple[float, ...]:
        """The six probabilities by the halves of the picture, its left half first."""
        return mirror_zones(self.probabilities) if self.convention == "patient" else self.probabilities

    def record(self, with_slices: bool = True) -> dict[str, Any]:
        """Return what belongs in a result file; of a volume with or without its slices."""
        record: dict[str, Any] = {
            "sentence": self.sentence,
            "side_convention": self.convention,
            "left_means": LEFT_MEANS.get(self.convention or ""),
            "network_sentence": self.own_sentence,
            "network_side_convention": self.own_convention,
            "probabilities": self._by_name([round(value, 4) for value in self.probabilities]),
            "zones": self._by_name(self.zones),
        }
        if self.slices:
            record["union"] = _UNION
        if self.slices and with_slices:
            record["slices"] = [
                {
                    "sentence": one.sentence,
                    "probabilities": [round(value, 4) for value in one.probabilities],
                    "zones": list(one.zones),
                }
                for one in self.slices
            ]
        return record

    def _by_name(self, values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(ZONES, values, strict=True))


def find_zones(network: nn.Module, zone_logits: Tensor) -> list[FoundZones]:
    """Read zone logits (B, 6) as the network does: what it writes of each picture.

    Raises:
        ValueError: a logit is not finite.
    """
    zone_logits = zone_logits.float()
    if not bool(zone_logits.isfinite().all()):
        raise ValueError(
            "the network gives zones that are not finite, so there is no report: its weights are broken "
            "(`textguide doctor` looks at them), or values of the image are out of range."
        )
    probabilities = zone_logits.sigmoid().cpu().tolist()
    bits = network.written_zones(zone_logits).cpu().tolist()  # type: ignore[operator]
    silent = getattr(getattr(network, "report_writer", None), "on_empty", "text") == "no_text"
    return [
        FoundZones(tuple(found), tuple(own), "" if silent and not any(own) else write_report(own))
        for found, own in zip(probabilities, bits, strict=True)
    ]


def make_report(
    planes: Sequence[FoundZones], convention: str | None, own_convention: str | None, is_volume: bool = False
) -> WrittenReport:
    """Put what was found in the slices of an image, or in a picture, into the side that was asked for.

    Args:
        planes: of each slice, at least one.
        convention: whose left is asked for, "image" or "patient"; None where sides mean nothing.
        own_convention: the network's.
        is_volume: whether they are slices.
    """
    if is_volume:
        slices = tuple(make_report([plane], convention, own_convention) for plane in planes)
        values = np.array([plane.probabilities for plane in planes]).max(axis=0)
        bits = np.array([plane.bits for plane in planes]).max(axis=0)
        sentence = write_report(bits.tolist()) if any(plane.sentence for plane in planes) else ""
        whole = FoundZones(tuple(values.tolist()), tuple(bits.tolist()), sentence)
    else:
        slices, whole = (), planes[0]
    report = WrittenReport(
        sentence=whole.sentence,
        probabilities=whole.probabilities,
        zones=whole.bits,
        convention=convention,
        own_sentence=whole.sentence,
        own_convention=own_convention,
        slices=slices,
    )
    return report if convention == own_convention else _mirrored(report)


def _mirrored(report: WrittenReport) -> WrittenReport:
    sentence = mirror_report(report.own_sentence)
    if sentence is None:
        raise ValueError("the written sentence could not be converted to the side that was asked for.")
    return WrittenReport(
        sentence=sentence,
        probabilities=mirror_zones(report.probabilities),
        zones=mirror_zones(report.zones),
        convention=report.convention,
        own_sentence=report.own_sentence,
        own_convention=report.own_convention,
        slices=report.slices,
    )
