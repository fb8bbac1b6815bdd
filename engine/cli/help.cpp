// SPDX-License-Identifier: GPL-3.0-or-later
#include "help.hpp"

#include "translation.hpp"

namespace neural_style::cli {

const char* help() {
    return _("Usage: neural-style COMMAND [OPTION…]\n"
             "\n"
             "Paints photos in the manner of a picture, on this computer alone.\n"
             "\n"
             "Commands:\n"
             "  paint PHOTO --style PICTURE -o FILE   paint a photo\n"
             "  video FILM --style PICTURE -o FILE    paint a film\n"
             "  info FILE…                            tell what is understood of picture files\n"
             "  styles                                list the paintings that come with the program\n"
             "  presets                               list the settings that come with it under a name\n"
             "  networks add|get|list|show|remove     bring networks that others have trained\n"
             "  devices                               list where it can compute, and how fast\n"
             "  train style|encoder|decoder           make networks of your own\n"
             "\n"
             "neural-style COMMAND --help tells all about a command.\n"
             "neural-style --version tells the version.\n"
             "\n"
             "First painting:\n"
             "  neural-style paint boats.jpg --style starry-night -o painted.png\n"
             "\n"
             "Environment:\n"
             "  NEURAL_STYLE_DATA          folder with models/, styles/ and presets/, instead of the "
             "installed one\n"
             "  NEURAL_STYLE_NETWORKS_URL  folder from which networks are downloaded\n"
             "  OMP_NUM_THREADS            how many processor cores to use\n"
             "\n"
             "Exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped by Ctrl-C.\n");
}

} // namespace neural_style::cli
