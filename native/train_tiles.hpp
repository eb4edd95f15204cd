// The product tile of training and its three uses: forward, backward and weights. See product.hpp for the idea; here
// every multiply-add is fused on every instruction set, so that a result does not depend on the width of the vector.
#pragma once
#include "train_activations.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// acc[r][v] += sum over k in [0, depth) of scalars[r * ROW + k * step] * lanes[k * kPanel + v * W + lane], in their
// order.
// ROW is the distance of rows of scalars; 0 takes `row` instead, and then three rows share one pointer because an x86
// address scales its index by 1 and 2 and twelve pointers do not fit the registers.
template <class T, int R, int NV, int ROW>
inline __attribute__((always_inline)) void accumulate(const T* scalars, int64_t row, int64_t step, const T* lanes,
                                                      int64_t depth, Vec<T> (&acc)[R][NV]) {
    constexpr int P = ROW ? 1 : (R + 2) / 3;
    const T* p[P];
#pragma GCC unroll 4
    for (int i = 0; i < P; ++i) p[i] = scalars + 3 * i * row;
    for (int64_t k = 0; k < depth; ++k) {
        Vec<T> b[NV];
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) b[v] = load(lanes + v * Simd<T>::W);
        lanes += kPanel<T>;
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vec<T> a = splat(ROW ? p[0][r * ROW] : p[ROW ? 0 : r / 3][(r % 3) * row]);
#pragma GCC unroll 2
            for (int v = 0; v < NV; ++v) acc[r][v] = fma(a, b[v], acc[r][v]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < P; ++i) p[i] += step;
    }
}

// Calls f.template operator()<R>(row) for rows [begin, end) in tiles of kRows, 8, 4, 2 and 1.
template <class F> inline void in_tiles(int64_t begin, int64_t end, F&& f) {
    int64_t r = begin;
    for (; end - r >= kRows; r += kRows) f.template operator()<kRows>(r);
    if constexpr (kRows > 8)
        if (end - r >= 8) f.template operator()<8>(r), r += 8;
    if (end - r >= 4) f.template operator()<4>(r), r += 4;
    if (end - r >= 2) f.template operator()<2>(r), r += 2;
    if (end - r >= 1) f.template operator()<1>(r);
}

// Calls f.template operator()<NV>(lane) for lanes [begin, end), two vectors at a time and perhaps one at the end.
template <class T, class F> inline void in_vectors(int64_t begin, int64_t end, F&& f) {
    constexpr int W = Simd<T>::W;
    int64_t l = begin;
    for (; end - l > W; l += 2 * W) f.template operator()<2>(l);
    if (l < end) f.template operator()<1>(l);
}

// outputs[j][sample] = bias[j] + sum_k weights[k][j] * inputs[k][sample], for R neurons from j on.
// weights, biases, outputs: at j; inputs (n_in, kPanel); relu on the way out where asked.
template <class T, int R, int NV>
void forward_tile(const T* weights, int64_t stride, const T* biases, const T* inputs, int64_t n_in, T* outputs,
                  bool relu) {
    Vec<T> acc[R][NV];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) acc[r][v] = splat(biases[r]);
    accumulate<T, R, NV, 1>(weights, 1, stride, inputs, n_in, acc);
    if (relu)
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < NV; ++v) acc[r][v] = acc[r][v] < Vec<T>{} ? Vec<T>{} : acc[r][v];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) store(outputs + r * kPanel<T> + v * Simd<T>::W, acc[r][v]);
}

// below[k][sample] = sum_j weights[k][j] * deltas[j][sample], for R inputs from k on.
// weights at row k; deltas (n_out, kPanel). With `outputs` (of the layer below, a relu): 0 where the output is.
template <class T, int R, int NV>
void backward_tile(const T* weights, int64_t stride, const T* deltas, int64_t n_out, T* below, const T* outputs) {
    Vec<T> acc[R][NV] = {};
    accumulate<T, R, NV, 0>(weights, stride, 1, deltas, n_out, acc);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) {
            const int64_t i = r * kPanel<T> + v * Simd<T>::W;
            if (outputs) acc[r][v] = load(outputs + i) > Vec<T>{} ? acc[r][v] : Vec<T>{};
            store(below + i, acc[r][v]);
        }
}

}  // namespace ganglion::GANGLION_NAMESPACE
