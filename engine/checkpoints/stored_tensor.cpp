// SPDX-License-Identifier: GPL-3.0-or-later
#include "stored_tensor.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace neural_style {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t most_sides = 16;
constexpr std::uint64_t most_numbers = std::uint64_t(1) << 40;

// IEEE 754 half precision. Scaling by a power of two is exact and also gives the numbers below 2^-14.
float from_half(std::uint16_t half) {
    const std::uint32_t sign = std::uint32_t(half & 0x8000u) << 16, rest = half & 0x7fffu;
    if (rest >= 0x7c00u)
        return std::bit_cast<float>(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    return std::bit_cast<float>(sign |
                                std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest << 13) * 0x1p112f));
}

template <typename Number, typename Convert>
void convert(const std::string& bytes, std::vector<float>& numbers, Convert convert) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        Number number;
        std::memcpy(&number, bytes.data() + i * sizeof number, sizeof number);
        numbers[i] = convert(number);
    }
}

// Copies the numbers of the dimensions from `side` on.
class Packer {
  public:
    Packer(const StoredTensor& tensor, std::string& out) : tensor_(tensor), to_(out.data()) {
        // From this side on the numbers lie in the file as they will be packed.
        dense_from_ = tensor.shape.size();
        while (dense_from_ > 0 && (tensor.strides[dense_from_ - 1] == std::int64_t(dense_numbers_) ||
                                   tensor.shape[dense_from_ - 1] == 1))
            dense_numbers_ *= std::uint64_t(tensor.shape[--dense_from_]);
    }

    void copy(std::size_t side, std::uint64_t place) { // at most `most_sides` deep
        const auto size = bytes_of(tensor_.type);
        if (side == dense_from_) {
            const auto length = dense_numbers_ * size;
            std::memcpy(to_, tensor_.bytes.data() + place * size, length);
            to_ += length;
            return;
        }
        for (std::int64_t i = 0; i < tensor_.shape[side]; ++i)
            copy(side + 1, place + std::uint64_t(i * tensor_.strides[side]));
    }

  private:
    const StoredTensor& tensor_;
    char* to_;
    std::size_t dense_from_ = 0;
    std::uint64_t dense_numbers_ = 1;
};

} // namespace

std::uint64_t StoredTensor::numbers() const {
    std::uint64_t numbers = 1;
    for (const auto side : shape)
        numbers *= std::uint64_t(side);
    return numbers;
}

Accepted<void> check(const StoredTensor& tensor) {
    if (tensor.shape.size() > most_sides || tensor.strides.size() != tensor.shape.size())
        return refused(formatted("\"{}\" has an impossible shape", tensor.name));
    std::uint64_t numbers = 1, last = 0;
    const bool empty = std::ranges::contains(tensor.shape, 0);
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const auto side = tensor.shape[i], stride = tensor.strides[i];
        if (side < 0 || stride < 0)
            return refused(formatted("\"{}\" has an impossible shape", tensor.name));
        const auto factor = std::max(std::uint64_t(side), std::uint64_t(1));
        if (factor > most_numbers / numbers)
            return refused(formatted("\"{}\" is larger than any tensor of weights", tensor.name));
        numbers *= factor;
        if (empty)
            continue;
        if (side > 1 && std::uint64_t(stride) > (most_numbers - last) / std::uint64_t(side - 1))
            return refused(formatted("the strides of \"{}\" lead out of its storage", tensor.name));
        last += std::uint64_t(side - 1) * std::uint64_t(stride);
    }
    if (!empty && last >= tensor.bytes.size() / bytes_of(tensor.type))
        return refused(formatted("\"{}\" leads out of its storage", tensor.name));
    return {};
}

std::string_view extent(const StoredTensor& tensor) {
    if (tensor.numbers() == 0)
        return {};
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i)
        last += std::uint64_t(tensor.shape[i] - 1) * std::uint64_t(tensor.strides[i]);
    return tensor.bytes.substr(0, (last + 1) * bytes_of(tensor.type));
}

std::string packed(const StoredTensor& tensor) {
    const auto size = bytes_of(tensor.type);
    std::string out(tensor.numbers() * size, '\0');
    if (out.empty())
        return out;
    Packer(tensor, out).copy(0, 0);
    if (tensor.big_endian)
        for (std::size_t i = 0; i < out.size(); i += size)
            std::reverse(out.begin() + std::ptrdiff_t(i), out.begin() + std::ptrdiff_t(i + size));
    return out;
}

std::vector<float> floats(const StoredTensor& tensor) {
    std::vector<float> numbers(tensor.numbers());
    if (numbers.empty())
        return numbers;
    const auto bytes = packed(tensor);
    switch (tensor.type) {
    case FloatType::float16:
        convert<std::uint16_t>(bytes, numbers, from_half);
        break;
    case FloatType::bfloat16:
        convert<std::uint16_t>(bytes, numbers, [](std::uint16_t half) {
            return std::bit_cast<float>(std::uint32_t(half) << 16);
        });
        break;
    case FloatType::float32:
        std::memcpy(numbers.data(), bytes.data(), bytes.size());
        break;
    case FloatType::float64:
        convert<double>(bytes, numbers, [](double number) { return float(number); });
        break;
    }
    return numbers;
}

std::string words_of(const std::vector<std::int64_t>& shape) {
    std::string words;
    for (const auto side : shape)
        words += (words.empty() ? "" : " x ") + std::to_string(side);
    return words.empty() ? "a single number" : words;
}

} // namespace neural_style
