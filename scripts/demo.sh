#!/usr/bin/env bash
# The main job on what the project brings along: one synthetic chest film, two sentences, two masks.
# Needs git and Python 3.11 or 3.12; the first run installs into .venv, later runs need no network.
set -euo pipefail
cd "$(dirname "$0")/.."

bundle=bundles/tmca_segmentation
demo=runs/demo

run() {
    printf '+ %s\n' "$*"
    "$@"
}

source scripts/environment.sh
prepare all

say "drawing a synthetic chest film with opacities in both lungs, and a sentence for each"
run python scripts/demo.py film "$demo"

say "running the bundle"
# MONAI warns that a config is code, and that a decoder for GPUs is absent; this config is the project's own.
export PYTHONWARNINGS=ignore::UserWarning
rm -rf "$demo/output"
run python -m monai.bundle run --config_file "$bundle/configs/inference.json" --bundle_root "$bundle" \
    --dataset_dir "$demo" --output_dir "$demo/output"

say "looking at the result"
run python scripts/demo.py compare "$demo"
