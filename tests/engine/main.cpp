// SPDX-License-Identifier: GPL-3.0-or-later
// engine-tests GROUP: runs one group of tests.
#include "engine_tests.hpp"

#include <cstdio>
#include <map>
#include <string>

int main(int count, char** arguments) {
    const std::map<std::string, int (*)()> groups{
        {"feature_network", feature_network_tests},
        {"bands", bands_tests},
        {"brush", brush_tests},
        {"captured_evaluation", captured_evaluation_tests},
        {"captured_step", captured_step_tests},
        {"color", color_tests},
        {"control_groups", control_groups_tests},
        {"controls", controls_tests},
        {"deadline", deadline_tests},
        {"dream", dream_tests},
        {"estimate", estimate_tests},
        {"engine", engine_tests},
        {"free_cores", free_cores_tests},
        {"grain", grain_tests},
        {"graph", graph_tests},
        {"hand_over", hand_over_tests},
        {"hypercolumns", hypercolumns_tests},
        {"layer", layer_tests},
        {"lbfgs", lbfgs_tests},
        {"matrix_roots", matrix_roots_tests},
        {"max_pooling", max_pooling_tests},
        {"minimize", minimize_tests},
        {"motion", motion_tests},
        {"neighbors", neighbors_tests},
        {"objective", objective_tests},
        {"oklab", oklab_tests},
        {"on_device", on_device_tests},
        {"palette", palette_tests},
        {"regions", regions_tests},
        {"scales", scales_tests},
        {"shipped_statistics", shipped_statistics_tests},
        {"smoothing", smoothing_tests},
        {"smoothness", smoothness_tests},
        {"steps_between_reads", steps_between_reads_tests},
        {"style_loss", style_loss_tests},
        {"style_loss_table", style_loss_table_tests},
        {"strip", strip_tests},
        {"style_parts", style_parts_tests},
        {"tensor", tensor_tests},
        {"tiling", tiling_tests},
        {"chain", chain_tests},
        {"decoder", decoder_tests},
        {"feature_loss", feature_loss_tests},
        {"feature_matching", feature_matching_tests},
        {"trained_network", trained_network_tests},
        {"picture_window", picture_window_tests},
        {"instant", instant_tests},
        {"weights", weights_tests},
        {"winograd", winograd_tests},
    };
    const auto group = groups.find(count == 2 ? arguments[1] : "");
    if (group == groups.end()) {
        std::fprintf(stderr, "engine-tests GROUP: name one group of tests.\n");
        return 2;
    }
    return group->second();
}
