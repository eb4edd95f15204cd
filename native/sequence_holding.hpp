// Owners of spaces of sets and series, as the bindings keep them.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>

#include "sequence_building.hpp"
#include "sequence_spaces.hpp"

namespace ganglion {

// Copies of two collections of sets, and for each element who holds it.
struct HeldSets {
    std::vector<int32_t> ids, x_sizes, y_sizes, holders;
    std::vector<int64_t> offsets, holder_offsets;
    SetSpace space;

    HeldSets(const Sets& x, const Sets* other, int64_t universe) {
        const Sets& y = other ? *other : x;
        ids.assign(x.ids, x.ids + x.offsets[x.n]);
        offsets.assign(x.offsets, x.offsets + x.n + 1);
        x_sizes = sizes(x), y_sizes = sizes(y);
        holder_offsets.assign(size_t(universe) + 1, 0);
        for (int64_t e = 0; e < y.offsets[y.n]; ++e) ++holder_offsets[size_t(y.ids[e]) + 1];
        for (size_t u = 0; u < size_t(universe); ++u) holder_offsets[u + 1] += holder_offsets[u];
        std::vector<int64_t> next(holder_offsets.begin(), holder_offsets.end() - 1);
        holders.resize(size_t(y.offsets[y.n]));
        for (int64_t j = 0; j < y.n; ++j)
            for (int64_t e = y.offsets[j]; e < y.offsets[j + 1]; ++e)
                holders[size_t(next[size_t(y.ids[e])]++)] = int32_t(j);
        space.x = {ids.data(), offsets.data(), x.n};
        space.m = y.n;
        space.x_sizes = x_sizes.data(), space.y_sizes = y_sizes.data();
        space.holder_offsets = holder_offsets.data(), space.holders = holders.data();
        space.symmetric = !other;
    }

    // Common elements of a pair, on average.
    double mean_common() const {
        double sum = 0;
        for (int32_t id : ids) sum += double(holder_offsets[size_t(id) + 1] - holder_offsets[size_t(id)]);
        return sum / std::max(1.0, double(space.x.n) * double(space.m));
    }

  private:
    static std::vector<int32_t> sizes(const Sets& s) {
        std::vector<int32_t> found(static_cast<size_t>(s.n));
        for (int64_t i = 0; i < s.n; ++i) found[size_t(i)] = int32_t(s.offsets[i + 1] - s.offsets[i]);
        return found;
    }
};

// Copies of two collections of series, the second in panels.
template <class T> struct HeldSeries {
    std::vector<T> values;
    std::vector<int64_t> offsets;
    std::vector<int32_t> lengths;
    std::vector<SeriesPanel<T>> panels;
    PanelBytes bytes;
    SeriesSpace<T> space;
    double steps = 0;  // cells of one row over all panels

    HeldSeries(const SeriesOf<T>& x, const SeriesOf<T>* other, int64_t channels) {
        const SeriesOf<T>& y = other ? *other : x;
        values.assign(x.values, x.values + x.offsets[x.n] * channels);
        offsets.assign(x.offsets, x.offsets + x.n + 1);
        for (int64_t j = 0; j < y.n; ++j) lengths.push_back(int32_t(y.offsets[j + 1] - y.offsets[j]));
        make_panels(y, channels);
        space.x = {values.data(), offsets.data(), x.n};
        space.m = y.n, space.channels = channels;
        space.y_lengths = lengths.data(), space.panels = panels.data();
        space.symmetric = !other;
    }

    int64_t longest() const { return lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end()); }

  private:
    void make_panels(const SeriesOf<T>& y, int64_t channels) {
        constexpr int64_t lanes = kPanelBytes / int64_t(sizeof(T));
        std::vector<char> raw;
        std::vector<size_t> at;
        for (int64_t first = 0; first < y.n; first += lanes) {
            const int64_t count = std::min(lanes, y.n - first);
            const int64_t longest = *std::max_element(lengths.begin() + first, lengths.begin() + first + count);
            at.push_back(raw.size());
            raw.resize(raw.size() + size_t((longest + 2 * kWarpRows) * channels * kPanelBytes), 0);
            T* panel = reinterpret_cast<T*>(raw.data() + at.back());
            std::fill(panel, panel + kWarpRows * channels * lanes, std::numeric_limits<T>::infinity());
            for (int64_t l = 0; l < count; ++l)
                for (int64_t e = 0; e < lengths[size_t(first + l)] * channels; ++e)
                    panel[(kWarpRows * channels + e) * lanes + l] = y.values[y.offsets[first + l] * channels + e];
            panels.push_back({first, count, longest, nullptr});
            steps += double(longest);
        }
        bytes.assign(raw);
        for (size_t p = 0; p < at.size(); ++p) panels[p].values = reinterpret_cast<const T*>(bytes.data() + at[p]);
        panels.push_back({y.n, 0, 0, nullptr});  // where loops end
    }
};

}  // namespace ganglion
