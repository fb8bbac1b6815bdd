# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the measuring programs, and measures the engine against its peers.
#
# Reads: build_dir, stage, project. Writes docs/benchmarks.md and docs/performance.md.

measure() {
  local options
  lock_build
  mapfile -t options < <(release_options tests)
  configure release "${options[@]}"
  touch "$build_dir/release/.with-tests"
  unlock_build
  build_programs
  lock_build
  enter ninja -C "$build_dir/release" --quiet -j "$(compile_jobs)" tests/bench/bench-{engine,film,flicker} >&2 </dev/null ||
    stop "The measuring program could not be built: the lines above say why."
  unlock_build
  enter_for_good python3 "$project/tests/bench/bench.py" \
    --engine "$build_dir/release/tests/bench/bench-engine" --cli "$stage/bin/neural-style" \
    --film "$build_dir/release/tests/bench/bench-film" --flicker "$build_dir/release/tests/bench/bench-flicker" "$@"
}
