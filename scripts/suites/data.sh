#!/usr/bin/env bash
# tests on the public data sets; TEXTGUIDE_DATA is the folder that holds QaTa-COV19 and Kvasir-SEG
# needs: TEXTGUIDE_DATA
set -euo pipefail

python -m pytest -q -m data
