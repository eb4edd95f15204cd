// Sketches: 16 bytes a row in which no two rows are farther apart than they are, and the test that leaves out
// candidates that they prove too far away (the lemma of the lower bound, in k-means++'s greedy form).
//
// u -> (P'u, |u - P P'u|) with orthonormal columns in P brings no two points farther apart; nor does cutting
// coordinates off at an end of their range. Rounding, and what P lacks in being orthonormal, go into a margin: the
// largest that any row needs. So a sketch can exclude too little, and never a candidate that would gain.
#pragma once
#include "nearest.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kSketchStrip = 8;  // rows that are mapped at a time

template <class T> inline int64_t sketch_scratch_bytes(int64_t d) {
    return kSketchStrip * row_stride<T>(d) * int64_t(sizeof(T)) + 64;
}

// One row's products with the directions, z (kSketch,), to bytes; returns by how much they may be wrong, in units.
template <class T> inline double quantise(const SketchMap<T>& map, T* z, double square, int64_t d, int8_t* out) {
    constexpr double kTiny = 1e-44;  // float32 squares that underflow
    const double factor = error_factor<T>(d), size = __builtin_sqrt(square) * (1 + factor);
    double error = 4 * factor * size;  // each of 16 products errs by at most factor * |u|
    if (map.residual) {
        double along = 0;
        for (int f = 0; f < map.directions; ++f) along += double(z[f]) * double(z[f]);
        const double rest = square - along, slack = (11 * factor + 1.1 * map.skew) * square + kTiny * double(d);
        error += rest > slack ? slack / __builtin_sqrt(rest) : __builtin_sqrt(slack);
        z[map.directions] = T((rest > 0 ? __builtin_sqrt(rest) : 0.0) - map.level);
    }
    const T scale = T(1 / map.unit);
    T loss[kSketch], cut[kSketch];
    int32_t q[kSketch];
    for (int f = 0; f < kSketch; ++f) {
        const T low = z[f] * scale > T(-127) ? z[f] * scale : T(-127);
        cut[f] = low < T(127) ? low : T(127);
    }
    for (int f = 0; f < kSketch; ++f) q[f] = int32_t(cut[f] + (cut[f] < 0 ? T(-0.5) : T(0.5)));
    for (int f = 0; f < kSketch; ++f) loss[f] = (cut[f] - T(q[f])) * (cut[f] - T(q[f]));
    for (int f = 0; f < kSketch; f += 4) {
        const uint32_t word = uint32_t(q[f] & 255) | uint32_t(q[f + 1] & 255) << 8 | uint32_t(q[f + 2] & 255) << 16 |
                              uint32_t(q[f + 3]) << 24;
        __builtin_memcpy(out + sketch_place(f), &word, sizeof word);
    }
    for (int half = kSketch / 2; half > 0; half /= 2)
        for (int f = 0; f < half; ++f) loss[f] += loss[f + half];
    return error / map.unit + __builtin_sqrt(double(loss[0])) + 1e-3;
}

// Sketches of the dense rows [begin, end), begin a multiple of kSketchRows, to out (all rows' sketches, zero so far);
// returns the largest error in units. Rows without weight may be anything: theirs stay zero.
template <class T>
double sketch_block(const Rows<T>& rows, const SketchMap<T>& map, const double* weights, int64_t begin, int64_t end,
                    int8_t* out, char* scratch) {
    constexpr int R = kSketchStrip, W = Simd<T>::W;
    const int64_t d = rows.d, stride = row_stride<T>(d);
    T* strip = (T*)scratch;
    double most = 0;
    for (int64_t i = begin; i < end; i += R) {
        T squares[R], z[R][kSketch];
        for (int64_t r = 0; r < R; ++r)
            squares[r] = load_row<T>(rows, smaller(i + r, end - 1), map.middle, nullptr, strip + r * stride);
        for (int p = 0; p < kSketch / W; ++p) {
            Vec<T> acc[R][1] = {};
            product_tile<T, R, 1>(strip, stride, map.panels + p * d * W, d, acc);
            for (int r = 0; r < R; ++r) store(z[r] + p * W, acc[r][0]);
        }
        for (int64_t r = 0; r < R && i + r < end; ++r)
            if (!weights || weights[i + r] > 0)
                most = larger(most, quantise(map, z[r], double(squares[r]), d, out + sketch_row(i + r)));
    }
    return most;
}

