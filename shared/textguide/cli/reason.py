"""An error -> one line that says what is wrong: ours, where ours is among those that wrap each other."""

from __future__ import annotations

EXPECTED = (OSError, ValueError, TypeError, ImportError, RuntimeError)
"""What our own code raises, and what a machine without memory or rights does."""
_LONGEST = 1000


def first_line(error: BaseException) -> str:
    """Return the first line of the error that tells most.

    MONAI wraps what it meets in several others, and we wrap what a library says in a line that names the file
    and the mend. So the outermost error that was raised in `textguide` is taken; without one, the innermost.
    PyTorch's advice to load a file with `weights_only=False` is never passed on: the file could run code.
    """
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    harmless = [one for one in reversed(chain) if "weights_only" not in str(one)]
    told = next((one for one in chain if _is_ours(one)), (harmless or [OSError("a file cannot be read")])[0])
    if isinstance(told, OSError) and told.strerror:
        return f"{told.strerror}: {told.filename}" if told.filename else told.strerror
    line = (str(told).strip().splitlines() or [""])[0]
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    if line and isinstance(told, EXPECTED):
        return line
    return f"{type(told).__name__}: {line}" if line else type(told).__name__


def _is_ours(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__")).startswith("textguide.")
