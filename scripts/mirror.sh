# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which Debian mirror the private root is made from: the one that this machine already uses.

# Prints the mirror's URI, or nothing.
machine_mirror() {
  local uri
  uri=$(mirror_by_origin)
  [[ -n $uri ]] || uri=$(mirror_by_path)
  [[ -z $uri ]] || echo "$uri"
}

# From apt: the archive whose Release file says that it is Debian's. Needs package lists.
mirror_by_origin() {
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" && $2 == "main" && $3 !~ /-|\// && !found { print $4; found = 1 }'
}

# From the configuration, on a machine that never ran `apt-get update`: the first archive with one of Debian's
# suites whose path ends in /debian or at least contains it.
mirror_by_path() {
  configured_archives | awk '
    $3 != "main" || $2 ~ /-|\// { next }
    $1 ~ /\/debian\/?$/ && exact == "" { exact = $1 }
    $1 ~ /\/debian\// && near == "" { near = $1 }
    END { print exact != "" ? exact : near }'
}

# Prints "URI SUITE COMPONENT" for every entry for binary packages, in both file formats.
configured_archives() {
  local apt=${apt_folder:-/etc/apt}
  paragraphs "$apt"/sources.list "$apt"/sources.list.d/*.list | awk '
    { sub(/#.*/, ""); sub(/^[[:space:]]*deb[[:space:]]+\[[^]]*\]/, "deb ") }
    $1 == "deb" { for (i = 4; i <= NF; i++) print $2, $3, $i }'
  paragraphs "$apt"/sources.list.d/*.sources | awk '
    function flush_stanza(  uris, suites, parts, u, s, p, i, j, k) {
      if (field["types"] ~ /(^| )deb( |$)/ && field["enabled"] !~ /no|false/) {
        u = split(field["uris"], uris, " "); s = split(field["suites"], suites, " "); p = split(field["components"], parts, " ")
        for (i = 1; i <= u; i++) for (j = 1; j <= s; j++) for (k = 1; k <= p; k++) print uris[i], suites[j], parts[k]
      }
      split("", field)
    }
    /^#/ { next }
    /^[[:space:]]*$/ { flush_stanza(); next }
    /^[[:space:]]/ { field[name] = field[name] " " $0; next }
    { name = tolower($0); sub(/:.*/, "", name); value = $0; sub(/^[^:]*:[[:space:]]*/, "", value); field[name] = value }
    END { flush_stanza() }'
}

# Prints the existing files, each followed by an empty line.
paragraphs() {
  local file
  for file in "$@"; do
    [[ ! -r $file ]] || { cat "$file" && echo; }
  done
}

# The proxies of this machine's apt, one apt option per line.
machine_proxies() {
  command -v apt-config >/dev/null || return 0
  apt-config dump --no-empty --format '%F "%v";%n' 2>/dev/null | grep -iE '^Acquire::[a-z]+::Proxy(::|[[:space:]])' || true
}
