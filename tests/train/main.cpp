// SPDX-License-Identifier: GPL-3.0-or-later
// train-tests GROUP: runs one group of tests.
#include "train_tests.hpp"

#include <cstdio>
#include <map>
#include <string>

int main(int count, char** arguments) {
    const std::map<std::string, int (*)()> groups{{"autograd_graph", autograd_graph_tests},
                                                  {"crops", crops_tests},
                                                  {"decoder", decoder_tests},
                                                  {"encoder", encoder_tests},
                                                  {"style_distance", style_distance_tests},
                                                  {"style", style_tests},
                                                  {"training", training_tests}};
    const auto group = groups.find(count == 2 ? arguments[1] : "");
    if (group == groups.end()) {
        std::fprintf(stderr, "train-tests GROUP: name one group of tests.\n");
        return 2;
    }
    return group->second();
}
