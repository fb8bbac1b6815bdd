# shellcheck shell=bash disable=SC2034,SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts GIMP 3 with the plug-in: headless for the demo, with windows for `gimp`; installs the plug-in into the user's own
# GIMP.
#
# Reads: project, build_dir, stage, environment.

plug_in_name=plug-in-neural-style
effect_name=neural-style-effect.so

# Sets `with_effect`: words before a command that let GEGL find the staged layer effect besides its own operations.
name_effect() {
  # shellcheck disable=SC2016 # the inner shell expands it
  with_effect=(sh -c 'GEGL_PATH=$(pkg-config --variable=pluginsdir gegl-0.4):$0 exec "$@"' "$stage/lib/gegl-0.4")
}

# make_profile FOLDER: a GIMP profile that finds the staged plug-in besides GIMP's own. GIMP rewrites gimprc when
# it ends and keeps its contents, so an existing profile is not changed.
make_profile() {
  mkdir -p "$1"
  [[ -f $1/gimprc ]] && return
  cat >"$1/gimprc" <<END
(config-version "3.0.4")
(plug-in-path "$stage/lib/gimp/3.0/plug-ins:\${gimp_plug_in_dir}/plug-ins")
(show-welcome-dialog no)
(check-updates no)
(color-profile-policy keep)
END
}

# Quotes a string for Script-Fu.
scheme_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# Shows the plug-in's progress: one updated line on a terminal, a line per tenth elsewhere. GIMP's other messages
# go to the log.
show_progress() {
  local log=$1 line percent shown=-1
  while IFS= read -r line; do
    echo "$line" >>"$log"
    [[ $line == neural-style:* ]] || continue
    if [[ -t 2 ]]; then
      printf '\r\033[K%s' "${line:0:100}" >&2
    elif [[ $line =~ ^neural-style:\ +([0-9]+)\ *% ]]; then
      percent=$((BASH_REMATCH[1] / 10))
      ((percent == shown)) || echo "$line" >&2
      shown=$percent
    else
      echo "$line" >&2
    fi
  done
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# Paints the bundled photo with the bundled painting in a headless GIMP.
paint_demo() {
  local out=$project/out profile=$build_dir/profile-demo log begin status=0 seconds device
  mkdir -p "$out"
  # A concurrent demo gets its own profile.
  exec {profile_lock}>"$build_dir/profile-demo.lock"
  if ! flock -n "$profile_lock"; then
    profile=$(mktemp -d "$build_dir/profile.XXXXXX")
    temporaries+=("$profile")
  fi
  make_profile "$profile"
  log=$(mktemp "$build_dir/demo.XXXXXX.log")
  temporaries+=("$log")
  say "painting $project/data/photos/boats.jpg in the manner of The Starry Night with GIMP"
  begin=$EPOCHREALTIME
  NEURAL_STYLE_VERBOSE=1 GIMP3_DIRECTORY=$profile enter gimp-console -idf --quit --batch-interpreter plug-in-script-fu-eval \
    -b "(begin
          (define demo-photo $(scheme_string "$project/data/photos/boats.jpg"))
          (define demo-xcf $(scheme_string "$out/demo.xcf"))
          (define demo-png $(scheme_string "$out/demo.png"))
          (load $(scheme_string "$project/scripts/demo.scm")))" </dev/null > >(cat >>"$log") 2> >(show_progress "$log") || status=$?
  wait
  seconds=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", b - a }')
  if ((status != 0)); then
    tail -n 30 "$log" >&2
    mv "$log" "$build_dir/demo.log"
    stop "GIMP could not paint (status $status): the lines above, from $build_dir/demo.log, say why."
  fi
  device=$(sed -nE 's/^neural-style: painted in .* s on (.*)/\1/p' "$log" | tail -n 1)
  echo "Painted in $seconds s${device:+ on $device}:"
  echo "  $out/demo.xcf   the photo with the painting as a layer above it"
  echo "  $out/demo.png   the painting"
}

# Opens GIMP with windows, with a separate profile and session bus: on the host's bus the files would open in the
# host's GIMP.
open_gimp() {
  local profile=$build_dir/profile program=gimp with_effect
  make_profile "$profile"
  [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] || stop "There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set): run this from a desktop session."
  export GIMP3_DIRECTORY=$profile
  name_effect
  screen=yes enter_for_good "${with_effect[@]}" dbus-run-session -- "$program" --new-instance "$@"
}

