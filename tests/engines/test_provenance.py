from __future__ import annotations

import numpy as np

from textguide.engines.provenance import command_line, package_versions


def test_the_command_is_the_one_that_was_typed():
    assert (
        command_line(["/a/b/monai/bundle/__main__.py", "run", "--x", "a b"])
        == "python -m monai.bundle run --x 'a b'"
    )
    assert command_line(["/usr/bin/textguide", "evaluate"]) == "textguide evaluate"


def test_the_versions_are_those_of_the_packages_that_run():
    assert package_versions()["numpy"] == np.__version__
