// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps uploaded pictures, ready to paint with, up to a limit.
///
///     PictureStore store(gibibyte);
///     if (auto added = store.add(picture_chunk); !added)
///         return refuse(added.error());
///     std::shared_ptr<const HeldPicture> photo = store.find(name); // null: not uploaded
#pragma once

#include "message.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style::worker {

/// A complete, verified picture or mask in the engine's format.
struct HeldPicture {
    std::vector<float> samples; ///< three a pixel in a picture, one in a mask
    int width = 0;
    int height = 0;

    ImageView view() const { return {samples.data(), width, height}; }
    MaskView mask() const { return {samples.data(), width, height}; }
};

/// For one thread only. Pictures are shared: holders keep them beyond `forget`.
class PictureStore {
  public:
    /// `bytes_max` counts samples as float32. The two most recently used pictures always stay, because every
    /// job needs two; `want` protects more.
    explicit PictureStore(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    /// Adds the next piece of the current upload, or the first of another. Errors: bad_message if it does not
    /// fit, or if the complete picture does not match its name.
    Result<void> add(const protocol::PictureChunk& chunk);
    std::shared_ptr<const HeldPicture> find(std::string_view name);
    void forget(std::string_view name);
    /// Protects pictures of these names, present or yet to come, until other names are wanted: otherwise a
    /// job with many large pictures might never be complete.
    void want(std::vector<std::string> names) { wanted_ = std::move(names); }

  private:
    struct Entry {
        std::string name;
        std::shared_ptr<const HeldPicture> picture;
        std::uint64_t bytes() const { return picture->samples.size() * sizeof(float); }
    };

    void keep(std::string name, protocol::Picture picture);
    bool may_go(const Entry& entry) const;

    std::uint64_t bytes_max_;
    std::list<Entry> entries_; // most recently used first
    std::vector<std::string> wanted_;
    std::string arriving_name_;
    protocol::PictureAssembly arriving_;
};

} // namespace neural_style::worker
