// SPDX-License-Identifier: GPL-3.0-or-later
#include "torch_file.hpp"

#include "pickle.hpp"
#include "stored_zip.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace neural_style {

namespace {

using Kind = PickleValue::Kind;

// Of a stream: 0x1950a86a20f9469cfc6c.
constexpr std::string_view magic_number{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};
constexpr std::int64_t stream_version = 1001;
constexpr std::uint64_t largest_pickle = 64u << 20;
constexpr const char* unlike_torch = "its pickle is not of the form that torch.save writes";

struct StorageKind {
    std::string_view name;
    std::uint64_t bytes = 0; // of a number
    std::optional<FloatType> type{};
};
constexpr std::array storage_kinds{StorageKind{"FloatStorage", 4, FloatType::float32},
                                   StorageKind{"HalfStorage", 2, FloatType::float16},
                                   StorageKind{"BFloat16Storage", 2, FloatType::bfloat16},
                                   StorageKind{"DoubleStorage", 8, FloatType::float64},
                                   StorageKind{"LongStorage", 8},
                                   StorageKind{"IntStorage", 4},
                                   StorageKind{"ShortStorage", 2},
                                   StorageKind{"CharStorage", 1},
                                   StorageKind{"ByteStorage", 1},
                                   StorageKind{"BoolStorage", 1},
                                   StorageKind{"ComplexFloatStorage", 8},
                                   StorageKind{"ComplexDoubleStorage", 16},
                                   StorageKind{"UntypedStorage", 1}};

const StorageKind* storage_kind(std::string_view module, std::string_view name) {
    if (module != "torch" && module != "torch.storage" && module != "torch.cuda")
        return nullptr;
    const auto found = std::ranges::find(storage_kinds, name, &StorageKind::name);
    return found == storage_kinds.end() ? nullptr : &*found;
}

// All that weights need Python for.
bool is_needed(std::string_view module, std::string_view name) {
    using Global = std::pair<std::string_view, std::string_view>;
    static constexpr std::array globals{Global{"collections", "OrderedDict"},
                                        Global{"torch._utils", "_rebuild_tensor"},
                                        Global{"torch._utils", "_rebuild_tensor_v2"},
                                        Global{"torch._utils", "_rebuild_tensor_v3"},
                                        Global{"torch._utils", "_rebuild_parameter"},
                                        Global{"torch._utils", "_rebuild_parameter_with_state"},
                                        Global{"torch._tensor", "_rebuild_from_type_v2"},
                                        Global{"torch", "Tensor"},
                                        Global{"torch.nn.parameter", "Parameter"},
                                        Global{"torch", "device"},
                                        Global{"torch", "Size"}};
    static constexpr std::array types{"float16", "bfloat16", "float32", "float64",   "uint8",
                                      "int8",    "int16",    "int32",   "int64",     "bool",
                                      "uint16",  "uint32",   "uint64",  "complex64", "complex128"};
    return std::ranges::contains(globals, Global{module, name}) || storage_kind(module, name) ||
           (module == "torch" && (std::ranges::contains(types, name) || name.starts_with("float8_")));
}

Accepted<Pickle> pickle_in(std::string_view bytes) {
    auto pickle = Pickle::read(bytes, is_needed);
    if (!pickle && pickle.error().why.contains("\"__torch__"))
        return refused("it holds a program (TorchScript), not weights alone", save_the_weights);
    return pickle;
}

// What a persistent identifier says of a storage; the numbers come from the archive or the stream.
struct StorageName {
    const StorageKind* kind = nullptr;
    std::string_view key;
    std::uint64_t numbers = 0;
    std::uint64_t begin = 0; // of a view into it, in numbers
};

// ("storage", kind, key, where it was, numbers), in streams also a view: None or (key, begin, numbers).
std::optional<StorageName> storage_named(const PickleValue& value) {
    if (value.kind != Kind::persistent)
        return std::nullopt;
    const auto& identifier = *value.items.front();
    if (identifier.kind != Kind::tuple || identifier.items.size() < 5 || identifier.items.size() > 6)
        return std::nullopt;
    const auto& parts = identifier.items;
    if (parts[0]->text != "storage" || parts[1]->kind != Kind::global || parts[2]->kind != Kind::text ||
        parts[4]->kind != Kind::integer || parts[4]->integer < 0)
        return std::nullopt;
    StorageName name{.kind = storage_kind(parts[1]->module, parts[1]->text),
                     .key = parts[2]->text,
                     .numbers = std::uint64_t(parts[4]->integer)};
    if (parts.size() == 6 && parts[5]->kind == Kind::tuple && parts[5]->items.size() == 3 &&
        parts[5]->items[1]->kind == Kind::integer && parts[5]->items[1]->integer >= 0)
        name.begin = std::uint64_t(parts[5]->items[1]->integer);
    return name.kind ? std::optional(name) : std::nullopt;
}

using Storages = std::function<Accepted<std::string_view>(const StorageName&)>;

std::optional<std::vector<std::int64_t>> whole_numbers(const PickleValue& value) {
    if (value.kind == Kind::call && value.function->is("torch", "Size") && value.arguments->items.size() == 1)
        return whole_numbers(*value.arguments->items.front());
    if (value.kind != Kind::tuple && value.kind != Kind::list)
        return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto* item : value.items) {
        if (item->kind != Kind::integer)
            return std::nullopt;
        numbers.push_back(item->integer);
    }
    return numbers;
}

