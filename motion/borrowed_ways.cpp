// SPDX-License-Identifier: GPL-3.0-or-later
#include "borrowed_ways.hpp"

#include "as_mat.hpp"
#include "places.hpp"
#include "trust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <span>

namespace neural_style {

namespace {

// Chosen on the shots of `./run bench video`: with a larger square more stays unknown at a border.
constexpr int reach = 2;             // of the square that is compared, to each side
constexpr int side = 2 * reach + 1;  // of the square
constexpr float alike = 10 / 255.0f; // mean of the channels, within which a pixel belongs to the middle
constexpr float least_limit = 6 / 255.0f;
constexpr std::array distances{5, 10, 20, 40};
constexpr float same_way = 0.1f; // pixels; such ways lead to the same
constexpr float most_apart = 2;  // pixels between where a way begins and where it leads there and back
// How many pixels tell what difference is usual: where light or noise change, it is large everywhere.
constexpr std::size_t looked_at = 4000;
constexpr float usual_share = 0.9f;

float distance_of(const float* one, const float* other) {
    return (std::abs(one[0] - other[0]) + std::abs(one[1] - other[1]) + std::abs(one[2] - other[2])) / 3;
}

// What of a pixel's square is like its middle. Whole rows of the square are compared, and what is not like it
// counts 0: that is faster than one pixel after the other.
class Surroundings {
  public:
    Surroundings(ImageView here, int x, int y) : left_(x - reach), top_(y - reach) {
        const float* middle = here.pixel(x, y);
        for (int v = 0; v < side; ++v)
            for (int u = 0; u < side; ++u) {
                const int across = left_ + u, down = top_ + v;
                if (across < 0 || down < 0 || across >= here.width || down >= here.height)
                    continue;
                const float* color = here.pixel(across, down);
                const auto at = std::size_t(v * row_samples + 3 * u);
                std::copy_n(color, 3, colors_.begin() + std::ptrdiff_t(at));
                if (distance_of(color, middle) > alike)
                    continue;
                std::fill_n(counts_.begin() + std::ptrdiff_t(at), 3, 1.0f);
                ++alike_;
            }
    }

    /// Mean difference from what is `way` further in `before`; infinite if it is more than `most`.
    float difference(ImageView before, const float* way, float most) const {
        const float low_x = std::floor(way[0]), low_y = std::floor(way[1]), part_x = way[0] - low_x,
                    part_y = way[1] - low_y;
        const std::array shares{(1 - part_x) * (1 - part_y), part_x * (1 - part_y), (1 - part_x) * part_y,
                                part_x * part_y};
        // The square one pixel wider and higher, between whose pixels the way ends.
        const int left = left_ + int(low_x), top = top_ + int(low_y);
        std::array<std::array<float, row_samples + 3>, side + 1> border;
        std::array<const float*, side + 1> rows;
        const bool inside = left >= 0 && top >= 0 && left + side < before.width && top + side < before.height;
        for (int v = 0; v <= side; ++v) {
            const auto row = std::size_t(v);
            if (inside) {
                rows[row] = before.pixel(left, top + v);
                continue;
            }
            for (int u = 0; u <= side; ++u)
                std::copy_n(before.pixel(std::clamp(left + u, 0, before.width - 1),
                                         std::clamp(top + v, 0, before.height - 1)),
                            3, border[row].begin() + 3 * u);
            rows[row] = border[row].data();
        }
        const float limit = most * 3 * float(alike_); // of the sum over three channels
        std::array<float, row_samples> sums{};
        float sum = 0;
        for (const std::size_t v : {2, 1, 3, 0, 4}) { // the middle tells most
            const float *above = rows[v], *below = rows[v + 1], *color = &colors_[v * row_samples],
                        *counts = &counts_[v * row_samples];
            for (std::size_t k = 0; k < row_samples; ++k) {
                const float there = shares[0] * above[k] + shares[1] * above[k + 3] + shares[2] * below[k] +
                                    shares[3] * below[k + 3];
                sums[k] += counts[k] * std::abs(color[k] - there);
            }
            if (v % 2 != 0) // not after each row, since adding up takes as long as comparing
                continue;
            sum = std::accumulate(sums.begin(), sums.end(), 0.0f);
            if (sum > limit)
                return std::numeric_limits<float>::infinity();
        }
        return sum / 3 / float(alike_);
    }

