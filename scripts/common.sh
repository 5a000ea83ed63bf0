# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash
# What setup, demo and test share; to be sourced.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Another preset of CMakePresets.json builds in a folder of its own; Python's
# environment is the same for all.
preset=${MASE_PRESET:-default}
build_dir=${MASE_BUILD_DIR:-$source_dir/build}
venv_dir=$build_dir/venv
[[ $preset == default ]] || build_dir+=-$preset

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
die() {
  printf '%s: error: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The CUDA compiler, or nothing.
find_nvcc() {
  command -v nvcc 2>/dev/null && return
  [[ -x /usr/local/cuda/bin/nvcc ]] && echo /usr/local/cuda/bin/nvcc
  return 0
}

# Runs a command whose output matters only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "failed: $*"
  fi
  rm -f "$log"
}

# Configures where needed and builds everything, or the targets given.
build_tree() {
  if [[ ! -f $build_dir/build.ninja ]]; then
    say "configuring $build_dir"
    (cd "$source_dir" && quietly cmake --preset "$preset" -B "$build_dir")
  fi
  if ! ninja -C "$build_dir" -n "$@" | grep -q 'no work to do'; then
    say "building"
    ninja -C "$build_dir" "$@"
  fi
}
