// SPDX-License-Identifier: GPL-3.0-or-later
#include "photo_metadata.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace neural_style::cli {
namespace {

/// Tags of a picture's first directory that tell of the picture. All others tell how a file stores it, or
/// lead to more pictures.
constexpr std::array picture_tags{"ProcessingSoftware",
                                  "DocumentName",
                                  "ImageDescription",
                                  "Make",
                                  "Model",
                                  "Orientation",
                                  "XResolution",
                                  "YResolution",
                                  "PageName",
                                  "ResolutionUnit",
                                  "Software",
                                  "DateTime",
                                  "Artist",
                                  "HostComputer",
                                  "Rating",
                                  "RatingPercent",
                                  "Copyright",
                                  "ExposureTime",
                                  "FNumber",
                                  "ExifTag",
                                  "ExposureProgram",
                                  "GPSTag",
                                  "ISOSpeedRatings",
                                  "TimeZoneOffset",
                                  "DateTimeOriginal",
                                  "ShutterSpeedValue",
                                  "ApertureValue",
                                  "ExposureBiasValue",
                                  "MaxApertureValue",
                                  "SubjectDistance",
                                  "MeteringMode",
                                  "LightSource",
                                  "Flash",
                                  "FocalLength",
                                  "ImageNumber",
                                  "SecurityClassification",
                                  "ImageHistory",
                                  "ImageID",
                                  "XPTitle",
                                  "XPComment",
                                  "XPAuthor",
                                  "XPKeywords",
                                  "XPSubject",
                                  "CameraSerialNumber",
                                  "CameraLabel"};

/// Properties of these vocabularies tell of more that is in the photo's file: gain maps, depth maps, videos.
constexpr std::array<std::string_view, 6> file_vocabularies{
    "http://ns.google.com/photos/",       "http://ns.adobe.com/hdr-gain-map/",
    "http://ns.apple.com/HDRGainMap/",    "http://ns.apple.com/HDRToneMap/",
    "http://ns.apple.com/pixeldatainfo/", "http://ns.samsung.com/"};
/// The part of them that tells of the picture itself: panoramas.
constexpr std::string_view panorama = "http://ns.google.com/photos/1.0/panorama/";

/// Properties of which the key begins like that.
constexpr std::array<std::string_view, 12> file_properties{"Xmp.xmp.Thumbnails",
                                                           "Xmp.xmp.PageInfo",
                                                           "Xmp.xmpNote.HasExtendedXMP",
                                                           "Xmp.photoshop.TextLayers",
                                                           "Xmp.photoshop.DocumentAncestors",
                                                           "Xmp.tiff.BitsPerSample",
                                                           "Xmp.tiff.Compression",
                                                           "Xmp.tiff.PhotometricInterpretation",
                                                           "Xmp.tiff.SamplesPerPixel",
                                                           "Xmp.tiff.PlanarConfiguration",
                                                           "Xmp.tiff.YCbCr",
                                                           "Xmp.xmpTPg"};

template <typename Data, typename Unwanted>
void remove(Data& data, Unwanted unwanted) {
    for (auto one = data.begin(); one != data.end();)
        one = unwanted(*one) ? data.erase(one) : std::next(one);
}

/// Sets a tag if the photo has it.
template <typename Key, typename Data>
void correct(Data& data, const char* tag, const std::string& value) {
    if (const auto found = data.findKey(Key(tag)); found != data.end())
        found->setValue(value);
}

bool belongs_to_maker(const Exiv2::Exifdatum& tag) {
    const std::string group = tag.groupName();
    return group == "MakerNote" || Exiv2::ExifTags::isMakerGroup(group) ||
           tag.key() == "Exif.Photo.MakerNote";
}

/// Whether the value holds a JPEG picture. Some cameras change its very first byte.
bool shows_picture(const Exiv2::Exifdatum& tag) {
    if (tag.sizeDataArea() > 0)
        return true;
    constexpr std::size_t smallest_picture = 256;
    if (tag.size() < smallest_picture)
        return false;
    std::string bytes(tag.size(), '\0');
    tag.copy(reinterpret_cast<Exiv2::byte*>(bytes.data()), Exiv2::littleEndian);
    return bytes.find("\xff\xd8\xff") != bytes.npos || bytes.find("\xd8\xff\xdb") != bytes.npos;
}

/// EXIF's number for a resolution that tells a proportion only.
constexpr std::int64_t no_unit = 1;

void fit_exif(Exiv2::ExifData& exif, const PaintingFacts& painting) {
    using Key = Exiv2::ExifKey;
    const auto foreign = [](const Exiv2::Exifdatum& tag) {
        const std::string group = tag.groupName();
        if (group == "Image")
            return std::ranges::find(picture_tags, tag.tagName()) == picture_tags.end();
        return group != "Photo" && group != "GPSInfo" && group != "Iop" && !belongs_to_maker(tag);
    };
    remove(exif, foreign);
    if (std::ranges::any_of(exif,
                            [](const auto& tag) { return belongs_to_maker(tag) && shows_picture(tag); }))
        remove(exif, belongs_to_maker);
    remove(exif, shows_picture);

    const auto turned = exif.findKey(Key("Exif.Image.Orientation"));
    if (turned != exif.end() && turned->toInt64() > 4) {
        const auto x = exif.findKey(Key("Exif.Image.XResolution")),
                   y = exif.findKey(Key("Exif.Image.YResolution"));
        if (x != exif.end() && y != exif.end()) {
            const std::string across = x->toString();
            x->setValue(y->toString());
            y->setValue(across);
        }
    }
    correct<Key>(exif, "Exif.Image.Orientation", "1");
    correct<Key>(exif, "Exif.Photo.PixelXDimension", std::to_string(painting.width));
    correct<Key>(exif, "Exif.Photo.PixelYDimension", std::to_string(painting.height));
    if (!painting.has_profile) {
        correct<Key>(exif, "Exif.Photo.ColorSpace", "1");
        correct<Key>(exif, "Exif.Iop.InteroperabilityIndex", "R98");
    } else if (const auto index = exif.findKey(Key("Exif.Iop.InteroperabilityIndex"));
               index != exif.end() && index->toString() == "R03")
        correct<Key>(exif, "Exif.Photo.ColorSpace", "65535");
    const auto unit = exif.findKey(Key("Exif.Image.ResolutionUnit"));
    const bool told = exif.findKey(Key("Exif.Image.XResolution")) != exif.end() &&
                      (unit == exif.end() || unit->toInt64() != no_unit);
    if (painting.dots_per_inch > 0 && !told) {
        const Exiv2::URational dots(std::uint32_t(std::lround(painting.dots_per_inch * 1000)), 1000);
        exif["Exif.Image.XResolution"] = dots;
        exif["Exif.Image.YResolution"] = dots;
        exif["Exif.Image.ResolutionUnit"] = std::uint16_t(2);
    }
}

/// The address of a vocabulary; empty where Exiv2 knows none.
std::string vocabulary_of(const Exiv2::Xmpdatum& property) try {
    return Exiv2::XmpProperties::ns(property.groupName());
} catch (const Exiv2::Error&) {
    return {};
}

/// Pictures are put into XMP as base64, which begins alike for all JPEG and all PNG files.
bool shows_picture(const Exiv2::Xmpdatum& property) {
    constexpr std::size_t smallest_picture = 256;
    if (property.count() == 0 || property.size() < smallest_picture)
        return false;
    const std::string text = property.toString();
    return text.starts_with("/9j/") || text.starts_with("iVBORw0KGgo");
}

void fit_xmp(Exiv2::XmpData& xmp, const PaintingFacts& painting) {
    using Key = Exiv2::XmpKey;
    remove(xmp, [](const Exiv2::Xmpdatum& property) {
        const std::string key = property.key(), vocabulary = vocabulary_of(property);
        return std::ranges::any_of(file_properties, [&](auto start) { return key.starts_with(start); }) ||
               (vocabulary != panorama &&
                std::ranges::any_of(file_vocabularies,
                                    [&](auto start) { return vocabulary.starts_with(start); })) ||
               shows_picture(property);
    });
    const std::string width = std::to_string(painting.width), height = std::to_string(painting.height);
    correct<Key>(xmp, "Xmp.tiff.Orientation", "1");
    correct<Key>(xmp, "Xmp.tiff.ImageWidth", width);
    correct<Key>(xmp, "Xmp.tiff.ImageLength", height);
    correct<Key>(xmp, "Xmp.exif.PixelXDimension", width);
    correct<Key>(xmp, "Xmp.exif.PixelYDimension", height);
    if (!painting.has_profile) {
        correct<Key>(xmp, "Xmp.exif.ColorSpace", "1");
        remove(xmp, [](const auto& property) { return property.key() == "Xmp.photoshop.ICCProfile"; });
    }
}

} // namespace

