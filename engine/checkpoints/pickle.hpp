// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads a pickle without executing it: what Python would call is kept as a call that nobody makes.
///
///     const auto pickle = Pickle::read(bytes, [](std::string_view module, std::string_view name) {
///         return module == "collections" && name == "OrderedDict";
///     });
///     if (pickle)
///         look_at(pickle->value());       // valid while `pickle` and `bytes` exist
///
/// Protocols 2 to 5. Pickles have opcodes that run a small stack machine; those that tensors need are known
/// here, all others are refused, as is every global that the caller does not allow. Values, memory and depth
/// have limits, no function here recurses, and texts are not copied. See Lib/pickletools.py of CPython for
/// the opcodes.
#pragma once

#include "refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

namespace neural_style {

struct PickleValue {
    enum class Kind {
        none,
        boolean,
        integer,
        large_integer, ///< of more than eight bytes
        real,
        text, ///< or bytes
        tuple,
        list,
        dictionary,
        set,
        global,    ///< a name that Python would import
        call,      ///< what Python would make by calling a global
        persistent ///< what the caller knows by an identifier
    };

    Kind kind = Kind::none;
    std::int64_t integer = 0; ///< booleans: 0 or 1
    double real = 0;
    std::string_view text{};   ///< globals: the name; large integers: little endian, two's complement
    std::string_view module{}; ///< of a global
    /// Of tuples, lists and sets; of dictionaries and calls key and value in turn; of persistents the
    /// identifier.
    std::vector<const PickleValue*> items{};
    const PickleValue* function = nullptr;  ///< of a call: a global
    const PickleValue* arguments = nullptr; ///< of a call: a tuple
    int depth = 1;                          ///< of values within values

    bool is(std::string_view global_module, std::string_view global_name) const {
        return kind == Kind::global && module == global_module && text == global_name;
    }
    /// The value of a dictionary or a call with such a key; nullptr if there is none.
    const PickleValue* at(std::string_view key) const;
};

class Pickle {
  public:
    using Allows = std::function<bool(std::string_view module, std::string_view name)>;

    static Accepted<Pickle> read(std::string_view bytes, const Allows& allows);

    const PickleValue& value() const { return *value_; }
    /// All that it holds, on any level.
    const std::deque<PickleValue>& values() const { return values_; }
    /// Bytes up to and including the pickle's end; others may follow.
    std::size_t length() const { return length_; }

    static constexpr std::size_t most_opcodes = 4'000'000, most_values = 1'000'000,
                                 most_remembered = 1'000'000;
    static constexpr std::size_t highest_stack = 100'000;
    static constexpr int deepest = 100;

  private:
    friend class PickleMachine;

    std::deque<PickleValue> values_; // addresses stay
    const PickleValue* value_ = nullptr;
    std::size_t length_ = 0;
};

} // namespace neural_style
