// SPDX-License-Identifier: GPL-3.0-or-later
/// The texts of the programs that decode pictures and films, which hostile files may have taken over. The
/// first byte says which.
#include "answer.hpp"
#include "film_answer.hpp"
#include "promise.hpp"

using namespace neural_style;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'p':
        if (const auto head = reader::head_in(text))
            fuzz::promise(head->width > 0 && head->height > 0 && head->channels >= 1 && head->channels <= 4 &&
                          std::uint64_t(head->width) * std::uint64_t(head->height) <=
                              reader::largest_picture &&
                          head->row_bytes() > 0);
        break;
    case 'r':
        reader::refusal_in(text);
        break;
    case 'f':
        if (const auto head = film_files::film_head_in(text))
            fuzz::promise(head->width > 0 && head->height > 0 &&
                          (head->channels == 3 || head->channels == 4) && head->tick.numerator > 0 &&
                          head->tick.denominator > 0 && head->frame_bytes() > 0);
        break;
    case 'o':
        film_files::film_order_in(text);
        break;
    case 'm':
        film_files::film_remarks_in(text);
        break;
    default:
        film_files::film_refusal_in(text);
    }
    return 0;
}
