// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "pixels_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

namespace {

constexpr int kW = Simd<float>::W;
typedef int16_t Shorts __attribute__((vector_size(kW * 2)));
typedef int16_t ShortsUnaligned __attribute__((vector_size(kW * 2), aligned(2), may_alias));

inline Vec<float> load_shorts(const int16_t* p) {
    return __builtin_convertvector(*reinterpret_cast<const ShortsUnaligned*>(p), Vec<float>);
}

// The nearest whole number, the even one of two. Adding 1.5 * 2^23 leaves no bits for fractions.
inline void store_rounded(int16_t* p, Vec<float> v) {
    constexpr float shifter = 12582912.0f;
    const Index<float> whole = __builtin_convertvector((v + shifter) - shifter, Index<float>);
    *reinterpret_cast<ShortsUnaligned*>(p) = __builtin_convertvector(whole, Shorts);
}

// The cube root of values in [0.008, 1.1]: a third of the exponent and fraction, off by at most 4 %, then twice Halley's
// step, which cubes the error: 2e-5, then rounding.
inline Vec<float> cube_root(Vec<float> t) {
    // (bits / 3) in floats: 24 bits of it are enough for a first guess, and no set divides integers.
    const Vec<float> third = __builtin_convertvector((Index<float>)t, Vec<float>) * (1.0f / 3.0f);
    Vec<float> x = (Vec<float>)(__builtin_convertvector(third, Index<float>) + 0x2a514067);
    for (int step = 0; step < 2; ++step) {
        const Vec<float> cube = x * x * x;
        x = x * ((cube + (t + t)) / ((cube + cube) + t));
    }
    return x;
}

// CIE 15: the cube root, and below (6 / 29)^3 the line that touches it.
inline Vec<float> lightness(Vec<float> t) {
    const Vec<float> line = t * (841.0f / 108.0f) + (4.0f / 29.0f);
    return t > 216.0f / 24389.0f ? cube_root(vmax(t, splat(0.008f))) : line;
}

// Linear light of IEC 61966-2-1 to X/Xn, Y/Yn, Z/Zn. Each row is divided by its sum, so that greys have no colour.
constexpr float kX[3] = {0.412453f / 0.950456f, 0.357580f / 0.950456f, 0.180423f / 0.950456f};
constexpr float kY[3] = {0.212671f, 0.715160f, 0.072169f};
constexpr float kZ[3] = {0.019334f / 1.088754f, 0.119193f / 1.088754f, 0.950227f / 1.088754f};

inline Vec<float> weighed(const float (&m)[3], Vec<float> r, Vec<float> g, Vec<float> b) {
    return (r * m[0] + g * m[1]) + b * m[2];
}

// kW pixels whose linear light is given.
inline void lab_vector(const float* r, const float* g, const float* b, int16_t* out_l, int16_t* out_a, int16_t* out_b) {
    const Vec<float> red = load(r), green = load(g), blue = load(b);
    const Vec<float> x = lightness(weighed(kX, red, green, blue)), y = lightness(weighed(kY, red, green, blue)),
                     z = lightness(weighed(kZ, red, green, blue));
    store_rounded(out_l, y * (116.0f * kLabScale) - 16.0f * kLabScale);
    store_rounded(out_a, (x - y) * (500.0f * kLabScale));
    store_rounded(out_b, (y - z) * (200.0f * kLabScale));
}

void lab(const uint8_t* rgb, int64_t n, const float* linear, int16_t* l, int16_t* a, int16_t* b) {
    constexpr int64_t chunk = 4 * kW;
    float red[chunk], green[chunk], blue[chunk];
    int16_t part_l[chunk], part_a[chunk], part_b[chunk];
    for (int64_t begin = 0; begin < n; begin += chunk) {
        const int64_t count = smaller(chunk, n - begin);
        for (int64_t i = 0; i < chunk; ++i) {
            const uint8_t* pixel = rgb + 3 * (begin + smaller(i, count - 1));
            red[i] = linear[pixel[0]], green[i] = linear[pixel[1]], blue[i] = linear[pixel[2]];
        }
        for (int64_t i = 0; i < chunk; i += kW)
            lab_vector(red + i, green + i, blue + i, part_l + i, part_a + i, part_b + i);
        __builtin_memcpy(l + begin, part_l, size_t(count) * 2);
        __builtin_memcpy(a + begin, part_a, size_t(count) * 2);
        __builtin_memcpy(b + begin, part_b, size_t(count) * 2);
    }
}

struct Pixels {
    Vec<float> l, a, b, x;
};

inline Index<float> nearest_of(const PixelSpan& span, const Pixels& p) {
    Vec<float> least = splat(largest_finite<float>());
    Index<float> label = Index<float>{} + span.centers[0].label;
    for (int64_t c = 0; c < span.n_centers; ++c) {
        const PixelCenter& center = span.centers[c];
        const Vec<float> l = p.l - center.l, a = p.a - center.a, b = p.b - center.b, x = p.x - center.x;
        const Vec<float> distance = ((l * l + a * a) + (b * b + x * x)) + center.rows;
        const Index<float> closer = distance < least;
        least = closer ? distance : least;
        label = closer ? Index<float>{} + center.label : label;
    }
    return label;
}

void nearest(const PixelSpan& span, int32_t* labels) {
    Vec<float> lane;
    for (int i = 0; i < kW; ++i) lane[i] = float(i);
    const int64_t row = span.y * span.planes.width;
    for (int64_t begin = span.begin; begin < span.end; begin += kW) {
        const Vec<float> x = (lane + float(begin)) * span.column;
        const int64_t count = smaller(int64_t(kW), span.end - begin), at = row + begin;
        if (count == kW) {
            const Pixels p{load_shorts(span.planes.l + at), load_shorts(span.planes.a + at),
                           load_shorts(span.planes.b + at), x};
            *reinterpret_cast<typename Simd<int32_t>::Unaligned*>(labels + begin) = nearest_of(span, p);
            continue;
        }
        int16_t l[kW] = {}, a[kW] = {}, b[kW] = {};
        __builtin_memcpy(l, span.planes.l + at, size_t(count) * 2);
        __builtin_memcpy(a, span.planes.a + at, size_t(count) * 2);
        __builtin_memcpy(b, span.planes.b + at, size_t(count) * 2);
        const Index<float> found = nearest_of(span, {load_shorts(l), load_shorts(a), load_shorts(b), x});
        for (int64_t i = 0; i < count; ++i) labels[begin + i] = found[i];
    }
}

}  // namespace

extern const PixelKernels kPixelKernels;
const PixelKernels kPixelKernels{lab, nearest};

}  // namespace ganglion::GANGLION_NAMESPACE
