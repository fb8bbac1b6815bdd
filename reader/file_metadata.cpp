// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_metadata.hpp"

#include <exception>
#include <exiv2/exiv2.hpp>

namespace neural_style::reader {
namespace {

std::vector<std::byte> bytes_at(const Exiv2::byte* first, std::size_t size) {
    const auto* from = reinterpret_cast<const std::byte*>(first);
    return {from, from + size};
}

/// Runs a part of the work; its result stays empty if Exiv2 cannot do it, which it also tells by errors of
/// the standard library (numbers that overflow).
template <typename Part>
void attempt(Part part) {
    try {
        part();
    } catch (const std::exception&) {
    }
}

} // namespace

Metadata metadata_in(const Source& source) {
    Metadata metadata;
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute); // cameras write odd metadata
    attempt([&] {
        const auto image = Exiv2::ImageFactory::open(source.path());
        image->readMetadata();
        metadata.comment = image->comment();
        attempt([&] {
            if (image->exifData().empty())
                return;
            Exiv2::Blob exif;
            const auto order = image->byteOrder();
            Exiv2::ExifParser::encode(exif, order == Exiv2::bigEndian ? order : Exiv2::littleEndian,
                                      image->exifData());
            metadata.exif = bytes_at(exif.data(), exif.size());
        });
        attempt([&] {
            if (!image->xmpData().empty())
                Exiv2::XmpParser::encode(metadata.xmp, image->xmpData());
        });
        attempt([&] {
            if (image->iptcData().empty())
                return;
            const Exiv2::DataBuf iptc = Exiv2::IptcParser::encode(image->iptcData());
            metadata.iptc = bytes_at(iptc.c_data(), iptc.size());
        });
    });
    return metadata;
}

} // namespace neural_style::reader
