// What a few candidates would gain as the next seed (Arthur and Vassilvitskii 2007, greedy), for one block of rows.
//
// A row whose nearest seed is closer than half the distance from that seed to every candidate gains nothing: it is not
// touched. Nor is a row whose sketch shows that no candidate is near enough. Of the others, those with few hopes are
// weighed pair by pair, and for the rest the candidates are the lanes of the product kernel.
#pragma once
#include "assign.hpp"
#include "sketch.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kSeedRows = 12;  // 12 sums, one panel vector and one broadcast fit 16 registers
constexpr int kIdleSteps = 7;  // a look at the sketches costs a tenth of a step; once in eight it is next to nothing
// What the end of a pair's sum and of a row's product costs, in vectors and half features of the loop before it.
constexpr int64_t kPairCost = 16, kRowCost = 28;

constexpr int64_t kLongRow = 1024;     // bytes: reading a row takes longer than weighing it
constexpr int64_t kFetchAhead = 1024;  // values between the row that is read and the one that is asked for

// Asks for the cache lines of a row that comes soon. Those of a long row go to the second cache: the first has too few
// open requests. Measured on float32 rows: 64 features take a quarter less time so, and 784 a third; 16 and 32 more.
template <class T> inline void fetch(const T* row, int64_t d) {
    constexpr int64_t kLine = 64 / int64_t(sizeof(T));
    if (d <= 2 * kLine)
        for (int64_t f = 0; f < d; f += kLine) __builtin_prefetch(row + f);
    else
        for (int64_t f = 0; f < d; f += kLine) __builtin_prefetch(row + f, 0, 2);
}

// apart[s] = a quarter of the least squared distance from seed s to a candidate, rounded down.
// seeds: (n, stride) centred, with their squares.
template <class T>
void seed_apart(const T* seeds, int64_t n_seeds, int64_t stride, const T* squares, const Centers<T>& c, T* apart) {
    constexpr int W = Simd<T>::W;
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    const int64_t n_panels = round_up(c.k, W) / W;
    for (int64_t s = 0; s < n_seeds; s += kSeedRows) {
        Vec<T> least[kSeedRows];
        const int64_t m = smaller<int64_t>(kSeedRows, n_seeds - s);
        for (int r = 0; r < kSeedRows; ++r) least[r] = splat(largest_finite<T>());
        for (int64_t p = 0; p < n_panels; ++p) {
            Vec<T> acc[kSeedRows][1];
            for (int r = 0; r < kSeedRows; ++r) acc[r][0] = load(c.panel_norms + p * W);
            product_tile<T, kSeedRows, 1>(seeds + s * stride, stride, c.panels + p * c.d * W, c.d, acc);
            for (int r = 0; r < kSeedRows; ++r) least[r] = vmin(least[r], acc[r][0]);
        }
        for (int64_t r = 0; r < m; ++r) {
            T low = largest_finite<T>();
            for (int l = 0; l < W; ++l) low = smaller<T>(low, least[r][l]);
            const T size = __builtin_sqrt(squares[s + r]) + reach;
            low = (low + squares[s + r] - factor * size * size) * T(0.25);
            apart[s + r] = low > 0 ? low * T(1 - 1e-6) : T(0);
        }
    }
}

// Scratch of one worker while it weighs candidates.
template <class T> struct SeedScratch {
    int64_t capacity;
    T* rows;         // (kSeedRows, stride)
    T* limit;        // (capacity,) a candidate with a score below it may be nearer than the nearest seed
    T* error;        // (capacity,)

    int64_t carve(char* at, int64_t d) {
        const char* start = at;
        auto take = [&at](int64_t n) {
            char* p = at;
            at += round_up(n, 64) + 64;
            return p;
        };
        capacity = kMostTileRows / kSeedRows * kSeedRows;
        rows = (T*)take(sizeof(T) * kSeedRows * row_stride<T>(d));
        limit = (T*)take(sizeof(T) * capacity);
        error = (T*)take(sizeof(T) * capacity);
        return at - start;
    }
};

template <class T> int64_t seed_scratch_bytes(int64_t d) {
    SeedScratch<T> probe;
    return probe.carve(nullptr, d);
}

