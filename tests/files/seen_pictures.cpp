// SPDX-License-Identifier: GPL-3.0-or-later
/// seen-pictures FOLDER: reads the picture files named on standard input; prints a line of JSON about each
/// and writes its pixels to FOLDER as sRGB floats with alpha, in a file named after the line's number.
#include "gegl_session.hpp"
#include "picture_file.hpp"

#include <babl/babl.h>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

using namespace neural_style;

namespace {

void keep_pixels(GeglBuffer* buffer, const std::string& path) {
    const GeglRectangle extent = *gegl_buffer_get_extent(buffer);
    std::vector<float> pixels(std::size_t(extent.width) * std::size_t(extent.height) * 4);
    gegl_buffer_get(buffer, &extent, 1.0, babl_format("R'G'B'A float"), pixels.data(), GEGL_AUTO_ROWSTRIDE,
                    GEGL_ABYSS_NONE);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(pixels.data()), std::streamsize(pixels.size() * sizeof(float)));
}

nlohmann::json seen(ReaderProcess& reader, const std::string& name, const std::string& pixels) {
    const auto picture = load_picture(reader, name);
    if (!picture)
        return {{"error", picture.error().message},
                {"memory", picture.error().code == ErrorCode::out_of_memory}};
    keep_pixels(picture->buffer.get(), pixels);
    const Babl* format = gegl_buffer_get_format(picture->buffer.get());
    return {{"width", gegl_buffer_get_width(picture->buffer.get())},
            {"height", gegl_buffer_get_height(picture->buffer.get())},
            {"type", babl_get_name(babl_format_get_type(format, 0))},
            {"channels", babl_format_get_n_components(format)},
            {"profile", picture->profile.size()},
            {"notes", picture->notes}};
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2)
        return 2;
    const GeglSession gegl;
    ReaderProcess reader;
    int number = 0;
    for (std::string name; std::getline(std::cin, name); ++number)
        std::cout << seen(reader, name, std::string(argv[1]) + "/" + std::to_string(number)).dump()
                  << std::endl;
}
