# shellcheck shell=bash disable=SC2034,SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# The private Debian root: made under a lock, named when complete, never used half-finished.
#
# Reads: cache_dir, cuda, gimp_series, mirror_wanted. Sets: root; partial and maker while it is being made. A root is complete if it contains `.complete`; its name has a
# hash of everything that went into it, so that two versions of this project can share a cache folder.

# Sets root_suite and root_title: the Debian with the wanted series of GIMP.
choose_suite() {
  case $gimp_series in
    3.0) root_suite=trixie root_title='Debian 13' ;;
    3.2) root_suite=testing root_title='Debian testing' ;;
    *) stop "There is no Debian with GIMP $gimp_series: choose 3.0 (Debian 13) or 3.2 (Debian testing)." ;;
  esac
}

# Prints every package and option that determines the root.
root_recipe() {
  local torch=$torch_package components=main
  if [[ $cuda == yes ]]; then
    torch=$torch_package_cuda
    components=main,contrib,non-free,non-free-firmware
  fi
  printf '%s\n' "recipe 2" "$root_suite" "$components" "${base_packages[@]}" "$torch" "${root_packages[@]}"
}

short_hash() { sha256sum | cut -c1-12; }

root_prefix() { tr '[:upper:] ' '[:lower:]-' <<<"$root_title"; } # debian-13

name_root() { root=$cache_dir/$(root_prefix)-$(root_recipe | short_hash); }

# Runs a command as root in separate mount and process namespaces: as real root, or for ordinary users
# by mapping the ids granted in /etc/subuid. Whatever it mounts or starts ends with it.
as_root=(unshare --mount --pid --fork --kill-child --mount-proc)
((EUID == 0)) || as_root+=(--user --map-root-user --map-auto)
as_namespace_root() { "${as_root[@]}" "$@"; }

# Afterwards everything belongs to the caller, so that `rm -rf` can remove it.
own_tree() { ((EUID == 0)) || as_namespace_root chown -hR 0:0 "$1"; }

remove_tree() {
  rm -rf "$1" 2>/dev/null || as_namespace_root rm -rf "$1"
}

root_complete() { [[ -f $root/.complete ]]; }

test_layer_recipe() {
  local reference=$torch_reference_package
  [[ $cuda == no ]] || reference=$torch_reference_package_cuda
  printf '%s\n' "${test_packages[@]}" "$reference"
}

declare -A layer_purpose=([test]="only the tests need (about 600 MB)" [package]="only making packages takes (about 50 MB)"
  [fuzz]="only the fuzzers need (about 700 MB)")

fuzz_layer_recipe() { printf '%s\n' "${fuzz_packages[@]}"; }
package_layer_recipe() { printf '%s\n' "${package_packages[@]}"; }

# layer_complete NAME: whether the root has what that layer adds now.
layer_complete() { [[ -f $root/.$1-layer && $(<"$root/.$1-layer") == "$("$1_layer_recipe" | short_hash)" ]]; }

# Holds the cache folder's lock until the descriptor $root_lock is closed.
lock_roots() {
  mkdir -p "$cache_dir"
  exec {root_lock}>"$cache_dir/lock"
  flock -n "$root_lock" && return
  say "waiting for another run that is preparing the build environment"
  flock "$root_lock"
}

unlock_roots() { exec {root_lock}>&-; }

# A shared lock while this process and its children live: roots in use are not removed.
hold_root() {
  exec {root_use}>"$root.use"
  flock -s "$root_use"
}

# Removes remains of interrupted runs, and unused roots of other versions. Needs the lock.
remove_leftovers() {
  local old use
  for old in "$cache_dir"/partial.*; do
    [[ ! -e $old ]] || remove_tree "$old"
  done
  for old in "$cache_dir/$(root_prefix)"-*; do
    [[ -d $old && $old != "$root" ]] || continue
    exec {use}>"$old.use"
    if flock -n "$use"; then
      say "removing ${old##*/}: this version of the project has another package list"
      remove_tree "$old"
      rm -f "$old.use"
    fi
    exec {use}>&-
  done
}

