#include "distance_blocks.hpp"
#include "distance_drivers.hpp"

namespace ganglion {
namespace {

// The k best of one row so far, as a heap with the worst on top: the farthest, of equals the one with the last index.
template <class T> struct Best {
    T* distances;
    int64_t* indices;
    int64_t k;

    static bool worse(T a, int64_t i, T b, int64_t j) { return a > b || (a == b && i > j); }
    void put(int64_t at, T d, int64_t index) const { distances[at] = d, indices[at] = index; }

    void rise(int64_t at, T d, int64_t index) const {
        while (at > 0) {
            const int64_t up = (at - 1) / 2;
            if (!worse(d, index, distances[up], indices[up])) break;
            put(at, distances[up], indices[up]);
            at = up;
        }
        put(at, d, index);
    }
    void sink(int64_t size, T d, int64_t index) const {
        int64_t at = 0;
        for (int64_t down; (down = 2 * at + 1) < size; at = down) {
            if (down + 1 < size && worse(distances[down + 1], indices[down + 1], distances[down], indices[down])) ++down;
            if (!worse(distances[down], indices[down], d, index)) break;
            put(at, distances[down], indices[down]);
        }
        put(at, d, index);
    }
    // Nearest first.
    void sort() const {
        for (int64_t size = k - 1; size > 0; --size) {
            const T d = distances[size];
            const int64_t index = indices[size];
            put(size, distances[0], indices[0]);
            sink(size, d, index);
        }
    }
};

// Offers columns [j0, j0 + m) to the k best of a row that has seen `held` of them; columns come in rising order, so a
// later one that ties with the worst never gets in. `hits` (m,).
template <class T>
int64_t offer(const Best<T>& best, int64_t held, const T* row, int64_t j0, int64_t m, int64_t self, int32_t* hits) {
    int64_t j = 0;
    for (; j < m && held < best.k; ++j)
        if (j0 + j != self) best.rise(held++, row[j], j0 + j);
    if (j == m) return held;
    const int64_t count = distance_kernels<T>().find_below(row + j, m - j, best.distances[0], false, hits);
    for (int64_t h = 0; h < count; ++h) {
        const int64_t at = j + hits[h];
        if (row[at] < best.distances[0] && j0 + at != self) best.sink(best.k, row[at], j0 + at);
    }
    return held;
}

}  // namespace

template <class T>
bool k_nearest(const Pairs<T>& pairs, int64_t k, bool without_self, int64_t* indices, T* distances) {
    if (k == 0) return true;
    const Blocks blocks = Blocks::cut(pairs.n, pairs.m, pairs.pair_cost);
    Workspace<T> space(pairs, kTileSide * kTileColumns + kTileColumns);
    Numbers<int64_t> held(pairs.n);
    for (int64_t start = 0; start < pairs.m; start += blocks.columns) {
        const int64_t stop = std::min(pairs.m, start + blocks.columns);
        const bool finished = parallel(blocks.down(), space.workers(), [&](int64_t block, int worker) {
            const int64_t r0 = block * blocks.rows, r1 = std::min(pairs.n, r0 + blocks.rows);
            T* own = space.own(worker);
            auto* hits = reinterpret_cast<int32_t*>(own + kTileSide * kTileColumns);
            for_tiles(r0, r1, start, stop, [&](int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
                pairs.tile(pairs.self, i0, i1, j0, j1, own, kTileColumns, space.scratch(worker));
                for (int64_t i = i0; i < i1; ++i)
                    held.data()[i] = offer<T>({distances + i * k, indices + i * k, k}, held.data()[i],
                                              own + (i - i0) * kTileColumns, j0, j1 - j0, without_self ? i : -1, hits);
            });
            if (stop == pairs.m)
                for (int64_t i = r0; i < r1; ++i) Best<T>{distances + i * k, indices + i * k, k}.sort();
        });
        if (!finished) return false;
    }
    return true;
}

namespace {

// What one block found: the hits of its rows one after the other.
template <class T> struct Found {
    std::vector<int64_t> ends, indices;
    std::vector<T> distances;
};

// Rows [i0, i1) and columns [j0, j1), row after row, so that a block's hits stand in order.
template <class T> struct Search {
    const Pairs<T>& pairs;
    T radius;
    bool without_self;

    void take(const T* row, int64_t i, int64_t j0, int64_t m, int32_t* hits, Found<T>& found) const {
        const int64_t count = distance_kernels<T>().find_below(row, m, radius, true, hits);
        for (int64_t h = 0; h < count; ++h) {
            if (without_self && i == j0 + hits[h]) continue;
            found.indices.push_back(j0 + hits[h]);
            found.distances.push_back(row[hits[h]]);
        }
        found.ends.push_back(int64_t(found.indices.size()));
    }
};

// Puts what the blocks of some rows found together, row by row, behind what stands in `out`.
template <class T> bool append(const Blocks& blocks, const std::vector<Found<T>>& found, Neighbors<T>& out) {
    const auto begin_of = [](const Found<T>& f, int64_t r) { return r == 0 ? 0 : f.ends[size_t(r - 1)]; };
    const size_t first = out.indptr.size();
    out.indptr.resize(first + size_t(blocks.n), 0);
    for (int64_t b = 0; b < blocks.count(); ++b) {
        const Found<T>& f = found[size_t(b)];
        for (int64_t r = 0; r < int64_t(f.ends.size()); ++r)
            out.indptr[first + size_t(b / blocks.across() * blocks.rows + r)] += f.ends[size_t(r)] - begin_of(f, r);
    }
    for (size_t i = first; i < out.indptr.size(); ++i) out.indptr[i] += out.indptr[i - 1];
    out.indices.resize(size_t(out.indptr.back()));
    out.distances.resize(size_t(out.indptr.back()));
    return parallel(blocks.down(), get_num_threads(), [&](int64_t down, int) {
        const int64_t rows = std::min(blocks.rows, blocks.n - down * blocks.rows);
        for (int64_t r = 0; r < rows; ++r) {
            int64_t at = out.indptr[first + size_t(down * blocks.rows + r) - 1];
            for (int64_t a = 0; a < blocks.across(); ++a) {
                const Found<T>& f = found[size_t(down * blocks.across() + a)];
                const int64_t begin = begin_of(f, r), end = f.ends[size_t(r)];
                std::copy(f.indices.begin() + begin, f.indices.begin() + end, out.indices.begin() + at);
                std::copy(f.distances.begin() + begin, f.distances.begin() + end, out.distances.begin() + at);
                at += end - begin;
            }
        }
    });
}

// Blocks whose finds are kept at a time, before they are put together.
constexpr int64_t kMostFound = 8192;

}  // namespace

template <class T> bool within(const Pairs<T>& pairs, T radius, bool without_self, Neighbors<T>& out) {
    // Tiles of all rows of a block, as wide as a block: hits come row after row.
    Blocks blocks = Blocks::cut(pairs.n, pairs.m, pairs.pair_cost);
    blocks.columns = std::min(blocks.columns, 8 * kTileColumns);
    const int64_t at_once = std::max<int64_t>(1, kMostFound / std::max<int64_t>(1, blocks.across())) * blocks.rows;
    Workspace<T> space(pairs, (blocks.rows + 1) * blocks.columns);
    const Search<T> search{pairs, radius, without_self};
    out.indptr.assign(1, 0);
    for (int64_t row0 = 0; row0 < pairs.n; row0 += at_once) {
        blocks.n = std::min(at_once, pairs.n - row0);
        std::vector<Found<T>> found(size_t(blocks.count()));
        const bool finished = parallel(blocks.count(), space.workers(), [&](int64_t block, int worker) {
            const int64_t r0 = block / blocks.across() * blocks.rows, r1 = std::min(blocks.n, r0 + blocks.rows);
            const int64_t j0 = block % blocks.across() * blocks.columns, j1 = std::min(blocks.m, j0 + blocks.columns);
            T* own = space.own(worker);
            auto* hits = reinterpret_cast<int32_t*>(own + blocks.rows * blocks.columns);
            pairs.tile(pairs.self, row0 + r0, row0 + r1, j0, j1, own, blocks.columns, space.scratch(worker));
            for (int64_t r = r0; r < r1; ++r)
                search.take(own + (r - r0) * blocks.columns, row0 + r, j0, j1 - j0, hits, found[size_t(block)]);
        });
        if (!finished || !append(blocks, found, out)) return false;
    }
    return true;
}

template bool k_nearest(const Pairs<float>&, int64_t, bool, int64_t*, float*);
template bool k_nearest(const Pairs<double>&, int64_t, bool, int64_t*, double*);
template bool within(const Pairs<float>&, float, bool, Neighbors<float>&);
template bool within(const Pairs<double>&, double, bool, Neighbors<double>&);

}  // namespace ganglion