PhotoMetadata metadata_of(const reader::Metadata& read) {
    PhotoMetadata metadata{.comment = read.comment};
    const auto parse = [](const auto& bytes, auto parser) {
        try {
            if (!bytes.empty())
                parser(reinterpret_cast<const Exiv2::byte*>(bytes.data()), bytes.size());
        } catch (const Exiv2::Error&) {
        }
    };
    parse(read.exif, [&](const Exiv2::byte* bytes, std::size_t size) {
        Exiv2::ExifParser::decode(metadata.exif, bytes, size);
    });
    parse(read.iptc, [&](const Exiv2::byte* bytes, std::size_t size) {
        Exiv2::IptcParser::decode(metadata.iptc, bytes, size);
    });
    parse(read.xmp,
          [&](const Exiv2::byte*, std::size_t) { Exiv2::XmpParser::decode(metadata.xmp, read.xmp); });
    return metadata;
}

double dots_per_inch_in(const PhotoMetadata& metadata) {
    const auto& exif = metadata.exif;
    const auto dots = exif.findKey(Exiv2::ExifKey("Exif.Image.XResolution")),
               unit = exif.findKey(Exiv2::ExifKey("Exif.Image.ResolutionUnit"));
    constexpr std::int64_t centimeters = 3;
    if (dots == exif.end() || dots->count() == 0 || (unit != exif.end() && unit->toInt64() == no_unit))
        return 0;
    const double value = dots->toFloat();
    return !(value > 0) ? 0 : unit != exif.end() && unit->toInt64() == centimeters ? value * 2.54 : value;
}

