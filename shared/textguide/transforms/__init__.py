"""MONAI dictionary transforms for records with a sentence."""

from textguide.transforms.image import BinaryMaskd, MatchChannelsd
from textguide.transforms.mirror import RandMirrorTextd
from textguide.transforms.pipelines import evaluation_transforms, training_transforms
from textguide.transforms.text_variation import RandDropTextd, RandParaphraseTextd
from textguide.transforms.tokenize import TokenizeTextd

__all__ = [
    "BinaryMaskd",
    "MatchChannelsd",
    "RandDropTextd",
    "RandMirrorTextd",
    "RandParaphraseTextd",
    "TokenizeTextd",
    "evaluation_transforms",
    "training_transforms",
]
