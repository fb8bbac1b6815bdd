// SPDX-License-Identifier: GPL-3.0-or-later
#include "pickle.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

namespace neural_style {

namespace {

using Kind = PickleValue::Kind;

constexpr const char* damaged = "its pickle is damaged";

// Names of opcodes that weights never need, for the sentence that refuses them.
const char* name_of_refused(std::uint8_t opcode) {
    switch (opcode) {
    case 'i':
        return "INST";
    case 'o':
        return "OBJ";
    case 'P':
        return "PERSID";
    case 0x82:
    case 0x83:
    case 0x84:
        return "EXT";
    case 0x97:
        return "NEXT_BUFFER";
    case 0x98:
        return "READONLY_BUFFER";
    case 'I':
    case 'L':
    case 'F':
    case 'S':
    case 'V':
    case 'g':
    case 'p':
        return "of protocol 0";
    default:
        return "unknown";
    }
}

bool can_be_said(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 127; });
}

// Of a name in the file, for a sentence.
std::string said(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string out;
    for (const char c : text.substr(0, longest))
        out += c >= ' ' && c < 127 ? c : '?';
    return text.size() > longest ? out + "..." : out;
}

} // namespace

const PickleValue* PickleValue::at(std::string_view key) const {
    if (kind != Kind::dictionary && kind != Kind::call)
        return nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
        if (items[i]->kind == Kind::text && items[i]->text == key)
            return items[i + 1];
    return nullptr;
}

class PickleMachine {
  public:
    PickleMachine(std::string_view bytes, const Pickle::Allows& allows) : bytes_(bytes), allows_(allows) {}

    Accepted<Pickle> run() {
        for (std::size_t opcodes = 0; !done_; ++opcodes) {
            if (opcodes == Pickle::most_opcodes)
                refuse(formatted("its pickle has more than {} steps", Pickle::most_opcodes));
            if (!refusal_)
                step();
            if (!refusal_ && stack_.size() > Pickle::highest_stack)
                refuse("its pickle keeps too many values waiting");
            if (refusal_)
                return std::unexpected(std::move(*refusal_));
        }
        pickle_.length_ = place_;
        return std::move(pickle_);
    }

