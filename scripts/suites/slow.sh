#!/usr/bin/env bash
# the tests that take minutes
set -euo pipefail

python -m pytest -q -m slow
