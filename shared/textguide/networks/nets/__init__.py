"""Networks: one paper, one file."""

from textguide.networks.nets.baseline import Baseline
from textguide.networks.nets.sgseg import SGSeg
from textguide.networks.nets.tmca import TMCA

__all__ = ["TMCA", "Baseline", "SGSeg"]