  private:
    static constexpr int row_samples = 3 * side;
    int left_, top_;
    std::array<float, side * row_samples> colors_{}, counts_{};
    int alike_ = 0;
};

// For each pixel the mean difference of its whole square from what its way leads to.
cv::Mat differences(const Flow& back, ImageView before, ImageView here) {
    cv::Mat there, difference;
    cv::remap(as_mat(before), there, places(back), {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::absdiff(there, as_mat(here), there);
    cv::transform(there, difference, cv::Matx13f(1 / 3.0f, 1 / 3.0f, 1 / 3.0f));
    cv::blur(difference, difference, {side, side}, {-1, -1}, cv::BORDER_REPLICATE);
    return difference;
}

// That most of the trusted pixels have no more than.
float usual(const cv::Mat& differences, const std::vector<float>& trust) {
    std::vector<float> seen;
    const auto step = std::max<std::size_t>(1, trust.size() / looked_at);
    for (std::size_t i = 0; i < trust.size(); i += step)
        if (trust[i] > 0)
            seen.push_back(differences.ptr<float>()[i]);
    if (seen.empty())
        return 0;
    const auto at = seen.begin() + std::ptrdiff_t(usual_share * float(seen.size() - 1));
    std::ranges::nth_element(seen, at);
    return *at;
}

enum class Known : char { no, borrowed, sure };

struct Borrowed {
    Flow ways;
    std::vector<Known> known;
};

// `trust` is of the flow's ways, from `here` to `before`.
Borrowed borrowed(const Flow& found, const std::vector<float>& trust, ImageView before, ImageView here) {
    const auto own = differences(found, before, here);
    const float limit = std::max(usual(own, trust), least_limit);
    const auto index = [&](int x, int y) {
        return std::size_t(y) * std::size_t(found.width) + std::size_t(x);
    };
    Borrowed result{found, std::vector<Known>(trust.size())};
    // Only these lend their ways: what is borrowed is not lent again, so that the order does not matter.
    std::vector<char> sure(trust.size());
    for (std::size_t i = 0; i < trust.size(); ++i)
        sure[i] = trust[i] > 0 && own.ptr<float>()[i] <= limit;

    const auto borrow = [&](int x, int y) {
        const Surroundings surroundings(here, x, y);
        float least = limit;
        const float* best = nullptr;
        std::array<const float*, 1 + 9 * distances.size()> tried;
        std::size_t count = 0;
        const auto consider = [&](const float* way) {
            if (!found.covers(float(x) + way[0], float(y) + way[1]))
                return;
            for (const float* other : std::span(tried).first(count))
                if (std::abs(other[0] - way[0]) < same_way && std::abs(other[1] - way[1]) < same_way)
                    return;
            tried[count++] = way;
            if (const float other = surroundings.difference(before, way, least); other <= least) {
                least = other;
                best = way;
            }
        };
        consider(found.at(x, y));
        for (const int distance : distances)
            for (const int v : {y - distance, y, y + distance})
                for (const int u : {x - distance, x, x + distance})
                    if (u >= 0 && v >= 0 && u < found.width && v < found.height && sure[index(u, v)])
                        consider(found.at(u, v));
        if (best) {
            std::copy_n(best, 2, result.ways.at(x, y));
            result.known[index(x, y)] = Known::borrowed;
        }
    };
    cv::parallel_for_(cv::Range(0, found.height), [&](const cv::Range& rows) {
        for (int y = rows.start; y < rows.end; ++y)
            for (int x = 0; x < found.width; ++x)
                if (sure[index(x, y)])
                    result.known[index(x, y)] = Known::sure;
                else
                    borrow(x, y);
    });
    return result;
}

} // namespace

void borrow_ways(Flows& ways, std::vector<float>& trust, ImageView before, ImageView here) {
    const auto back = borrowed(ways.back, trust, before, here),
               forth = borrowed(ways.forth, trusted({ways.forth, ways.back}), here, before);
    for (int y = 0; y < here.height; ++y)
        for (int x = 0; x < here.width; ++x) {
            const auto i = std::size_t(y) * std::size_t(here.width) + std::size_t(x);
            if (back.known[i] != Known::borrowed)
                continue;
            const float* way = back.ways.at(x, y);
            const int u = int(std::lround(float(x) + way[0])), v = int(std::lround(float(y) + way[1]));
            const float* return_way = forth.ways.at(u, v);
            if (forth.known[std::size_t(v) * std::size_t(here.width) + std::size_t(u)] == Known::no ||
                std::hypot(way[0] + return_way[0], way[1] + return_way[1]) > most_apart)
                continue;
            std::copy_n(way, 2, ways.back.at(x, y));
            trust[i] = 1;
        }
}

} // namespace neural_style