# The folder of the user's own GIMP 3 profile, according to the host's GIMP version.
own_profile() {
  local version
  version=$(gimp-console --version 2>/dev/null | grep -oE '3\.[0-9]+' | head -n 1) || true
  [[ -n $version ]] || return 1
  # Odd minor numbers are development versions, which keep their number.
  echo "${GIMP3_DIRECTORY:-${XDG_CONFIG_HOME:-$HOME/.config}/GIMP/$version}"
}

# The folder where GEGL looks for the user's own operations.
own_operations() { echo "${XDG_DATA_HOME:-$HOME/.local/share}/gegl-0.4/plug-ins"; }

# Puts plug-in, engine, data and translations into one folder of the user's profile, together with the layer effect, to
# which there is a link where GEGL looks for it.
install_plug_in() {
  local target staged new operations
  target=$(own_profile)/plug-ins/$plug_in_name || stop "No GIMP 3 was found on this machine: install it, or use './run gimp'."
  staged=$stage/lib/gimp/3.0/plug-ins/$plug_in_name
  mkdir -p "${target%/*}"
  # Completed first, then renamed: GIMP never sees half a plug-in. A name with a leading dot does not match its
  # executable's.
  new=$(mktemp -d "${target%/*}/.$plug_in_name.XXXXXX")
  temporaries+=("$new")
  chmod 755 "$new"
  cp -a "$staged/." "$new/"
  cp -a "$stage/bin/neural-style-engine" "$stage/lib/neural-style/neural-style-engine.so" "$stage/libexec/neural-style/neural-style-reader" \
    "$stage/lib/gegl-0.4/$effect_name" "$new/"
  cp -a "$stage/share/neural-style" "$new/data"
  rm -rf "$target"
  mv -T "$new" "$target"
  operations=$(own_operations)
  mkdir -p "$operations"
  ln -sfn "$target/$effect_name" "$operations/$effect_name"
  echo "Installed into $target, and as a layer effect into $operations. Start GIMP again: Filters > Artistic > Neural Style..."
}

# The AppImages of GIMP 3 in the folders where people keep such files.
gimp_appimages() {
  local folder folders
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}" "$HOME"/{,Applications,AppImages,Downloads,Desktop,.local/bin}; do
    printf '%s\n' "${folder%/}"/[Gg][Ii][Mm][Pp][-_]3.*[Aa]pp[Ii]mage
  done | sort -u | sed '/^$/d'
}

# Says of each other GIMP on this machine, in a sentence, what can be done for it.
tell_other_gimps() {
  local folder file
  for folder in "${XDG_DATA_HOME:-$HOME/.local/share}/flatpak" "${system_flatpak:-/var/lib/flatpak}"; do
    [[ ! -d $folder/app/org.gimp.GIMP ]] ||
      echo "GIMP from Flatpak ($folder): it has libraries of its own, with which this plug-in does not start; make its extension, which lets this computer's engine paint: docs/packages.md."
  done
  while IFS= read -r file; do
    echo "GIMP as an AppImage ($file): it has libraries of its own, with which this plug-in is not known to start, and no place for extensions; use a GIMP of this system."
  done < <(gimp_appimages)
}

# Two plug-ins of one name would take turns.
stop_where_packaged() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' gimp-plugin-neural-style 2>/dev/null) != installed ]] ||
    stop "The package gimp-plugin-neural-style is installed already: start GIMP, or remove the package first (apt-get remove gimp-plugin-neural-style)."
}

# Removes everything that installing and using the plug-in has put into GIMP 3's profiles.
uninstall_plug_in() {
  local profile found=no operation
  operation=$(own_operations)/$effect_name
  if [[ -L $operation ]]; then
    rm -f "$operation"
    echo "Removed $operation."
  fi
  for profile in "${GIMP3_DIRECTORY:-}" "${XDG_CONFIG_HOME:-$HOME/.config}"/GIMP/3.*; do
    [[ -n $profile && -d $profile ]] || continue
    if [[ -d $profile/plug-ins/$plug_in_name ]]; then
      rm -rf "$profile/plug-ins/$plug_in_name"
      echo "Removed $profile/plug-ins/$plug_in_name."
      found=yes
    fi
    rm -rf "$profile/plug-ins/.$plug_in_name".* "$profile/plug-in-settings/"*"-$plug_in_name."*
  done
  [[ $found == yes ]] || echo "The plug-in is not installed in any profile of GIMP 3."
}