// The same number of bytes as 16-bit and as 32-bit integers.
typedef Index<float> Words;
typedef int16_t Halves __attribute__((vector_size(kBytes)));
constexpr int kGroupVectors = kSketchRows / Simd<float>::W;

// Lane l: the sum of the two products of 16-bit numbers that stand in lane l.
inline Words multiply_pairs(Words a, Words b) {
#if defined(__AVX512BW__)
    return (Words)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (Words)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (Words)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}

// A group of rows ready for the test.
struct SketchGroup {
    Words pairs[kSketch / 2][kGroupVectors];  // two coordinates of 16 bits in a row's lane
    Words limits[kGroupVectors];              // half of (|q|^2 - the least excluded squared distance), rounded down
};

// `q`: the sketches of a group; `nearest` (kSketchRows,) squared distances to the nearest seed.
inline void load_group(const SketchTest& test, const int8_t* q, const double* nearest, SketchGroup& group) {
    constexpr int W = Simd<float>::W;
    float reach[kSketchRows];
    for (int l = 0; l < kSketchRows; ++l) reach[l] = float(nearest[l]);
    for (int l = 0; l < kSketchRows; ++l) reach[l] = __builtin_sqrtf(reach[l]);
    for (int v = 0; v < kGroupVectors; ++v) {
        // The least excluded squared distance; 4e-6 and 3 are for the rounding of these lines.
        Vec<float> far = load(reach + v * W) * test.stretch + test.margin;
        far = vmin(far * far * (1 + 4e-6f) + 3, splat(kFarthestSketch));
        Words squares{};
        for (int f = 0; f < kSketch / 4; ++f) {
            Halves bytes;
            __builtin_memcpy(&bytes, q + (f * kSketchRows + v * W) * 4, sizeof bytes);
            const Words even = (Words)((bytes << 8) >> 8), odd = (Words)(bytes >> 8);
            group.pairs[2 * f][v] = even;
            group.pairs[2 * f + 1][v] = odd;
            squares += multiply_pairs(even, even) + multiply_pairs(odd, odd);
        }
        group.limits[v] = (squares - __builtin_convertvector(far, Words)) >> 1;
    }
}

// Sets bit first + r of words[v] in the lanes of the rows that candidate first + r is not too far from to gain.
template <int R> inline void test_some(const SketchTest& test, const SketchGroup& group, int first, Words* words) {
    Words acc[R][kGroupVectors] = {};
#pragma GCC unroll 8
    for (int p = 0; p < kSketch / 2; ++p)
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const Words c = Words{} + test.candidates[first + r][p];
            for (int v = 0; v < kGroupVectors; ++v) acc[r][v] += multiply_pairs(group.pairs[p][v], c);
        }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
        for (int v = 0; v < kGroupVectors; ++v)
            words[v] |= (acc[r][v] > group.limits[v] + test.half_squares[first + r]) & (1 << (first + r));
}

// The hopes (kSketchRows,) of a group's rows by their sketches; returns the rows with any as bits.
inline uint32_t test_candidates(const SketchTest& test, const SketchGroup& group, int m, uint16_t* hopes) {
    constexpr int W = Simd<float>::W;
    typedef uint16_t Shorts __attribute__((vector_size(2 * W), aligned(2), may_alias));
    Words words[kGroupVectors] = {};
    int c = 0;
    if constexpr (kGroupVectors == 1)
        for (; c + 6 <= m; c += 6) test_some<6>(test, group, c, words);
    for (; c + 3 <= m; c += 3) test_some<3>(test, group, c, words);
    if (c + 2 == m) test_some<2>(test, group, c, words);
    if (c + 1 == m) test_some<1>(test, group, c, words);
    uint32_t rows = 0;
    for (int v = 0; v < kGroupVectors; ++v) {
        *reinterpret_cast<Shorts*>(hopes + v * W) = __builtin_convertvector(words[v], Shorts);
        rows |= lane_bits(words[v] != 0) << (v * W);
    }
    return rows;
}

}  // namespace ganglion::GANGLION_NAMESPACE
