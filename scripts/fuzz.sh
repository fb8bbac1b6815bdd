# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Hostile input for everything that reads what strangers made: builds and runs the programs of fuzz/.
#
# Reads: build_dir, project. What a fuzzer finds interesting is kept in build/fuzz/corpus, so that the next run goes on.

fuzzer_names() {
  local file
  for file in "$project"/fuzz/*.cpp; do basename "$file" .cpp; done
}

build_fuzzers() {
  local options=(--native-file "$project/fuzz/clang.ini" --optimization=1 --debug '-Db_sanitize=address,undefined' -Db_lundef=false
    -Dfuzz=true)
  lock_build
  configure fuzz "${options[@]}"
  say "building the fuzzers"
  enter ninja -C "$build_dir/fuzz" -j "$(compile_jobs)" "${@/#/fuzz/fuzz-}" >&2 </dev/null || stop "The fuzzers could not be built: the lines above say why."
  unlock_build
}

# fuzz_one NAME SECONDS SEED: from the seeds, what was found before, and the corpus of earlier runs.
fuzz_one() {
  local name=$1 seconds=$2 seed=$3 folder=$build_dir/fuzz log=$build_dir/fuzz/$1.log status=0 given leaks=1
  mkdir -p "$folder/corpus/$name" "$folder/found"
  [[ ! -f $project/fuzz/words/$name.txt ]] || set -- "$@" "-dict=$project/fuzz/words/$name.txt"
  for given in "$project/fuzz/seeds/$name" "$project/fuzz/found/$name"; do [[ ! -d $given ]] || set -- "$@" "$given"; done
  # What the libraries keep until the process ends is no leak of ours.
  case $name in film_file | picture_file | network_file) leaks=0 ;; esac
  enter env ASAN_OPTIONS="detect_leaks=$leaks" UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 OMP_NUM_THREADS=1 \
    "$folder/fuzz/fuzz-$name" -seed="$seed" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=3000 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$folder/found/$name-" "$folder/corpus/$name" "${@:4}" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    grep -vE '^(#|NEW_FUNC|INFO)' "$log" | tail -n 40
    echo "$name: something was found; $log tells it, and $folder/found has the input. Try it again with: ./run exec build/fuzz/fuzz/fuzz-$name FILE"
    return 1
  fi
  printf '%-16s %9s executions, nothing found\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
}

# fuzz [NAME] [SECONDS] [SEED]: all of them, or one; two at a time, where there are as many cores. The same for the same seed,
# as far as it gets; 0, the default: another each time.
fuzz() {
  local names=() seconds=60 name failed=0
  mapfile -t names < <(fuzzer_names)
  if (($# > 0)) && [[ $1 != all && ! $1 =~ ^[0-9]+$ ]]; then
    [[ " ${names[*]} " == *" $1 "* ]] || stop "'$1' is not a fuzzer: there are ${names[*]}."
    names=("$1")
  fi
  (($# == 0)) || [[ $1 =~ ^[0-9]+$ ]] || shift
  [[ -z ${1:-} ]] || seconds=$1
  local seed=${2:-0}
  [[ $seconds =~ ^[0-9]+$ && $seconds -gt 0 && $seed =~ ^[0-9]+$ ]] || stop "'fuzz' takes a number of seconds and a seed: see ./run help."
  build_fuzzers "${names[@]}"
  local running=()
  for name in "${names[@]}"; do
    if ((${#running[@]} >= $(nproc))); then
      wait "${running[0]}" || failed=1
      running=("${running[@]:1}")
    fi
    fuzz_one "$name" "$seconds" "$seed" &
    running+=($!)
  done
  for name in "${running[@]}"; do wait "$name" || failed=1; done
  return "$failed"
}