void fit(PhotoMetadata& metadata, const PaintingFacts& painting) {
    fit_exif(metadata.exif, painting);
    fit_xmp(metadata.xmp, painting);
}

void write(const PhotoMetadata& metadata, const std::string& file) {
    const auto image = Exiv2::ImageFactory::open(file);
    image->readMetadata(); // the rest of the file does not change
    const auto holds = [&](Exiv2::MetadataId kind) { return (image->checkMode(kind) & Exiv2::amWrite) != 0; };
    image->setExifData(metadata.exif);
    image->setXmpData(metadata.xmp);
    if (holds(Exiv2::mdIptc))
        image->setIptcData(metadata.iptc);
    if (holds(Exiv2::mdComment))
        image->setComment(metadata.comment);
    image->writeMetadata();
}

std::vector<unsigned char> exif_bytes(const PhotoMetadata& metadata) {
    if (metadata.exif.empty())
        return {};
    Exiv2::Blob bytes;
    Exiv2::ExifData exif = metadata.exif;
    Exiv2::ExifParser::encode(bytes, Exiv2::littleEndian, exif);
    return bytes;
}

std::string xmp_text(const PhotoMetadata& metadata) {
    std::string text;
    if (!metadata.xmp.empty())
        Exiv2::XmpParser::encode(text, metadata.xmp);
    return text;
}

} // namespace neural_style::cli
