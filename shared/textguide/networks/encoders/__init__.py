"""Encoders: an image becomes feature maps, a sentence becomes tokens."""

from textguide.networks.encoders.convnext import ConvNeXtEncoder
from textguide.networks.encoders.text import TextEncoder

__all__ = ["ConvNeXtEncoder", "TextEncoder"]
