# shellcheck shell=bash disable=SC2034,SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs commands in the build environment: directly on a host with GIMP 3 and LibTorch, otherwise in the private
# root.
#
# Reads: environment (native or root), root, project, cuda. In the private root the caller keeps its user id,
# folders and display under the same paths; the system folders are Debian's, read-only.

# Folders of the system; all others at the top of the host's tree hold the user's files.
system_folders=' /bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys /tmp /usr /var /lost+found '

# Prints the host folders that are visible inside under the same path, one per line, outer ones
# first.
visible_folders() {
  local folder
  {
    for folder in /*; do
      [[ ! -d $folder || -L $folder || $system_folders == *" $folder "* ]] || echo "$folder"
    done
    for folder in "${HOME:-/root}" "$project" "$PWD" "${XDG_CACHE_HOME:-}"; do
      [[ -z $folder || $folder == / || ! -d $folder ]] || realpath "$folder"
    done
  } | sort -u
}

# The driver's own libraries, which must match the host's kernel module, one per line.
driver_libraries() {
  /sbin/ldconfig -p 2>/dev/null | awk '/lib(cuda|nvidia-[a-z]*)\.so/ && /x86-64|AArch64/ { print $NF }' | sort -u
}

# The host's variables that would mislead programs of another system.
foreign_variables=(LD_LIBRARY_PATH LD_PRELOAD PYTHONHOME PYTHONPATH PERL5LIB GI_TYPELIB_PATH GTK_PATH GTK_MODULES GTK_EXE_PREFIX
  GIO_MODULE_DIR GDK_PIXBUF_MODULE_FILE XDG_DATA_DIRS XDG_CONFIG_DIRS DBUS_SESSION_BUS_ADDRESS CC CXX CPP LD CFLAGS CXXFLAGS LDFLAGS PKG_CONFIG_PATH)

# Sets `variables`: arguments of env(1) for commands inside the private root.
name_variables() {
  local name language=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  variables=()
  for name in "${foreign_variables[@]}"; do variables+=(-u "$name"); done
  variables+=("PATH=$stage/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin" "XDG_RUNTIME_DIR=/run/user/$EUID")
  # A language without a locale in the root would mean plain C, and ASCII file names.
  case $language in
    C.UTF-8 | C.utf8 | POSIX.UTF-8) ;;
    *) grep -aqsF "${language%%.*}.utf8" "$root/usr/lib/locale/locale-archive" || variables+=(-u LC_ALL LANG=C.UTF-8) ;;
  esac
  [[ $cuda == no ]] || variables+=(LD_LIBRARY_PATH=/run/host-driver)
}

# Sets `way` to this account's way of entering the private root, or stops.
choose_way() {
  if command -v bwrap >/dev/null && bwrap --ro-bind / / --dev /dev true 2>/dev/null; then
    way=bubblewrap
  elif ((EUID == 0)) && unshare --mount true 2>/dev/null; then
    way=chroot
  else
    stop "Neither user namespaces nor chroot are allowed here: run this as root, or in a container started with more rights (CAP_SYS_ADMIN)."
  fi
}

# Sets `prefix`: the command line that runs a command inside. Options: private_tmp=yes for a separate /tmp,
# screen=yes for the user's display.
bubblewrap_prefix() {
  local folder file library
  # The root is writable only while bubblewrap creates mount points in it, see --remount-ro below.
  prefix=(bwrap --die-with-parent --bind "$root" / --dev /dev --tmpfs /run --tmpfs /var/tmp
    --perms 0700 --dir "/run/user/$EUID" --ro-bind /sys /sys)
  if bwrap --ro-bind / / --unshare-pid --proc /proc true 2>/dev/null; then
    prefix+=(--unshare-pid --proc /proc)
  else
    prefix+=(--ro-bind /proc /proc)
  fi
  for file in /etc/passwd /etc/group /etc/hosts /etc/resolv.conf /etc/machine-id; do
    prefix+=(--ro-bind-try "$file" "$file")
  done
  if [[ $private_tmp == yes && $project/ != /tmp/* && $PWD/ != /tmp/* && ${HOME:-/root}/ != /tmp/* ]]; then
    prefix+=(--tmpfs /tmp)
  else
    prefix+=(--bind /tmp /tmp)
  fi
  while IFS= read -r folder; do prefix+=(--bind "$folder" "$folder"); done < <(visible_folders)
  prefix+=(--bind-try /dev/shm /dev/shm)
  if [[ $screen == yes ]]; then
    prefix+=(--dev-bind-try /dev/dri /dev/dri --ro-bind-try /usr/share/fonts /usr/local/share/fonts)
    [[ -z ${XAUTHORITY:-} ]] || prefix+=(--ro-bind-try "$XAUTHORITY" "$XAUTHORITY")
    if [[ -n ${WAYLAND_DISPLAY:-} && -n ${XDG_RUNTIME_DIR:-} ]]; then
      prefix+=(--ro-bind-try "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" "/run/user/$EUID/$WAYLAND_DISPLAY")
    fi
  fi
  if [[ $cuda == yes ]]; then
    for file in /dev/nvidia*; do [[ ! -e $file ]] || prefix+=(--dev-bind "$file" "$file"); done
    while IFS= read -r library; do
      prefix+=(--ro-bind "$(realpath "$library")" "/run/host-driver/${library##*/}")
    done < <(driver_libraries)
  fi
  prefix+=(--remount-ro / --chdir "$PWD")
}

