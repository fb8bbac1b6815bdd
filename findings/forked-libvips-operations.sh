#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# libvips prepares no operation when it is initialised, so every forked copy prepares all of them again.
#
#   findings/forked-libvips-operations.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and half a gigabyte for a few minutes
#
# Expected: after vips_init a process is ready, so that copies of it (fork) decode pictures without preparing anything.
# Observed with Debian's libvips42t64=8.16.1-1+deb13u2: after vips_init none of the 391 classes of operations exists. The first operation that is
# looked up, whichever it is, creates all 391 and loads further libraries, among them those of formats that the picture does not have; the second
# creates none. A server that forks for each picture pays for this in each copy, more than a small JPEG takes to decode, unless it has looked up some
# operation itself. Consequence: reader/main.cpp makes one operation before it waits for files.
set -euo pipefail

version=8.16.1-1+deb13u2
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/count.py" <<'END'
import ctypes
import os
import sys

vips, gobject = ctypes.CDLL("libvips.so.42"), ctypes.CDLL("libgobject-2.0.so.0")
gobject.g_type_from_name.restype = ctypes.c_size_t
gobject.g_type_children.restype = ctypes.POINTER(ctypes.c_size_t)
gobject.g_type_children.argtypes = [ctypes.c_size_t, ctypes.POINTER(ctypes.c_uint)]
gobject.g_type_class_peek.restype = ctypes.c_void_p
gobject.g_type_class_peek.argtypes = [ctypes.c_size_t]
vips.vips_operation_new.restype = ctypes.c_void_p


def with_subtypes(kind):
    number = ctypes.c_uint()
    children = gobject.g_type_children(kind, ctypes.byref(number))
    return [kind] + [one for i in range(number.value) for one in with_subtypes(children[i])]


def existing_classes():
    return sum(bool(gobject.g_type_class_peek(kind)) for kind in with_subtypes(gobject.g_type_from_name(b"VipsOperation")))


def libraries():
    return len({line.split()[-1] for line in open("/proc/self/maps") if ".so" in line})


def made_in_a_copy(operation):
    """The classes and libraries that a forked copy adds when it looks up one operation."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        before = existing_classes(), libraries()
        vips.vips_operation_new(operation)
        os.write(writing, f"{existing_classes() - before[0]} {libraries() - before[1]}".encode())
        os._exit(0)
    os.wait()
    return tuple(map(int, os.read(reading, 100).split()))


vips.vips_init(b"count")
initialised = existing_classes()
cold = [made_in_a_copy(b"copy"), made_in_a_copy(b"invert")]
vips.vips_operation_new(b"copy")
warm = [made_in_a_copy(b"copy"), made_in_a_copy(b"invert")]
print(f"libvips {vips.vips_version(0)}.{vips.vips_version(1)}.{vips.vips_version(2)}: {initialised} classes after vips_init; (classes, libraries) added in each copy: "
      f"{cold}; once one operation has been looked up: {warm}")
as_known = initialised == 0 and all(classes == 391 and more > 0 for classes, more in cold) and warm == [(0, 0), (0, 0)]
sys.exit(0 if as_known else "This has changed.")
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="python3-minimal,libpython3-stdlib,libvips42t64=$version" --format=null \
  --customize-hook="copy-in $folder/count.py /root" --customize-hook='chroot "$1" python3 /root/count.py >&2' \
  trixie - "$mirror"
