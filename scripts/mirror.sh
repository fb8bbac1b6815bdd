# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which Debian mirror the private root is made from: the one this machine already uses.

# Prints the mirror's URI, or nothing. apt itself reads its configuration, so both file formats, options and
# mirror lists count. A third party's archive is told from Debian's by its origin, or, before the first
# `apt-get update`, by its path.
machine_mirror() {
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
    awk '
      $3 != "main" || $2 ~ /(-security|-updates|-backports|\/)/ { next }
      $4 == "Debian" && $1 !~ /security/ { print $1; found = 1; exit }
      $4 == "" && $1 ~ /\/debian\/?$/ && likely == "" { likely = $1 }
      END { if (!found && likely != "") print likely }'
}

# The proxies of this machine's apt, one apt option a line.
machine_proxies() {
  command -v apt-config >/dev/null || return 0
  apt-config dump --no-empty --format '%F "%v";%n' 2>/dev/null | grep -iE '^Acquire::[a-z]+::Proxy(::|[[:space:]])' || true
}
