# shellcheck shell=bash disable=SC2034,SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Configures, compiles and stages the programs, and runs the tests, in the build environment.
#
# Reads: build_dir, stage, environment, root, meson_options. All output goes below build_dir.

# Held while a build folder changes; a second run waits instead of compiling into the same files.
lock_build() {
  mkdir -p "$build_dir"
  exec {build_lock}>"$build_dir/lock"
  flock -n "$build_lock" && return
  say "waiting for another run that is building"
  flock "$build_lock"
}

unlock_build() { exec {build_lock}>&-; }

# One compiler per core, but at most one per 1.5 GB: a file that includes torch/torch.h takes that much.
compile_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  echo $((cores < memory ? cores : memory))
}

# Identifies the toolchain of a build folder.
environment_name() { if [[ $environment == native ]]; then echo native; else echo "${root##*/}"; fi; }

# configure FOLDER OPTION...: creates the build folder, or changes the options of one that differs.
configure() {
  local folder=$build_dir/$1 wanted
  shift
  wanted="$(environment_name) $*"
  if [[ -f $folder/build.ninja && -f $folder/.configured ]]; then
    [[ $(<"$folder/.configured") != "$wanted" ]] || return 0
    if [[ $(<"$folder/.configured") == "$(environment_name) "* ]]; then
      quietly "configure" enter meson configure "$folder" "$@"
      echo "$wanted" >"$folder/.configured"
      return
    fi
  fi
  rm -rf "$folder"
  quietly "configure" enter meson setup "$folder" "$project" "$@"
  echo "$wanted" >"$folder/.configured"
}

# quietly NAME CMD...: writes the output to a log and shows it only if the command fails.
quietly() {
  local name=$1 log=$build_dir/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    local status=$?
    cat "$log" >&2
    stop "The step '$name' failed (status $status): the lines above, also in $log, say why."
  }
}

test_packages_ready() { [[ $environment == native ]] || layer_complete test; }

release_options() {
  local tests=false
  # Once built with tests, the folder keeps them while the tests' packages exist: going back would discard their
  # objects.
  if [[ $1 == tests ]] || { [[ -f $build_dir/release/.with-tests ]] && test_packages_ready; }; then tests=true; fi
  printf '%s\n' --prefix="$stage" --libdir=lib --buildtype=release -Dplugindir="$stage/lib/gimp/3.0/plug-ins" -Dgegldir="$stage/lib/gegl-0.4" -Dtests=$tests "${meson_options[@]}"
}

# The files that `meson install` needs, one per line: everything but the tests.
installed_targets() {
  enter meson introspect "$build_dir/release" --targets | enter python3 -c '
import json, os, sys
for target in json.load(sys.stdin):
    if target["installed"]:
        for name in target["filename"]:
            print(os.path.relpath(name, sys.argv[1]))' "$build_dir/release"
}

# Builds the programs and installs them into the stage, where demo, gimp and exec find them.
build_programs() {
  local options targets=() list=$build_dir/release/.installed-targets begin=$SECONDS
  lock_build
  mapfile -t options < <(release_options programs)
  configure release "${options[@]}"
  enter ninja -C "$build_dir/release" --quiet build.ninja >/dev/null
  if [[ ! -s $list || $build_dir/release/build.ninja -nt $list ]]; then
    installed_targets >"$list.new"
    mv "$list.new" "$list"
  fi
  mapfile -t targets <"$list"
  if ! enter ninja -C "$build_dir/release" -n "${targets[@]}" | grep -q 'no work to do'; then
    say "building the programs"
    enter ninja -C "$build_dir/release" -j "$(compile_jobs)" "${targets[@]}" >&2 </dev/null ||
      stop "The programs could not be built: the lines above say why."
    say "built in $((SECONDS - begin)) s"
  fi
  quietly install enter meson install -C "$build_dir/release" --no-rebuild --only-changed
  environment_name >"$stage/.complete"
  unlock_build
}

programs_built() { [[ -f $stage/.complete && $(<"$stage/.complete") == "$(environment_name)" ]]; }

suites=' unit model process gimp ui '

