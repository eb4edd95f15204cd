// A tree of merges as text in the Newick format.
#pragma once
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "spanning_merges.hpp"

namespace ganglion {

// Without quotes a label ends at any of these; an underscore would be read as a blank.
inline bool is_plain_label(const std::string& name) {
    for (const char c : name)
        if (static_cast<unsigned char>(c) <= ' ' || c == 127 || std::strchr("()[]{},:;'\"_/\\", c)) return false;
    return !name.empty();
}

inline void append_label(std::string& text, const std::string& name) {
    if (is_plain_label(name)) {
        text += name;
        return;
    }
    text += '\'';
    for (const char c : name) text.append(c == '\'' ? 2 : 1, c);
    text += '\'';
}

inline void append_length(std::string& text, double length) {
    char digits[32];
    text += ':';
    text.append(digits, std::to_chars(digits, digits + sizeof digits, length).ptr);
}

// Leaves from left to right, each after the brackets that open with it and before those that close with it; a branch is
// as long as the heights of its ends are apart. `names` is empty for the leaves' numbers.
inline std::string newick_of(const Merges& merges, const std::vector<std::string>& names) {
    const int64_t n = merges.leaves();
    const LeafRanges ranges(merges);
    std::vector<int64_t> opening(size_t(n), 0);
    for (int64_t i = 0; i < merges.count; ++i) ++opening[size_t(ranges.start[size_t(n + i)])];
    std::string text;
    text.reserve(size_t(n) * 40);
    for (int64_t place = 0; place < n; ++place) {
        const int64_t leaf = ranges.order[size_t(place)];
        if (place) text += ',';
        text.append(size_t(opening[size_t(place)]), '(');
        append_label(text, names.empty() ? std::to_string(leaf) : names[size_t(leaf)]);
        int64_t node = leaf;
        for (int64_t up = ranges.parent[size_t(node)]; up >= 0; node = up, up = ranges.parent[size_t(up)]) {
            append_length(text, merges.height(up - n) - (node < n ? 0 : merges.height(node - n)));
            if (ranges.start[size_t(up)] + merges.size_of(up) != place + 1) break;  // its right child is still to come
            text += ')';
        }
    }
    return text + ';';
}

}  // namespace ganglion