  private:
    void step() {
        switch (const auto opcode = std::uint8_t(number<1>()); opcode) {
        case 0x80: // PROTO
            if (const auto protocol = number<1>(); !refusal_ && protocol > 5)
                refuse(formatted("its pickle has protocol {}, and only those up to 5 are known", protocol));
            return;
        case 0x95: // FRAME
            if (const auto length = number<8>(); !refusal_ && length > bytes_.size() - place_)
                refuse("it is cut off inside its pickle");
            return;
        case '.': // STOP
            pickle_.value_ = pop();
            if (!refusal_ && !(stack_.empty() && marks_.empty()))
                refuse(damaged);
            done_ = !refusal_;
            return;
        case '(': // MARK
            if (marks_.size() >= std::size_t(Pickle::deepest))
                return too_deep();
            marks_.push_back(stack_.size());
            return;
        case '0': // POP
            if (marks_.empty() || marks_.back() < stack_.size())
                pop();
            else
                marks_.pop_back();
            return;
        case '1': // POP_MARK
            marked();
            return;
        case '2': // DUP
            if (auto* const top = pop()) {
                stack_.push_back(top);
                stack_.push_back(top);
            }
            return;
        case 'N':
            push({.kind = Kind::none});
            return;
        case 0x88: // NEWTRUE
        case 0x89: // NEWFALSE
            push({.kind = Kind::boolean, .integer = opcode == 0x88});
            return;
        case 'J': // BININT
            push({.kind = Kind::integer, .integer = std::int32_t(number<4>())});
            return;
        case 'K': // BININT1
            push({.kind = Kind::integer, .integer = std::int64_t(number<1>())});
            return;
        case 'M': // BININT2
            push({.kind = Kind::integer, .integer = std::int64_t(number<2>())});
            return;
        case 0x8a: // LONG1
            return push_long(number<1>());
        case 0x8b: // LONG4
            return push_long(number<4>());
        case 'G': // BINFLOAT, big endian
            push({.kind = Kind::real, .real = std::bit_cast<double>(std::byteswap(number<8>()))});
            return;
        case 'X': // BINUNICODE
        case 'T': // BINSTRING
        case 'B': // BINBYTES
            return push_text(number<4>());
        case 0x8c: // SHORT_BINUNICODE
        case 'U':  // SHORT_BINSTRING
        case 'C':  // SHORT_BINBYTES
            return push_text(number<1>());
        case 0x8d: // BINUNICODE8
        case 0x8e: // BINBYTES8
        case 0x96: // BYTEARRAY8
            return push_text(number<8>());
        case ')': // EMPTY_TUPLE
            push({.kind = Kind::tuple});
            return;
        case 0x85: // TUPLE1
        case 0x86: // TUPLE2
        case 0x87: // TUPLE3
            return push_tuple(opcode - 0x84u);
        case 't': // TUPLE
            return push_with(Kind::tuple, marked());
        case ']': // EMPTY_LIST
            push({.kind = Kind::list});
            return;
        case 'l': // LIST
            return push_with(Kind::list, marked());
        case '}': // EMPTY_DICT
            push({.kind = Kind::dictionary});
            return;
        case 'd': // DICT
            return push_with(Kind::dictionary, pairs(marked()));
        case 0x8f: // EMPTY_SET
            push({.kind = Kind::set});
            return;
        case 0x91: // FROZENSET
            return push_with(Kind::set, marked());
        case 'a': // APPEND
            return add({pop()}, Kind::list);
        case 'e': // APPENDS
            return add(marked(), Kind::list);
        case 0x90: // ADDITEMS
            return add(marked(), Kind::set);
        case 's': { // SETITEM
            auto* const value = pop();
            auto* const key = pop();
            return add({key, value}, Kind::dictionary);
        }
        case 'u': // SETITEMS
            return add(pairs(marked()), Kind::dictionary);
        case 'c': { // GLOBAL
            const auto module = line(), name = line();
            return push_global(module, name);
        }
        case 0x93: { // STACK_GLOBAL
            const auto* const name = pop();
            const auto* const module = pop();
            if (refusal_)
                return;
            if (name->kind != Kind::text || module->kind != Kind::text)
                return refuse(damaged);
            return push_global(module->text, name->text);
        }
        case 'R':    // REDUCE
        case 0x81: { // NEWOBJ
            const auto* const arguments = pop();
            return push_call(pop(), arguments);
        }
        case 0x92: { // NEWOBJ_EX
            const auto* const keywords = pop();
            const auto* const arguments = pop();
            push_call(pop(), arguments);
            if (!refusal_ && (keywords->kind != Kind::dictionary || !keywords->items.empty()))
                refuse("its pickle calls something with named arguments, which no weights need",
                       save_the_weights);
            return;
        }
        case 'b': { // BUILD: attributes, such as an OrderedDict's _metadata; nothing here needs them
            pop();
            const auto* const object = top();
            if (!refusal_ && object->kind != Kind::call)
                refuse(damaged);
            return;
        }
        case 'h': // BINGET
            return recall(number<1>());
        case 'j': // LONG_BINGET
            return recall(number<4>());
        case 'q': // BINPUT
            return remember(number<1>());
        case 'r': // LONG_BINPUT
            return remember(number<4>());
        case 0x94: // MEMOIZE
            return remember(memo_.size());
        case 'Q': // BINPERSID
            return push_with(Kind::persistent, {pop()});
        default:
            if (!refusal_)
                refuse(formatted("its pickle has the step 0x{:02x} ({}), which no weights need", opcode,
                                 name_of_refused(opcode)),
                       save_the_weights);
        }
    }

    void refuse(std::string why, std::string what_to_do = download_again) {
        if (!refusal_)
            refusal_ = Refusal{std::move(why), std::move(what_to_do)};
    }
    void too_deep() { refuse(formatted("its pickle is nested deeper than {} levels", Pickle::deepest)); }

    std::string_view take(std::uint64_t length) {
        if (refusal_)
            return {};
        if (length > bytes_.size() - place_) {
            refuse("it is cut off inside its pickle");
            return {};
        }
        const auto taken = bytes_.substr(place_, length);
        place_ += length;
        return taken;
    }
    // Little endian, without a sign; 0 after a refusal.
    template <std::size_t bytes>
    std::uint64_t number() {
        std::uint64_t value = 0;
        const auto taken = take(bytes);
        for (std::size_t i = taken.size(); i-- > 0;)
            value = value << 8 | std::uint8_t(taken[i]);
        return value;
    }
    std::string_view line() {
        constexpr std::size_t longest = 1000;
        const auto length = bytes_.substr(std::min(place_, bytes_.size()), longest).find('\n');
        if (length == std::string_view::npos) {
            refuse(damaged);
            return {};
        }
        const auto taken = take(length);
        take(1);
        return taken;
    }

