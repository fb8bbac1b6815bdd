// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps uploaded pictures, ready to paint with, until there are too many of them.
///
///     PictureStore store(gibibyte);
///     if (auto added = store.add(picture_chunk); !added)
///         return refuse(added.error());
///     std::shared_ptr<const HeldPicture> photo = store.find(name); // null: to be uploaded
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

/// A complete, verified picture or mask as the engine wants it.
struct HeldPicture {
    std::vector<float> samples; ///< three a pixel in a picture, one in a mask
    int width = 0;
    int height = 0;

    ImageView view() const { return {samples.data(), width, height}; }
    MaskView mask() const { return {samples.data(), width, height}; }
};

/// Belongs to one thread. The pictures are shared: whoever holds one keeps it beyond `forget`.
class PictureStore {
  public:
    /// `bytes_max` counts samples as float32. The two pictures used last stay whatever they take, because
    /// every job needs two; more stay by `want`.
    explicit PictureStore(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    /// Takes the next piece of the picture being uploaded, or the first of another one. Errors: bad_message
    /// when it does not fit, or when the complete picture is not the one that its name promised.
    Result<void> add(const protocol::PictureChunk& chunk);
    std::shared_ptr<const HeldPicture> find(std::string_view name);
    void forget(std::string_view name);
    /// Pictures of these names stay, or will stay, whatever they take, until other names are wanted: a job
    /// with many large pictures is otherwise never complete.
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
    std::list<Entry> entries_; // the one used last first
    std::vector<std::string> wanted_;
    std::string arriving_name_;
    protocol::PictureAssembly arriving_;
};

} // namespace neural_style::worker