// What one row gains from each of a panel's candidates that may be nearer.
template <class T>
inline void take_gains(Vec<T> scores, T limit, T error, double weight, uint32_t bits, double* gains, double* slack) {
    for (; bits; bits &= bits - 1) {
        const int l = __builtin_ctz(bits);
        const T gain = (limit - error) - scores[l];  // nearest - squared distance
        gains[l] += weight * double(larger(gain, T(0)));
        slack[l] += weight * double(error);
    }
}

// Prepares the limits that the scores of some rows are compared with.
template <class T>
void set_limits(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, SeedScratch<T>& s) {
    const T factor = T(error_factor<T>(job.rows.d)), reach = T(job.candidates.reach);
    for (int64_t r = 0; r < count; ++r) {
        s.error[r] = job.squares[base + index[r]];
        s.limit[r] = T(job.nearest[base + index[r]]);
    }
    for (int64_t r = 0; r < count; ++r) {
        const T square = s.error[r], size = __builtin_sqrt(square) + reach;
        s.error[r] = factor * size * size;
        s.limit[r] += s.error[r] - square;
    }
}

// A strip of rows for the product kernel, and their distance: where they stand, or a copy minus the shift.
template <class T>
inline const T* strip_of(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, SeedScratch<T>& s,
                         int64_t& stride) {
    constexpr int W = Simd<T>::W;
    const int64_t d = job.rows.d;
    if (job.unshifted && count == kSeedRows && index[kSeedRows - 1] - index[0] == kSeedRows - 1) {
        stride = d;
        return job.rows.values + (base + index[0]) * d;
    }
    const T* shift = job.candidates.shift;
    stride = row_stride<T>(d);
    for (int64_t r = 0; r < count; ++r) {
        const T* x = job.rows.values + (base + index[r]) * d;
        T* out = s.rows + r * stride;
        int64_t f = 0;
        for (; f + W <= d; f += W) store<T>(out + f, load(x + f) - load(shift + f));
        for (; f < d; ++f) out[f] = x[f] - shift[f];
    }
    return s.rows;
}

// A row has hopes only where its nearest seed is not closer than half the distance from that seed to every candidate.
template <class T> inline bool is_hopeful(const Seeding<T>& job, int64_t i) {
    return job.nearest[i] > double(job.apart[job.owner[i]]);
}

// Hopes of rows [first, end) by half the distances alone; appends to `index` those with any, counted from `base`.
template <class T>
int64_t find_by_owner(const Seeding<T>& job, int64_t base, int64_t first, int64_t end, int32_t* index) {
    const uint32_t all = (1u << job.candidates.k) - 1;
    int64_t m = 0;
    for (int64_t i = first; i < end; ++i) {  // without branches: nobody can foretell them
        const uint32_t hopeful = is_hopeful(job, i);
        job.hopes[i] = uint16_t(-hopeful & all);
        index[m] = int32_t(i - base);
        m += hopeful;
    }
    return m;
}

// How many rows the sketches leave, how many of these have hopes, and how many hopes they have.
struct Hopeful {
    int64_t left;
    int64_t rows;
    int64_t pairs;
};

// Hopes of the whole groups of rows in [begin, end) by sketches, then by half the distances; lists as above.
template <class T> Hopeful find_by_sketch(const Seeding<T>& job, int64_t begin, int64_t end, int32_t* index) {
    const int m_candidates = int(job.candidates.k);
    Hopeful found{0, 0, 0};
    for (int64_t first = begin; first + kSketchRows <= end; first += kSketchRows) {
        SketchGroup group;
        load_group(*job.sketch, job.sketch->rows + first * kSketch, job.nearest + first, group);
        uint32_t rows = test_candidates(*job.sketch, group, m_candidates, job.hopes + first);
        found.left += __builtin_popcount(rows);
        for (; rows; rows &= rows - 1) {
            const int64_t i = first + __builtin_ctz(rows);
            if (is_hopeful(job, i)) {
                index[found.rows++] = int32_t(i - begin);
                found.pairs += __builtin_popcount(uint32_t(job.hopes[i]));
            } else {
                job.hopes[i] = 0;
            }
        }
    }
    return found;
}