    // Never nullptr without a refusal. What is below the last mark belongs to another value.
    PickleValue* top() {
        if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size()))
            refuse(damaged);
        return refusal_ ? nullptr : stack_.back();
    }
    PickleValue* pop() {
        auto* const value = top();
        if (value)
            stack_.pop_back();
        return value;
    }
    // Everything above the last mark.
    std::vector<const PickleValue*> marked() {
        if (marks_.empty())
            refuse(damaged);
        if (refusal_)
            return {};
        const auto first = stack_.begin() + std::ptrdiff_t(marks_.back());
        std::vector<const PickleValue*> items(first, stack_.end());
        stack_.erase(first, stack_.end());
        marks_.pop_back();
        return items;
    }
    std::vector<const PickleValue*> pairs(std::vector<const PickleValue*> items) {
        if (items.size() % 2 != 0)
            refuse(damaged);
        return items;
    }

    PickleValue* push(PickleValue value) {
        if (pickle_.values_.size() == Pickle::most_values)
            refuse(formatted("its pickle holds more than {} values", Pickle::most_values));
        if (refusal_)
            return nullptr;
        stack_.push_back(&pickle_.values_.emplace_back(std::move(value)));
        return stack_.back();
    }
    void push_text(std::uint64_t length) { push({.kind = Kind::text, .text = take(length)}); }
    void push_long(std::uint64_t length) {
        const auto digits = take(length);
        if (digits.size() > sizeof(std::int64_t))
            return void(push({.kind = Kind::large_integer, .text = digits}));
        std::uint64_t value = 0;
        if (!digits.empty())
            std::memcpy(&value, digits.data(), digits.size());
        if (!digits.empty() && digits.size() < sizeof value && std::uint8_t(digits.back()) >= 0x80)
            value |= ~std::uint64_t(0) << (8 * digits.size());
        push({.kind = Kind::integer, .integer = std::int64_t(value)});
    }
    void push_with(Kind kind, const std::vector<const PickleValue*>& items) {
        if (auto* const value = push({.kind = kind}))
            insert(*value, items);
    }
    void push_tuple(std::size_t length) {
        std::vector<const PickleValue*> items(length);
        for (auto item = items.rbegin(); item != items.rend(); ++item)
            *item = pop();
        push_with(Kind::tuple, items);
    }
    void push_global(std::string_view module, std::string_view name) {
        if (refusal_)
            return;
        if (!can_be_said(module) || !can_be_said(name) || !allows_(module, name))
            return refuse(
                formatted("it wants Python to run \"{}.{}\", which weights do not need, and which may do "
                          "anything",
                          said(module), said(name)),
                save_the_weights);
        push({.kind = Kind::global, .text = name, .module = module});
    }
    void push_call(const PickleValue* function, const PickleValue* arguments) {
        if (refusal_)
            return;
        if (function->kind != Kind::global || arguments->kind != Kind::tuple)
            return refuse("its pickle calls something that is no name", save_the_weights);
        if (auto* const value = push({.kind = Kind::call, .function = function, .arguments = arguments}))
            deepen(*value, *arguments);
    }

    // Adds to the container on top; an object takes what its kind would.
    void add(const std::vector<const PickleValue*>& items, Kind kind) {
        auto* const container = top();
        if (refusal_)
            return;
        if (container->kind != kind && !(container->kind == Kind::call && kind == Kind::dictionary))
            return refuse(damaged);
        insert(*container, items);
    }
    void insert(PickleValue& container, const std::vector<const PickleValue*>& items) {
        for (const auto* item : items)
            deepen(container, *item);
        container.items.insert(container.items.end(), items.begin(), items.end());
    }
    void deepen(PickleValue& container, const PickleValue& inside) {
        container.depth = std::max(container.depth, inside.depth + 1);
        if (container.depth > Pickle::deepest)
            too_deep();
    }

    void remember(std::uint64_t place) {
        auto* const value = top();
        if (!refusal_ && memo_.size() == Pickle::most_remembered)
            refuse(formatted("its pickle remembers more than {} values", Pickle::most_remembered));
        if (!refusal_)
            memo_.insert_or_assign(place, value);
    }
    void recall(std::uint64_t place) {
        if (refusal_)
            return;
        const auto found = memo_.find(place);
        if (found == memo_.end())
            return refuse(damaged);
        stack_.push_back(found->second);
    }

    std::string_view bytes_;
    const Pickle::Allows& allows_;
    Pickle pickle_;
    std::size_t place_ = 0;
    std::vector<PickleValue*> stack_;
    std::vector<std::size_t> marks_; // heights of the stack
    std::unordered_map<std::uint64_t, PickleValue*> memo_;
    std::optional<Refusal> refusal_;
    bool done_ = false;
};

Accepted<Pickle> Pickle::read(std::string_view bytes, const Allows& allows) {
    return PickleMachine(bytes, allows).run();
}

} // namespace neural_style
