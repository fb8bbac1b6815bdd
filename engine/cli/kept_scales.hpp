// SPDX-License-Identifier: GPL-3.0-or-later
/// What one of several processes has painted of a picture, in files beside the painting.
///
///     KeptScales kept({.folder = "wall.tif.scales", .name = "part-2-of-4", .record = record});
///     request.kept = &kept;
///     … paint, write …
///     kept.remove();
#pragma once

#include <neural_style/kept_state.hpp>

#include <filesystem>
#include <string>

namespace neural_style::cli {

class KeptScales : public KeptState {
  public:
    /// `name`: of this process's files; `record`: what painting they belong to, on one line. The folder is
    /// made when there is something to keep.
    KeptScales(std::filesystem::path folder, std::string name, std::string record);

    bool has(int scale) const override;
    Result<void> keep(int scale, std::span<const double> numbers,
                      const std::vector<std::span<float>>& pictures) override;
    Result<void> recall(int scale, std::span<double> numbers,
                        const std::vector<std::span<float>>& pictures) override;
    void forget_before(int scale) override;

    /// Removes this process's files, and the folder with the last.
    void remove();

  private:
    std::filesystem::path file(int scale) const;

    std::filesystem::path folder_;
    std::string name_, record_;
    int last_ = 0; ///< kept before this scale
};

} // namespace neural_style::cli
