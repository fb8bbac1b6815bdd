// SPDX-License-Identifier: GPL-3.0-or-later
#include "pnm_head.hpp"

#include <cctype>
#include <string_view>

namespace neural_style::reader {

int white_of_pnm(const Source& source) {
    const std::string head = source.bytes(0, 4096);
    if (head.size() < 3 || !std::string_view("2356").contains(head[1]))
        return 0;
    int number = 0, count = 0; // width, height, white
    bool digits = false;
    for (std::size_t i = 2; i < head.size(); ++i) {
        if (std::isdigit(static_cast<unsigned char>(head[i]))) {
            number = digits ? number * 10 + (head[i] - '0') : head[i] - '0';
            digits = true;
            if (number > 99'999'999)
                return 0;
            continue;
        }
        if (digits && ++count == 3)
            return number <= 65535 ? number : 0;
        digits = false;
        if (head[i] == '#') {
            i = head.find('\n', i);
            if (i == std::string::npos)
                return 0;
        }
    }
    return 0;
}

} // namespace neural_style::reader