# The same for root where bubblewrap may not work: mounts visible only in this namespace, then
# chroot.
chroot_prefix() {
  local folders
  mapfile -t folders < <(visible_folders)
  # shellcheck disable=SC2016 # the inner shell expands these
  prefix=(unshare --mount --pid --fork --kill-child --mount-proc bash -c '
    set -e
    root=$1 place=$2 private_tmp=$3
    shift 3
    mount --bind "$root" "$root"
    for folder in /dev /sys /proc; do mount --rbind "$folder" "$root$folder"; done
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mkdir -p -m 700 "$root/run/user/0"
    mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp"
    if [ "$private_tmp" = yes ]; then mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"; else mount --rbind /tmp "$root/tmp"; fi
    for file in passwd group hosts resolv.conf; do
      [ ! -e "/etc/$file" ] || { [ -e "$root/etc/$file" ] || touch "$root/etc/$file"; mount --bind "/etc/$file" "$root/etc/$file"; }
    done
    while [ "$1" != -- ]; do
      mkdir -p "$root$1"
      mount --rbind "$1" "$root$1"
      shift
    done
    shift
    mount -o remount,bind,ro "$root"
    chroot "$root" env -C "$place" "$@" # not exec: this shell remains the first process of its namespace
    ' - "$root" "$PWD")
  if [[ $private_tmp == yes && $project/ != /tmp/* && $PWD/ != /tmp/* ]]; then prefix+=(yes); else prefix+=(no); fi
  prefix+=("${folders[@]}" --)
}

# Sets `prefix` for the environment in use.
name_prefix() {
  local variables way
  if [[ $environment == native ]]; then
    prefix=(env "PATH=$stage/bin:$PATH")
    return
  fi
  choose_way
  "${way}_prefix"
  name_variables
  # This process ignores interrupts below, so that the command inside can clean up and its exit status counts.
  prefix+=(env --default-signal=INT "${variables[@]}")
}

# enter CMD...: runs it inside and returns its exit status.
enter() {
  local prefix private_tmp=${private_tmp:-no} screen=${screen:-no}
  name_prefix
  if [[ $environment == native ]]; then "${prefix[@]}" "$@"; else (trap '' INT; exec "${prefix[@]}" "$@"); fi
}

# The same as the last thing this process does.
enter_for_good() {
  local prefix private_tmp=${private_tmp:-no} screen=${screen:-no}
  name_prefix
  [[ $environment == native ]] || trap '' INT
  exec "${prefix[@]}" "$@"
}
