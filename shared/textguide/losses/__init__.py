"""Losses: they read the published names of a network's training output."""

from textguide.losses.alignment import TargetSensitiveAlignment
from textguide.losses.segmentation import SegmentationLoss
from textguide.losses.weighted import WeightedLosses
from textguide.losses.zones import ZoneLoss

__all__ = ["SegmentationLoss", "TargetSensitiveAlignment", "WeightedLosses", "ZoneLoss"]
