// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a program finds what was installed with it.
///
///     OpenOptions options;
///     open_from(data_folder(), options);
///     auto engine = Engine::open(options);
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style {

/// The folder of the running program; empty if the kernel does not tell.
std::filesystem::path program_folder();

/// The folder of the programs that belong to the shared library with that code in it, which a foreign program
/// may have loaded: the library's own, links followed, or bin/ in its prefix, whichever has the engine; else
/// the folder that the build installs to.
std::filesystem::path library_programs_folder(const void* code);

/// The folder with models/, styles/ and presets/: $NEURAL_STYLE_DATA if set; else the first existing one of
/// data/ beside the programs (an unpacked archive) and share/neural-style in their prefix (installed); else
/// the folder that the build installs to.
std::filesystem::path data_folder(const std::filesystem::path& programs = program_folder());

/// What reads picture files: $NEURAL_STYLE_READER where that is set, else the one in libexec/neural-style of
/// the programs' prefix, else the one beside them, else the one that was installed.
std::filesystem::path reader_program(const std::filesystem::path& programs = program_folder());

/// What reads and writes films: likewise, with $NEURAL_STYLE_FILM_FILES.
std::filesystem::path film_files_program();

/// The folder with the translations: locale/ beside the programs, or share/locale in their prefix; else the
/// one that the build installs to.
std::filesystem::path locale_folder(const std::filesystem::path& programs = program_folder());

/// The command that starts the engine outside of the Flatpak that this program runs in, where it sees no
/// other program of the computer. Empty outside of Flatpak.
std::string engine_command_from_flatpak();

/// Where the networks are that the user has added, as NAME.safetensors: neural-style/networks in
/// $XDG_DATA_HOME, or in ~/.local/share. Empty if neither is known.
std::filesystem::path user_networks_folder();

/// The folders of the paintings that the user has added in GIMP: neural-style/styles in each profile of GIMP
/// 3, the newest first, or only in $GIMP3_DIRECTORY where that is set.
std::vector<std::filesystem::path> user_styles_folders();

/// Where downloads lie until they are used: neural-style in $XDG_CACHE_HOME, or in ~/.cache. Empty if neither
/// is known.
std::filesystem::path user_downloads_folder();

/// Where a graphics card's driver writes: its cache of compiled programs, which is made if there is a card,
/// and the pipes of the service that shares cards between programs (MPS).
std::vector<std::filesystem::path> graphics_driver_folders();

/// Where programs and libraries put what they need for a while: $TMPDIR, or else /tmp; and $XDG_CACHE_HOME,
/// or else ~/.cache, which is made.
std::vector<std::filesystem::path> passing_folders();

/// Fills in the files of a data folder that the options do not name. Encoder and decoder belong together:
/// naming one means naming both, or using the decoder of `feature_network`.
void open_from(const std::filesystem::path& data, OpenOptions& options);

} // namespace neural_style
