// SPDX-License-Identifier: GPL-3.0-or-later
/// The test groups in this folder, one per source file of the engine's rooms. They share a program because
/// they share LibTorch's precompiled header.
#pragma once

int feature_network_tests();
int bands_tests();
int brush_tests();
int color_tests();
int control_groups_tests();
int controls_tests();
int dream_tests();
int estimate_tests();
int grain_tests();
int graph_tests();
int hand_over_tests();
int hypercolumns_tests();
int layer_tests();
int lbfgs_tests();
int minimize_tests();
int neighbors_tests();
int objective_tests();
int oklab_tests();
int on_device_tests();
int palette_tests();
int regions_tests();
int free_cores_tests();
int matrix_roots_tests();
int max_pooling_tests();
int scales_tests();
int smoothness_tests();
int style_parts_tests();
int shipped_statistics_tests();
int steps_between_reads_tests();
int style_loss_tests();
int style_loss_table_tests();
int tensor_tests();
int tiling_tests();
int chain_tests();
int deadline_tests();
int decoder_tests();
int feature_loss_tests();
int feature_matching_tests();
int trained_network_tests();
int picture_window_tests();
int instant_tests();
int weights_tests();
int engine_tests();