// The call that rebuilds a plain tensor, inside those for parameters and for tensors with attributes; nullptr
// if the value is none.
struct Rebuilt {
    const PickleValue* function = nullptr;
    const PickleValue* arguments = nullptr;
};
std::optional<Rebuilt> tensor_call(const PickleValue& value) {
    const auto* inner = &value;
    for (int nesting = 0; nesting < 4 && inner->kind == Kind::call && inner->function->kind == Kind::global;
         ++nesting) {
        const auto name = inner->function->text;
        const auto& arguments = inner->arguments->items;
        if (name.starts_with("_rebuild_tensor"))
            return Rebuilt{inner->function, inner->arguments};
        if (name == "_rebuild_from_type_v2" && arguments.size() >= 3 && arguments[0]->kind == Kind::global &&
            arguments[0]->text.starts_with("_rebuild_tensor") && arguments[2]->kind == Kind::tuple)
            return Rebuilt{arguments[0], arguments[2]};
        if (!name.starts_with("_rebuild_parameter") && name != "Parameter")
            return std::nullopt;
        if (arguments.empty())
            return std::nullopt;
        inner = arguments.front();
    }
    return std::nullopt;
}

// Nothing: a tensor that holds no floating point numbers as they are.
Accepted<std::optional<StoredTensor>> tensor_of(std::string_view name, const Rebuilt& call,
                                                const Storages& storages) {
    const auto& arguments = call.arguments->items;
    const bool with_flags = call.function->text == "_rebuild_tensor_v2"; // such as "to be negated"
    if (call.function->text == "_rebuild_tensor_v3" ||
        (with_flags && arguments.size() > 6 && !arguments[6]->items.empty()))
        return std::nullopt;
    const auto storage = arguments.size() < 4 ? std::nullopt : storage_named(*arguments[0]);
    if (!storage || arguments[1]->kind != Kind::integer || arguments[1]->integer < 0)
        return refused(unlike_torch);
    const auto shape = whole_numbers(*arguments[2]), strides = whole_numbers(*arguments[3]);
    if (!shape || !strides)
        return refused(unlike_torch);
    if (!storage->kind->type)
        return std::nullopt;
    const auto bytes = storages(*storage);
    if (!bytes)
        return std::unexpected(bytes.error());
    StoredTensor tensor{.name = std::string(name),
                        .type = *storage->kind->type,
                        .shape = *shape,
                        .strides = *strides,
                        .bytes = {}};
    const auto offset = std::uint64_t(arguments[1]->integer), numbers = bytes->size() / storage->kind->bytes;
    if (offset > numbers || storage->begin > numbers - offset)
        return refused(formatted("\"{}\" begins behind the end of its storage", name));
    tensor.bytes = bytes->substr((offset + storage->begin) * storage->kind->bytes);
    if (const auto inside = check(tensor); !inside)
        return std::unexpected(inside.error());
    return tensor;
}