// Hopes of the rows of a block as far as bounds can tell, and in `index` (block,) the rows with any, counted from the
// first of the block; returns how many these are.
template <class T> int64_t find_hopeful(const Seeding<T>& job, int64_t block, int32_t* index) {
    const int64_t begin = block * job.block, end = smaller(job.rows.n, begin + job.block), k = job.candidates.k;
    Hopeful found{0, 0, 0};
    int64_t tested = 0;
    if (job.sketch && job.idle[block] == 0) {
        tested = (end - begin) / kSketchRows * kSketchRows;
        found = find_by_sketch(job, begin, end, index);
        // Where sketches tell next to nothing apart they are left alone for some steps: the nearest seeds come nearer.
        if (16 * found.left > 15 * tested && 2 * found.pairs > k * found.rows) job.idle[block] = kIdleSteps;
    } else if (job.sketch) {
        --job.idle[block];
    }
    const int64_t more = find_by_owner(job, begin, begin + tested, end, index + found.rows);
    return found.rows + more;
}

// Weighs the hopeful pairs of dense rows one by one, from differences. Returns all hopes that are left.
template <class T>
uint32_t weigh_pairs(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, double* gains,
                     double* slack) {
    const int64_t d = job.rows.d;
    const int64_t ahead = 1 + kFetchAhead / d;
    const double factor = 2 * error_factor<T>(d), tiny = double(d) * 1e-37;
    uint32_t any = 0;
    for (int64_t e = 0; e < count; ++e) {
        const int64_t i = base + index[e];
        const T* x = job.rows.values + i * d;
        const double nearest = job.nearest[i], weight = job.weights ? job.weights[i] : 1.0;
        uint32_t left = 0;
        if (e + ahead < count) fetch(job.rows.values + (base + index[e + ahead]) * d, d);
        for (uint32_t bits = job.hopes[i]; bits; bits &= bits - 1) {
            const int c = __builtin_ctz(bits);
            const double squared = squared_distance(x, job.candidates.raw + c * d, d), error = factor * squared + tiny;
            const bool hopeful = squared - error < nearest;  // no branch: half of the pairs are
            left |= uint32_t(hopeful) << c;
            gains[c] += weight * larger(nearest - squared, 0.0);
            slack[c] += weight * (hopeful ? error : 0.0);
        }
        job.hopes[i] = uint16_t(left);
        any |= left;
    }
    return any;
}

// Weighs all candidates on the rows listed by the product kernel. Returns all hopes that are left.
template <class T>
uint32_t weigh_rows(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, SeedScratch<T>& s,
                    double* gains, double* slack) {
    constexpr int W = Simd<T>::W;
    const Centers<T>& c = job.candidates;
    const int64_t d = job.rows.d, n_panels = round_up(c.k, W) / W;
    const int64_t ahead = round_up(1 + kFetchAhead / d, kSeedRows);
    uint32_t any = 0;
    set_limits(job, base, index, count, s);
    for (int64_t r = 0; r < count; r += kSeedRows) {
        const int64_t present = smaller<int64_t>(kSeedRows, count - r);
        int64_t stride = 0;
        const T* rows = job.rows.sparse() ? nullptr : strip_of(job, base, index + r, present, s, stride);
        if (!job.rows.sparse())
            for (int64_t e = r + ahead; e < smaller(count, r + ahead + kSeedRows); ++e)
                fetch(job.rows.values + (base + index[e]) * d, d);
        uint32_t known[kSeedRows];
        for (int64_t e = 0; e < present; ++e) {
            known[e] = job.hopes[base + index[r + e]];
            job.hopes[base + index[r + e]] = 0;
        }
        for (int64_t p = 0; p < n_panels; ++p) {
            Vec<T> acc[kSeedRows][1];
            for (int e = 0; e < kSeedRows; ++e) acc[e][0] = load(c.panel_norms + p * W);
            if (job.rows.sparse())
                for (int64_t e = 0; e < present; ++e) {
                    const SparseRow<T> row(job.rows, base + index[r + e]);
                    sparse_tile<T, 1>(row.values, row.columns, row.count, c.panels + p * d * W, d, acc[e]);
                }
            else
                product_tile<T, kSeedRows, 1>(rows, stride, c.panels + p * d * W, d, acc);
            for (int64_t e = 0; e < present; ++e) {
                const uint32_t bits = lane_bits(acc[e][0] < splat(s.limit[r + e])) & (known[e] >> (p * W));
                if (!bits) continue;
                const int64_t i = base + index[r + e];
                job.hopes[i] |= uint16_t(bits << (p * W));
                any |= bits << (p * W);
                take_gains<T>(acc[e][0], s.limit[r + e], s.error[r + e], job.weights ? job.weights[i] : 1.0, bits,
                              gains + p * W, slack + p * W);
            }
        }
    }
    return any;
}