# run_tests FOLDER ARGUMENT...: a suite's name runs that suite; anything else is passed to `meson test`.
# With NEURAL_STYLE_NO_SKIP=1 a test that is skipped for any reason but a missing GPU or the kernel's lack of Landlock counts as a failure.
run_tests() {
  local folder=$build_dir/$1 arguments=() argument status=0 skips
  shift
  for argument in "$@"; do
    if [[ $suites == *" $argument "* ]]; then arguments+=(--suite "$argument"); else arguments+=("$argument"); fi
  done
  rm -f "$folder"/meson-logs/testlog.{json,txt}
  # One more than there are cores: GIMP starts plug-ins, windows appear, servers are slow, and the tests wait for them.
  private_tmp=yes enter meson test -C "$folder" --no-rebuild --print-errorlogs --num-processes $(($(nproc) + 1)) "${arguments[@]}" </dev/null || status=$?
  skips=$(skip_reasons "$folder/meson-logs/testlog.txt")
  [[ -z $skips ]] || printf '%s\n' "$skips"
  if ((status == 0)) && [[ ${NEURAL_STYLE_NO_SKIP:-} == 1 ]] && grep -qvE 'no CUDA device|this kernel has no Landlock' <<<"${skips:-no CUDA device}"; then
    say "a test was skipped for want of something that the build environment should provide"
    status=1
  fi
  test_tally "$folder/meson-logs/testlog.json" "$skips"
  ((status == 0)) || tell_failures "$folder/meson-logs/testlog.json"
  return "$status"
}

# The reasons for skipped tests, one per line, each with its count.
skip_reasons() {
  [[ ! -f $1 ]] || sed -nE 's/^[[:space:]]*(SKIPPED: .*)/\1/p' "$1" | sort | uniq -c | sed -E 's/^ *([0-9]+) /\1 x /'
}

# test_tally LOG SKIPS: one plain line. Meson's log has a JSON object per test program; skipped cases of a passing
# program count as skipped too.
test_tally() {
  local log=$1 passed=0 failed=0 skipped=0 total=0
  if [[ -f $log ]]; then
    total=$(grep -c '"result": ' "$log" || true)
    passed=$(grep -cE '"result": "(OK|EXPECTEDFAIL)"' "$log" || true)
    failed=$((total - passed - $(grep -c '"result": "SKIP"' "$log" || true)))
  fi
  skipped=$(awk '{ sum += $1 } END { print sum + 0 }' <<<"$2")
  echo "$passed passed, $failed failed, $skipped skipped"
}

# tell_failures LOG: the lines that say why, of each test that failed, once more at the end, where nobody has to search for them.
tell_failures() {
  [[ ! -f $1 ]] || enter python3 -c '
import json, re, sys
telling = re.compile("fail|broken|error|not ok|timeout|sanitizer|expected", re.IGNORECASE)
for line in open(sys.argv[1]):
    test = json.loads(line)
    if test["result"] in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"):
        said = (test.get("stdout") or "").splitlines() + (test.get("stderr") or "").splitlines()
        print(test["name"] + ": " + test["result"])
        for line in [line for line in said if telling.search(line) and not line.startswith(("ok ", "screenshot "))][-12:]:
            print("  " + line.strip()[:400])' "$1"
}

test_release() {
  local options
  lock_build
  mapfile -t options < <(release_options tests)
  configure release "${options[@]}"
  touch "$build_dir/release/.with-tests"
  say "building the programs and the tests"
  enter ninja -C "$build_dir/release" -j "$(compile_jobs)" >&2 </dev/null || stop "The tests could not be built: the lines above say why."
  unlock_build
  run_tests release "$@"
}

# The same under the address and undefined-behaviour sanitizers, in a separate folder.
test_sanitized() {
  local options=(--prefix="$build_dir/sanitize/stage" --libdir=lib --buildtype=debugoptimized
    '-Db_sanitize=address,undefined' -Db_lundef=false -Dplugindir="$build_dir/sanitize/stage/lib/gimp/3.0/plug-ins"
    -Dgegldir="$build_dir/sanitize/stage/lib/gegl-0.4" -Dtests=true "${meson_options[@]}")
  lock_build
  configure sanitize "${options[@]}"
  say "building the programs and the tests with sanitizers"
  enter ninja -C "$build_dir/sanitize" -j "$(compile_jobs)" >&2 </dev/null || stop "The tests could not be built: the lines above say why."
  unlock_build
  # LibTorch and GLib keep memory until the process ends; without symbols for both, our own leaks are indistinguishable.
  ASAN_OPTIONS=detect_leaks=0:abort_on_error=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS} \
    run_tests sanitize --timeout-multiplier=4 "$@"
}