bool is_dictionary(const PickleValue& value) {
    return value.kind == Kind::dictionary ||
           (value.kind == Kind::call && value.function->is("collections", "OrderedDict"));
}

// Key and value in turn. Python 2 gave an OrderedDict its entries as arguments, a list of pairs.
std::vector<const PickleValue*> entries_of(const PickleValue& dictionary) {
    auto entries = dictionary.items;
    if (dictionary.kind == Kind::call && dictionary.arguments->items.size() == 1)
        for (const auto* pair : dictionary.arguments->items.front()->items)
            if (pair->items.size() == 2)
                entries.insert(entries.end(), pair->items.begin(), pair->items.end());
    return entries;
}

const PickleValue& state_dict_in(const PickleValue& value) {
    for (const auto* key : {"state_dict", "model", "model_state_dict"})
        if (const auto* inner = is_dictionary(value) ? value.at(key) : nullptr;
            inner && is_dictionary(*inner))
            return *inner;
    return value;
}

Accepted<std::vector<StoredTensor>> tensors_in(const PickleValue& value, const Storages& storages) {
    const auto& dictionary = state_dict_in(value);
    if (!is_dictionary(dictionary))
        return refused("it holds no dictionary of weights", save_the_weights);
    const auto entries = entries_of(dictionary);
    std::vector<StoredTensor> tensors;
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
        const auto call = tensor_call(*entries[i + 1]);
        if (entries[i]->kind != Kind::text || !call)
            continue;
        auto tensor = tensor_of(entries[i]->text, *call, storages);
        if (!tensor)
            return std::unexpected(tensor.error());
        if (*tensor)
            tensors.push_back(std::move(**tensor));
    }
    if (tensors.empty())
        return refused("it holds no weights in floating point numbers", save_the_weights);
    return tensors;
}

// The storage must have what its pickle says. Compared by division: a number of 2^60 must not overflow.
Accepted<std::string_view> cut_to(const StorageName& name, std::string_view bytes) {
    if (name.numbers > bytes.size() / name.kind->bytes)
        return refused(
            formatted("it is damaged or cut off: its storage \"{}\" is to hold {} numbers and holds {} bytes",
                      name.key, name.numbers, bytes.size()));
    return bytes.substr(0, name.numbers * name.kind->bytes);
}

Accepted<std::vector<StoredTensor>> in_zip(const ByteSource& source) {
    const auto entries = stored_zip_entries(source);
    if (!entries)
        return std::unexpected(entries.error());
    constexpr std::string_view pickle_name = "data.pkl";
    const auto is_pickle = [&](const auto& entry) {
        return entry.first == pickle_name || entry.first.ends_with("/data.pkl");
    };
    const auto found = std::ranges::find_if(*entries, is_pickle);
    if (found == entries->end())
        return refused("it is a zip archive, but not one of torch.save: it has no data.pkl",
                       save_the_weights);
    if (std::ranges::count_if(*entries, is_pickle) > 1)
        return refused("it has more than one data.pkl, so that nobody can tell which counts");
    if (found->second.size() > largest_pickle)
        return refused("its data.pkl is larger than 64 MiB", save_the_weights);
    const std::string folder(found->first.substr(0, found->first.size() - pickle_name.size()));
    const auto order = entries->find(folder + "byteorder");
    for (const auto part : {found->second, order != entries->end() ? order->second : std::string_view()})
        if (auto loaded = source.load(part); !loaded)
            return std::unexpected(loaded.error());
    if (order != entries->end() && order->second != "little" && order->second != "big")
        return refused("its byteorder is neither \"little\" nor \"big\"");
    const auto pickle = pickle_in(found->second);
    if (!pickle)
        return std::unexpected(pickle.error());
    auto tensors = tensors_in(pickle->value(), [&](const StorageName& name) -> Accepted<std::string_view> {
        const auto data = entries->find(folder + "data/" + std::string(name.key));
        if (data == entries->end())
            return refused(formatted("it lacks its storage \"{}\"", name.key));
        return cut_to(name, data->second);
    });
    if (tensors && order != entries->end() && order->second == "big")
        for (auto& tensor : *tensors)
            tensor.big_endian = true;
    return tensors;
}