// What the candidates gain from the `count` rows that find_hopeful listed. Rows with few hopes go pair by pair.
// index (2, block): the second half is for the others.
template <class T>
void seed_gains(const Seeding<T>& job, int64_t block, int32_t* index, int64_t count, char* scratch) {
    constexpr int W = Simd<T>::W;
    const int64_t begin = block * job.block, d = job.rows.d, n_panels = round_up(job.candidates.k, W) / W;
    double* gains = job.gains + block * kMostCandidates;
    double* slack = job.slack + block * kMostCandidates;
    for (int j = 0; j < kMostCandidates; ++j) gains[j] = slack[j] = 0;
    SeedScratch<T> s;
    s.carve(scratch, d);
    // Up to how many hopes a row goes by pairs: where both cost the same, or, where reading it costs most, unless it
    // has all: one pass in order is faster than two. Without sketches rows have all or none.
    const int64_t level = n_panels * (d / 2 + kRowCost) / (d / W + kPairCost);
    const int64_t few = !job.sketch ? 0 : d * int64_t(sizeof(T)) > kLongRow ? job.candidates.k - 1 : level;
    int32_t* many = few ? index + job.block : index;
    int64_t n_few = 0, n_many = few ? 0 : count;
    for (int64_t e = 0; e < count && few; ++e) {
        const bool is_few = __builtin_popcount(uint32_t(job.hopes[begin + index[e]])) <= few;
        many[n_many] = index[e];
        index[n_few] = index[e];
        n_few += is_few;
        n_many += !is_few;
    }
    uint32_t any = weigh_pairs(job, begin, index, n_few, gains, slack);
    for (int64_t first = 0; first < n_many; first += s.capacity)
        any |= weigh_rows(job, begin, many + first, smaller(s.capacity, n_many - first), s, gains, slack);
    job.any_hopes[block] = uint16_t(any);
}

// |x - shift|^2 of rows [begin, end).
template <class T>
void row_squares(const Rows<T>& rows, const T* shift, int64_t begin, int64_t end, T* squares, char* scratch) {
    T* dense = (T*)scratch;
    T* out = dense + round_up(rows.d, 64);
    for (int64_t i = begin; i < end; ++i)
        squares[i] = rows.sparse() ? SparseRow<T>(rows, i).square() : load_row(rows, i, shift, dense, out);
}

// nearest, owner of rows [begin, end) against a batch of new seeds, numbered from first_owner.
template <class T>
void absorb_block(const Rows<T>& rows, const Centers<T>& batch, int64_t begin, int64_t end, double* nearest,
                  int32_t* owner, int32_t first_owner, char* scratch) {
    Nearest<T> near;
    int32_t* index = (int32_t*)(scratch + near.carve(scratch, rows.d));
    for (int64_t i = begin; i < end; ++i) index[i - begin] = int32_t(i - begin);
    for (int64_t r = 0; r < end - begin; r += near.capacity) {
        const int64_t count = smaller(near.capacity, end - begin - r);
        find_nearest(rows, batch, index + r, begin, count, near);
        for (int64_t e = 0; e < count; ++e) {
            const int64_t i = begin + index[r + e];
            if (near.best[e] > T(nearest[i]) + near.error[e]) continue;
            const bool sure = near.second[e] - near.best[e] > 2 * near.error[e];
            const T* x = dense_row(rows, i, near.dense);
            double squared;
            int32_t id = near.id[e];
            const int32_t won = nearest_of(x, batch.raw, rows.d, sure ? &id : nullptr, sure ? 1 : batch.k, &squared);
            if (squared < nearest[i]) nearest[i] = squared, owner[i] = first_owner + won;
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
