#!/usr/bin/env bash
# lint, format, types, and every test that needs neither data, GPU, server nor minutes
set -euo pipefail

python -m ruff check
python -m ruff format --check
python -m mypy
python -m pytest -q