// Every storage that the pickle mentions, by key.
Accepted<std::map<std::string_view, StorageName>> storages_named(const Pickle& pickle) {
    std::map<std::string_view, StorageName> found;
    for (const auto& value : pickle.values()) {
        const auto name = storage_named(value);
        if (!name)
            continue;
        const auto [place, is_new] = found.emplace(name->key, *name);
        if (!is_new && (place->second.kind != name->kind || place->second.numbers != name->numbers))
            return refused(unlike_torch);
    }
    return found;
}

// The storages' numbers, each behind its length in eight bytes, in the order of `keys`. PyTorch writes them
// little endian on every machine.
Accepted<std::map<std::string_view, std::string_view>>
storages_behind(const ByteSource& source, std::string_view bytes, const PickleValue& keys,
                const std::map<std::string_view, StorageName>& names) {
    std::map<std::string_view, std::string_view> found;
    if (keys.kind != Kind::list)
        return refused(unlike_torch);
    for (const auto* key : keys.items) {
        const auto name = names.find(key->text);
        if (key->kind != Kind::text || name == names.end())
            return refused(unlike_torch);
        std::uint64_t numbers = 0;
        if (bytes.size() < sizeof numbers)
            return refused(formatted("it is cut off before its storage \"{}\"", key->text));
        if (auto loaded = source.load(bytes.substr(0, sizeof numbers)); !loaded)
            return std::unexpected(loaded.error());
        for (std::size_t i = sizeof numbers; i-- > 0;)
            numbers = numbers << 8 | std::uint8_t(bytes[i]);
        bytes.remove_prefix(sizeof numbers);
        const auto size = name->second.kind->bytes;
        if (numbers != name->second.numbers)
            return refused(formatted("it is damaged: its storage \"{}\" is to hold {} numbers and says {}",
                                     key->text, name->second.numbers, numbers));
        if (numbers > bytes.size() / size)
            return refused(formatted("it is cut off inside its storage \"{}\"", key->text));
        found.emplace(key->text, bytes.substr(0, numbers * size));
        bytes.remove_prefix(numbers * size);
    }
    return found;
}

Accepted<std::vector<StoredTensor>> in_stream(const ByteSource& source) {
    auto bytes = source.all();
    const auto next = [&]() -> Accepted<Pickle> {
        const auto begin = bytes.substr(0, largest_pickle);
        if (auto loaded = source.load(begin); !loaded)
            return std::unexpected(loaded.error());
        auto pickle = pickle_in(begin);
        if (pickle)
            bytes.remove_prefix(pickle->length());
        return pickle;
    };
    const auto magic = next(), version = next();
    if (!magic || !version)
        return std::unexpected((magic ? version : magic).error());
    if (magic->value().text != magic_number || version->value().integer != stream_version)
        return refused("it is a stream of pickles, but not one of torch.save that is known",
                       save_the_weights);
    const auto machine = next();
    if (!machine)
        return std::unexpected(machine.error());
    const auto tensors = next();
    if (!tensors)
        return std::unexpected(tensors.error());
    const auto keys = next();
    if (!keys)
        return std::unexpected(keys.error());
    const auto names = storages_named(*tensors);
    if (!names)
        return std::unexpected(names.error());
    source.release(bytes); // how long the pickles are was not known
    const auto storages = storages_behind(source, bytes, keys->value(), *names);
    if (!storages)
        return std::unexpected(storages.error());
    return tensors_in(tensors->value(), [&](const StorageName& name) -> Accepted<std::string_view> {
        const auto found = storages->find(name.key);
        if (found == storages->end())
            return refused(formatted("it lacks its storage \"{}\"", name.key));
        return found->second;
    });
}

} // namespace

bool is_torch_zip(std::string_view bytes) {
    return bytes.starts_with("PK\3\4");
}

bool is_torch_stream(std::string_view bytes) {
    return bytes.starts_with("\x80") && bytes.substr(0, 32).contains(magic_number);
}

Accepted<std::vector<StoredTensor>> torch_tensors(const ByteSource& source) {
    constexpr std::size_t beginning = 64;
    if (auto loaded = source.load(source.all().substr(0, beginning)); !loaded)
        return std::unexpected(loaded.error());
    return is_torch_zip(source.all()) ? in_zip(source) : in_stream(source);
}

} // namespace neural_style
