"""Networks: one paper, one file."""

from textguide.networks.nets.tmca import TMCA

__all__ = ["TMCA"]
