"""The family of the empty set: no zone is affected."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.wordings.findings import finding, finish
from textguide.text.wordings.options import options

_CLEAR = options("""
    the lungs are clear | both lungs are clear | lungs clear | clear lungs | no {f} | no evidence of {f} |
    there is no {f} | no {f} in either lung | no {f} is seen | normal lungs | all zones are clear |
    both lungs clear, no {f} | the lung fields are clear | no focal {f} | unremarkable lungs |
    no {f} on either side | no zone is affected | neither lung is affected | normal chest radiograph
""")


def clear(zones: Sequence[int], draw: Random) -> str:
    """Say that no zone is affected: "The lungs are clear."."""
    return finish(draw.choice(_CLEAR).format(f=finding(draw, degree=0).text), draw)
