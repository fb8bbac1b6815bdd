# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes packages of what is committed, and tries them in a Debian that knows nothing of the project.
#
# Reads: project, build_dir, environment, cache_dir, root_suite.

package_programs() {
  case ${1:-} in
    deb)
      [[ $# == 1 || ($# == 2 && $2 == --check) ]] || stop "'package deb' takes nothing but --check."
      need package
      build_debian_packages
      [[ $# == 1 ]] || check_debian_packages
      ;;
    flatpak)
      (($# == 1)) || stop "'package flatpak' takes no more arguments."
      need package
      check_flatpak_recipe
      ;;
    *) stop "Say which package to make: ./run package deb, or ./run package flatpak." ;;
  esac
}

# The version of meson.build, the only place that has it, with the commit's day and name behind it until CHANGELOG.md says
# that it is released. "~" is before nothing: 0.1.0 is newer than any 0.1.0~git. Debian's own packages would begin with -1.
debian_version() {
  local version
  version=$(sed -nE "s/^  version: '([0-9.]+)',\$/\1/p" "$project/meson.build")
  [[ -n $version ]] || stop "meson.build states no version."
  if grep -qF "## $version, not yet released" "$project/CHANGELOG.md"; then
    version+=$(TZ=UTC git -C "$project" log -1 --date=format-local:%Y%m%d --format='~git%cd.%h')
  fi
  echo "$version-0.1"
}

# A source tree for Debian's tools, of the tracked files as they were committed.
export_source() {
  local source=$1
  rm -rf "$source"
  mkdir -p "$source"
  git -C "$project" archive HEAD | tar -x -C "$source"
  cp -a "$source/packaging/debian" "$source/debian"
  # Files are dated by this, too (SOURCE_DATE_EPOCH), so that the same commit gives the same packages.
  cat >"$source/debian/changelog" <<END
neural-style ($(debian_version)) $root_suite; urgency=medium

  * What is new is in CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' "$source/debian/control")  $(git -C "$project" log -1 --format=%cD)
END
}

build_debian_packages() {
  local folder=$build_dir/package begin=$SECONDS
  git -C "$project" rev-parse --verify --quiet HEAD >/dev/null || stop "Packages are made of what is committed: this needs git and a clone of the project."
  [[ -z $(git -C "$project" status --porcelain --untracked-files=no) ]] || say "what is not committed is not in the packages"
  lock_build
  mkdir -p "$folder"
  rm -f "$folder"/*.{deb,buildinfo,changes,lintian}
  export_source "$folder/source"
  say "building the packages (progress in $build_dir/package.log)"
  # No packages of debugging symbols, which take a gigabyte, and so no symbols.
  # What a ccache needs to know of precompiled headers is in its manual.
  quietly package enter env -C "$folder/source" "DEB_BUILD_OPTIONS=noautodbgsym parallel=$(compile_jobs)" DEB_CXXFLAGS_STRIP=-g \
    "CCACHE_DIR=${CCACHE_DIR:-$cache_dir/ccache}" CCACHE_SLOPPINESS=pch_defines,time_macros dpkg-buildpackage --build=binary --no-sign
  quietly lintian enter lintian --allow-root --fail-on error,warning --info --tag-display-limit 0 "$folder"/*.changes
  unlock_build
  say "built in $((SECONDS - begin)) s, and nothing to complain about for lintian:"
  (cd "$folder" && sha256sum -- *.deb)
}

# The names of all files in a Debian, without those that apt and dpkg keep for themselves.
files_of() {
  (cd "$1" && as_namespace_root find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./run -o -path ./packages \
    -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log \) -prune -o -print) | sort
}

# Installs the packages in a new Debian with GIMP, runs their test as an ordinary user, and removes them again.
check_debian_packages() {
  local folder=$build_dir/package left fresh
  require_root_tools
  lock_roots
  say "making a new $root_title with GIMP, to install the packages in"
  bootstrap main gimp adduser
  fresh=$partial/root
  mkdir "$fresh/packages"
  cp "$folder"/*.deb "$fresh/packages"
  # What the test reads, as autopkgtest would lay it.
  (cd "$folder/source" && cp -a --parents debian/tests scripts/demo.scm data/photos/boats.jpg "$fresh/packages")
  say "installing what they need, then them, painting with GIMP and with neural-style, removing them (progress in $build_dir/package-check.log)"
  # Some of what they need GIMP would need, too, and apt would not remove it again: it comes first.
  # shellcheck disable=SC2016 # the inner shell expands these
  quietly package-needs as_root_of "$fresh" bash -c '
    set -ex
    useradd --create-home --home-dir /tmp/painter painter
    cd /packages
    apt-get -q update
    apt-get -q -s --no-install-recommends install ./*.deb | sed -n "s/^Inst \([^ ]*\).*/\1/p" >/tmp/all
    for package in *.deb; do dpkg-deb -f "$package" Package; done >/tmp/ours
    apt-get -q -y --no-install-recommends install $(grep -vxFf /tmp/ours /tmp/all)'
  files_of "$fresh" >"$partial/before"
  # shellcheck disable=SC2016 # the inner shell expands these
  quietly package-check as_root_of "$fresh" bash -c '
    set -ex
    cd /packages
    apt-get -q -y --no-install-recommends install ./*.deb
    runuser -u painter -- env HOME=/tmp/painter debian/tests/demo
    apt-get -q -y purge $(cat /tmp/ours)'
  left=$(files_of "$fresh" | comm -3 "$partial/before" -)
  forget_partial
  unlock_roots
  [[ -z $left ]] || stop "Installing and removing the packages has left or taken: $left"
  say "the packages install, paint and leave nothing"
}

# The recipe, as far as it can be checked without the network and without GIMP from Flathub.
check_flatpak_recipe() {
  local recipe=$project/packaging/flatpak/org.gimp.GIMP.Plugin.NeuralStyle.json
  enter flatpak-builder --show-manifest "$recipe" >/dev/null || stop "flatpak-builder does not understand $recipe: the lines above say why."
  echo "flatpak-builder understands the recipe. Where GIMP from Flathub is installed, this makes and installs the extension:"
  echo "  flatpak-builder --user --install --force-clean build/flatpak $recipe"
}