# Requires mmdebstrap and the other tools, from the host's own packages.
require_root_tools() {
  local missing=()
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  command -v bwrap >/dev/null || missing+=(bubblewrap)
  ((EUID == 0)) || command -v newuidmap >/dev/null || missing+=(uidmap)
  ((${#missing[@]} == 0)) || install_on_host "to prepare a private $root_title in $cache_dir" "${missing[@]}"
  ((EUID == 0)) || unshare --user --map-root-user --map-auto true 2>/dev/null ||
    stop "This account may not create user namespaces (see /etc/subuid and /proc/sys/user/max_user_namespaces): ask an administrator for that, or run this as root."
}

# bootstrap COMPONENTS PACKAGE...: a new Debian in $partial/root, which this sets; forget_partial ends it.
bootstrap() {
  local mirror=${mirror_wanted:-$(machine_mirror)} components=$1
  shift
  [[ -n $mirror ]] || stop "This machine's apt names no Debian mirror: say which to use with --mirror URL (or NEURAL_STYLE_MIRROR)."
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -r $keyring ]] || install_on_host "to check Debian's signatures" debian-archive-keyring

  local packages=("$@") proxies=() proxy dates=()
  # A mirror of testing may be weeks old; signatures are still checked.
  [[ $root_suite != testing ]] || dates=(--aptopt='Acquire::Check-Valid-Until "false"')
  # Libraries for static linking take 350 MB. Those with "pthread" to "util" are empty and named by linkers' options;
  # the colour engine's plug-ins exist in no other form.
  local libraries archives=() name
  libraries=/usr/lib/$(uname -m)-linux-gnu
  archives=(--dpkgopt="path-exclude=$libraries/*.a")
  for name in c_nonshared pthread dl rt util lcms2_fast_float lcms2_threaded; do
    archives+=(--dpkgopt="path-include=$libraries/lib$name.a")
  done
  while IFS= read -r proxy; do proxies+=(--aptopt="$proxy"); done < <(machine_proxies)

  # Elsewhere such a signal ends this process and bubblewrap at once; here mmdebstrap has to end first.
  trap 'exit 143' TERM HUP
  partial=$(mktemp -d "$cache_dir/partial.XXXXXX")
  chmod 755 "$partial"
  # In the background, since mmdebstrap reacts to an interrupt only after the current package; `tidy` does not wait.
  TMPDIR=$partial "${as_root[@]}" mmdebstrap --mode=root --format=directory --variant=apt \
    --components="$components" --keyring="$keyring" \
    --include="$(IFS=, && echo "${packages[*]}")" \
    --skip=chroot/mount/sys \
    --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' --aptopt='Acquire::Languages "none"' \
    "${proxies[@]}" "${dates[@]}" \
    --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "${archives[@]}" \
    "$root_suite" "$partial/root" "$mirror" >&2 </dev/null &
  maker=$!
  if ! wait "$maker"; then
    maker=
    remove_tree "$partial"
    stop "The private $root_title could not be prepared from $mirror: the lines above say why. Nothing was left behind; try again, or name another mirror with --mirror URL."
  fi
  maker=
}

forget_partial() {
  remove_tree "$partial"
  partial=
  trap - TERM HUP
}

# Makes $root unless it is complete: a download of 10 to 20 s on a fast line, a good minute of unpacking, 2.2
# GB.
make_root() {
  root_complete && return
  require_root_tools
  lock_roots
  if root_complete; then
    unlock_roots
    return
  fi
  remove_leftovers
  [[ ! -e $root ]] || { say "the build environment in $root is not complete: making it again"; remove_tree "$root"; }
  rm -f "$root.use"

  local components=main torch=$torch_package
  if [[ $cuda == yes ]]; then
    components=main,contrib,non-free,non-free-firmware
    torch=$torch_package_cuda
    say "with --cuda, Debian's package nvidia-cudnn downloads cuDNN from NVIDIA's server and accepts NVIDIA's licence for you; press Ctrl-C within 10 s if you do not agree"
    sleep 10
  fi
  say "preparing a private $root_title with GIMP 3 and LibTorch in $root (about 2.2 GB; nothing else on this machine changes)"
  local begin=$SECONDS
  bootstrap "$components" "${base_packages[@]}" "$torch" "${root_packages[@]}"
  add_locales "$partial/root"
  own_tree "$partial/root"
  root_recipe >"$partial/root/.complete"
  mv -T "$partial/root" "$root"
  forget_partial
  say "the build environment is ready ($((SECONDS - begin)) s)"
  unlock_roots
}

# The project's languages, and the caller's own: glibc ignores LANGUAGE in C.UTF-8.
add_locales() {
  local name names=({zh_CN,de_DE,fr_FR,es_ES,ja_JP,pt_BR,en_US}.UTF-8) own=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  if [[ $own =~ ^[a-z]+_[A-Z]+\.(UTF-8|utf8)$ && -f $1/usr/share/i18n/locales/${own%%.*} ]]; then names+=("${own%%.*}.UTF-8"); fi
  for name in "${names[@]}"; do
    as_namespace_root chroot "$1" localedef -i "${name%%.*}" -f UTF-8 "$name" </dev/null >&2 ||
      stop "The language $name could not be prepared in the private $root_title: try again."
  done
}

# as_root_of ROOT CMD...: a command within it as its administrator, with the network. Whatever it starts ends with it.
as_root_of() {
  # shellcheck disable=SC2016 # the inner shell expands these
  as_namespace_root bash -c '
    set -e
    root=$1
    shift
    mount --rbind /dev "$root/dev"
    mount --bind /proc "$root/proc"
    for file in resolv.conf hosts; do
      [ ! -e "/etc/$file" ] || { touch "$root/etc/$file" && mount --bind "/etc/$file" "$root/etc/$file"; }
    done
    chroot "$root" env -u TMPDIR DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' - "$@"
}

# make_layer NAME: adds that layer's packages to the root. Packages are only added, so concurrent runs can use the
# root; the next call resumes an interrupted apt and replaces a root that it cannot repair.
make_layer() {
  layer_complete "$1" && return
  lock_roots
  if layer_complete "$1"; then
    unlock_roots
    return
  fi
  local packages begin=$SECONDS log=$cache_dir/$1-packages.log
  mapfile -t packages < <("$1_layer_recipe")
  say "adding the packages that ${layer_purpose[$1]} (progress in $log)"
  # No scheduler is started by being installed.
  # shellcheck disable=SC2016 # the inner shell expands these
  if ! as_root_of "$root" bash -c '
      set -e
      printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
      chmod 755 /usr/sbin/policy-rc.d
      dpkg --configure -a
      apt-get -qq update
      apt-get -qq -y -f install
      apt-get -qq -y --no-install-recommends install "$@"
      apt-get clean' - "${packages[@]}" >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    stop "The packages that ${layer_purpose[$1]} could not be installed: the lines above say why. Try again; if it stays so, './run clean' starts afresh."
  fi
  own_tree "$root"
  "$1_layer_recipe" | short_hash >"$root/.$1-layer"
  say "they are ready ($((SECONDS - begin)) s)"
  unlock_roots
}
