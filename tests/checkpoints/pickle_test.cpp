// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "pickle.hpp"

#include <string>
#include <string_view>

namespace neural_style {

namespace {

using namespace std::string_view_literals;
using Kind = PickleValue::Kind;

bool only_ordered_dicts(std::string_view module, std::string_view name) {
    return module == "collections" && name == "OrderedDict";
}

Accepted<Pickle> read(std::string_view bytes) {
    return Pickle::read(bytes, only_ordered_dicts);
}

bool is_refused(std::string_view bytes, std::string_view word) {
    const auto pickle = read(bytes);
    return !pickle && pickle.error().why.contains(word);
}

void constants() {
    CHECK(read("N."sv)->value().kind == Kind::none);
    CHECK(read("\x88."sv)->value().integer == 1);
    CHECK(read("\x89."sv)->value().kind == Kind::boolean);
    CHECK(read("G\x3f\xf8\0\0\0\0\0\0."sv)->value().real == 1.5);
}

void integers_of_every_length() {
    CHECK(read("K\xff."sv)->value().integer == 255);
    CHECK(read("M\x01\x02."sv)->value().integer == 0x0201);
    CHECK(read("J\xfe\xff\xff\xff."sv)->value().integer == -2);
    CHECK(read("\x8a\x00."sv)->value().integer == 0);
    CHECK(read("\x8a\x01\xff."sv)->value().integer == -1);
    CHECK(read("\x8a\x03\x00\x00\x01."sv)->value().integer == 65536);
    CHECK(read("\x8b\x02\x00\x00\x00\x00\x80."sv)->value().integer == -32768);
    CHECK(read("\x8a\x09ninebytes."sv)->value().kind == Kind::large_integer);
}

void texts_of_every_length() {
    for (const auto bytes :
         {"X\x02\0\0\0ab."sv,
          "U\x02"
          "ab."sv,
          "\x8c\x02"
          "ab."sv,
          "\x8d\x02\0\0\0\0\0\0\0ab."sv, "T\x02\0\0\0ab."sv,
          "C\x02"
          "ab."sv,
          "B\x02\0\0\0ab."sv, "\x8e\x02\0\0\0\0\0\0\0ab."sv, "\x96\x02\0\0\0\0\0\0\0ab."sv}) {
        const auto pickle = read(bytes);
        CHECK(pickle && pickle->value().kind == Kind::text && pickle->value().text == "ab");
    }
}

void tuples() {
    CHECK(read(")."sv)->value().items.empty());
    for (const auto bytes : {"K\1K\2K\3\x87."sv, "(K\1K\2K\3t."sv}) {
        const auto pickle = read(bytes);
        CHECK(pickle && pickle->value().kind == Kind::tuple && pickle->value().items.size() == 3);
        CHECK(pickle->value().items[0]->integer == 1 && pickle->value().items[2]->integer == 3);
    }
}

void lists_and_sets() {
    CHECK(read("]K\1a(K\2K\3e."sv)->value().items.size() == 3);
    CHECK(read("(K\1K\2l."sv)->value().kind == Kind::list);
    CHECK(read("\x8f(K\1K\2\x90."sv)->value().items.size() == 2);
    CHECK(read("(K\1\x91."sv)->value().kind == Kind::set);
}

void dictionaries_are_found_by_key() {
    const auto pickle = read("}(U\1aK\1U\1bK\2uU\1cK\3s."sv);
    CHECK(pickle && pickle->value().at("b")->integer == 2 && pickle->value().at("c")->integer == 3);
    CHECK(pickle->value().at("d") == nullptr);
}

void calls_are_kept_and_not_made() {
    for (const auto bytes : {"ccollections\nOrderedDict\n)RU\1aK\1s}b."sv,
                             "\x8c\x0b"
                             "collections\x8c\x0bOrderedDict\x93)\x81U\1aK\1s."sv}) {
        const auto pickle = read(bytes);
        CHECK(pickle && pickle->value().kind == Kind::call);
        CHECK(pickle->value().function->is("collections", "OrderedDict"));
        CHECK(pickle->value().at("a")->integer == 1);
    }
}

void a_global_that_is_not_allowed_is_named() {
    CHECK(is_refused("cos\nsystem\n."sv, "\"os.system\""));
    CHECK(is_refused("ccollections\nCounter\n."sv, "\"collections.Counter\""));
}

void only_globals_are_called() {
    CHECK(is_refused("K\1)R."sv, "no name"));
    CHECK(is_refused("ccollections\nOrderedDict\nK\1R."sv, "no name"));
}

void the_memo_returns_the_same_value() {
    const auto pickle = read("]q\5K\1a0h\5."sv);
    CHECK(pickle && pickle->value().items.size() == 1);
    CHECK(read("]\x94K\1a0h\0."sv)->value().items.size() == 1);
    CHECK(read("]r\0\1\0\0000j\0\1\0\0."sv)->value().kind == Kind::list);
    CHECK(is_refused("h\0."sv, "damaged"));
}

void persistent_values_keep_their_identifier() {
    const auto pickle = read("U\1aQ."sv);
    CHECK(pickle && pickle->value().kind == Kind::persistent && pickle->value().items.front()->text == "a");
}

void what_follows_the_end_is_left() {
    const auto pickle = read("K\1.rest"sv);
    CHECK(pickle && pickle->length() == 3);
}

void a_mark_keeps_what_is_below_it() {
    CHECK(is_refused("K\1(0\x85."sv, "") == false);
    CHECK(is_refused("K\1(\x85."sv, "damaged"));
    CHECK(is_refused("](a."sv, "damaged"));
}

void depth_has_a_limit_without_recursion() {
    const auto nested = [](int levels) { return ")" + std::string(std::size_t(levels), '\x85') + "."; };
    CHECK(read(nested(Pickle::deepest - 1)).has_value());
    CHECK(is_refused(nested(Pickle::deepest), "deeper"));
    CHECK(is_refused(std::string(std::size_t(Pickle::deepest) + 1, '('), "deeper"));
}

void every_beginning_of_a_pickle_is_refused() {
    const auto whole =
        "\x80\x04\x95\x1f\0\0\0\0\0\0\0}(\x8c\1aK\1\x8c\1bG\0\0\0\0\0\0\0\0\x8c\1c\x8a\2ab\x94uQ\x85."sv;
    CHECK(read(whole).has_value());
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK(!read(whole.substr(0, length)));
}

} // namespace

} // namespace neural_style

int main() {
    using namespace neural_style;
    return tests::run_tests(
        {TEST(constants), TEST(integers_of_every_length), TEST(texts_of_every_length), TEST(tuples),
         TEST(lists_and_sets), TEST(dictionaries_are_found_by_key), TEST(calls_are_kept_and_not_made),
         TEST(a_global_that_is_not_allowed_is_named), TEST(only_globals_are_called),
         TEST(the_memo_returns_the_same_value), TEST(persistent_values_keep_their_identifier),
         TEST(what_follows_the_end_is_left), TEST(a_mark_keeps_what_is_below_it),
         TEST(depth_has_a_limit_without_recursion), TEST(every_beginning_of_a_pickle_is_refused)});
}
