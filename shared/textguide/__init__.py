"""Text-guided 2-D medical image segmentation with MONAI bundles.

Three lines from an image and a sentence to a mask::

    from textguide import Segmenter
    segmenter = Segmenter("tmca_segmentation")
    result = segmenter("film.png", "unilateral pulmonary infection, one infected area, lower left lung.")

Importing this package loads nothing else: PyTorch and MONAI come with the first use of `Segmenter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textguide.segmenter import Segmenter

__version__ = "0.1.0"
__all__ = ["Segmenter", "__version__"]


def __getattr__(name: str) -> Any:
    """Import `Segmenter` when it is first asked for (PEP 562).

    Raises:
        AttributeError: for any other name.
    """
    if name == "Segmenter":
        from textguide.segmenter import Segmenter

        return Segmenter
    raise AttributeError(f"module 'textguide' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(globals() | {"Segmenter": None})
