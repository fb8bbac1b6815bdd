# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Breaks the programs' world at random moments (tests/chaos).
#
# Reads: build_dir, project, stage.

# break_the_world [RUNS] [SEED] [OPTION...]: without a seed another one each time, which is told.
break_the_world() {
  local runs=${1:-100} seed=${2:-$RANDOM} gimp=() plug_in=$stage/lib/gimp/3.0/plug-ins/plug-in-neural-style/plug-in-neural-style
  shift $(($# < 2 ? $# : 2))
  [[ $runs =~ ^[0-9]+$ && $seed =~ ^[0-9]+$ ]] || stop "'chaos' takes a number of runs and a seed: see ./run help."
  [[ ! -e $plug_in ]] || gimp=(--plug-in "$plug_in" --locale "$stage/share/locale" --work "$build_dir/chaos")
  NEURAL_STYLE_DATA=$project/data enter_for_good python3 "$project/tests/chaos/chaos.py" --program "$stage/bin/neural-style" \
    --engine "$stage/bin/neural-style-engine" --style "$project/data/styles/great-wave.jpg" "${gimp[@]}" --soak 100 --runs "$runs" --seed "$seed" "$@"
}
