// The gradient of one piece of a layer's parameters, and the optimiser's step right behind it while the tile is warm.
//
// The sum over the rows of a block runs in their order; blocks are added in their order. Neurons are lanes.
#pragma once
#include "train_rows.hpp"
#include "train_updates.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> struct PieceWork {
    const Layer& layer;
    const Piece& piece;
    const Flat<T>& flat;
    const Step<T>& step;
    Ending ending;
    int64_t lanes;      // of the strip, whole vectors
    T* squares;         // (kPanel,)
    double* sizes;      // (kPanel,), where the ending measures

    int64_t weights_at(int64_t k) const { return layer.weights + k * layer.stride + piece.strip * kPanel<T>; }
    int64_t biases_at() const { return layer.biases + piece.strip * kPanel<T>; }

    // The sum over the block's rows for `rows` rows of parameters, kPanel apart, is dealt with as the ending says.
    __attribute__((always_inline)) void finish(T* gradient, int64_t offset, int64_t rows, T l2, T* squared) const {
        T* kept = flat.gradient + offset;
        for (int64_t r = 0; r < rows && ending.adds; ++r)
            for (int64_t l = 0; l < lanes; l += Simd<T>::W) {
                T* sum = gradient + r * kPanel<T> + l;
                store(sum, load(kept + r * layer.stride + l) + load(sum));
            }
        if (ending.updates) {
            const Target<T> at{flat.parameters + offset, flat.first ? flat.first + offset : nullptr,
                               flat.second ? flat.second + offset : nullptr, rows, lanes, layer.stride};
            update<T>(at, gradient, step, l2, squared);
            if (__builtin_expect(step.average_rest > T(0), 0)) follow<T>(at, step.average_rest, flat.average + offset);
            return;
        }
        if (ending.measures) measure(gradient, offset, rows, l2);
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t l = 0; l < lanes; l += Simd<T>::W)
                store(kept + r * layer.stride + l, load(gradient + r * kPanel<T> + l));
    }

    // Adds the squares of the cut gradient to `sizes`, lane by lane in row order.
    __attribute__((noinline)) void measure(const T* gradient, int64_t offset, int64_t rows, T l2) const {
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t l = 0; l < lanes; l += Simd<T>::W) {
                const Vec<T> p = load(flat.parameters + offset + r * layer.stride + l);
                add_squares(cut<T>(load(gradient + r * kPanel<T> + l), p, l2, step.bound), sizes + l);
            }
    }

    // What the piece returns.
    double total() const {
        double sum = 0;
        if (ending.measures)
            for (int64_t l = 0; l < kPanel<T>; ++l) sum += sizes[l];
        else
            for (int64_t l = 0; l < kPanel<T>; ++l) sum += double(squares[l]);
        return sum;
    }
};

template <class T> inline int64_t strip_lanes(const Layer& layer, int64_t strip) {
    constexpr int64_t W = Simd<T>::W;
    const int64_t left = layer.n_out - strip * kPanel<T>, n = left < kPanel<T> ? left : kPanel<T>;
    return (n + W - 1) / W * W;
}

// The parameters are not in the cache of a large net; their lines are asked for before the sum and used behind it.
template <class T> inline void ask_for(const PieceWork<T>& work, int64_t k, int64_t rows) {
    if (!work.ending.updates) return;
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t l = 0; l < work.lanes; l += 64 / int64_t(sizeof(T))) {
            const int64_t i = work.weights_at(k + r) + l;
            __builtin_prefetch(work.flat.parameters + i, 1);
            if (work.flat.first) __builtin_prefetch(work.flat.first + i, 1);
            if (work.flat.second) __builtin_prefetch(work.flat.second + i, 1);
        }
}

// gradient[r][neuron] = sum over the block's rows of input[k + r] * delta[neuron], for R inputs and NV vectors.
template <class T, int R, int NV>
inline __attribute__((always_inline)) void weights_tile(const Block<T>& block, const T* inputs, int64_t n_in, const T* deltas, T* gradient) {
    Vec<T> acc[R][NV] = {};
    for (int64_t row = 0; row < block.rows; row += kPanel<T>) {
        const int64_t depth = block.rows - row < kPanel<T> ? block.rows - row : kPanel<T>;
        accumulate<T, R, NV, int(kPanel<T>)>(inputs, 0, 1, deltas, depth, acc);
        inputs += n_in * kPanel<T>;
        deltas += kPanel<T> * kPanel<T>;
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) store(gradient + r * kPanel<T> + v * Simd<T>::W, acc[r][v]);
}

// The biases' gradient: the deltas of the strip, added row by row.
template <class T> void sum_deltas(const Block<T>& block, const T* deltas, int64_t lanes, T* gradient) {
    in_vectors<T>(0, lanes, [&]<int NV>(int64_t l) {
        Vec<T> sum[NV] = {};
        for (int64_t row = 0; row < block.rows; ++row)
            for (int v = 0; v < NV; ++v) sum[v] += load(deltas + row * kPanel<T> + l + v * Simd<T>::W);
        for (int v = 0; v < NV; ++v) store(gradient + l + v * Simd<T>::W, sum[v]);
    });
}

// Returns the sum of the squares of the piece's weights before the step, where there was one; or what it measured.
template <class T>
double learn_piece(const Net& net, const Block<T>& block, const Flat<T>& flat, const Step<T>& step, const Piece& piece,
                   Ending ending) {
    const Layer& layer = net.layers[piece.layer];
    T gradient[kRows * kPanel<T>] __attribute__((aligned(64)));
    T squares[kPanel<T>] __attribute__((aligned(64))) = {}, unused[kPanel<T>] __attribute__((aligned(64)));
    double sizes[kPanel<T>] __attribute__((aligned(64)));
    for (int64_t l = 0; l < kPanel<T> && ending.measures; ++l) sizes[l] = 0;
    const PieceWork<T> work{layer, piece, flat, step, ending, strip_lanes<T>(layer, piece.strip), squares, sizes};
    const T* deltas = block.deltas[piece.layer] + piece.strip * block.capacity * kPanel<T>;
    const bool far = net.size > (int64_t(1) << 17);
    in_tiles(piece.begin, piece.end, [&]<int R>(int64_t k) {
        if (far) ask_for(work, k, R);
        const T* inputs = block.outputs[piece.layer] + k * kPanel<T>;
        in_vectors<T>(0, work.lanes, [&]<int NV>(int64_t l) {
            weights_tile<T, R, NV>(block, inputs, layer.n_in, deltas + l, gradient + l);
        });
        work.finish(gradient, work.weights_at(k), R, step.l2, squares);
    });
    if (piece.begin == 0 && layer.has_bias) {
        sum_deltas<T>(block, deltas, work.lanes, gradient);
        for (int64_t l = 0; l < kPanel<T>; ++l) unused[l] = 0;
        work.finish(gradient, work.biases_at(), 1, T(0), unused);
    }
    return work.total();
}

// As above from partial sums that stand in `parts` flat gradients, one behind the other.
template <class T>
double combine_piece(const Net& net, const T* parts, int64_t n_parts, const Flat<T>& flat, const Step<T>& step,
                     const Piece& piece, Ending ending) {
    const Layer& layer = net.layers[piece.layer];
    T gradient[kPanel<T>] __attribute__((aligned(64)));
    T squares[kPanel<T>] __attribute__((aligned(64))) = {}, unused[kPanel<T>] __attribute__((aligned(64))) = {};
    double sizes[kPanel<T>] __attribute__((aligned(64)));
    for (int64_t l = 0; l < kPanel<T> && ending.measures; ++l) sizes[l] = 0;
    const PieceWork<T> work{layer, piece, flat, step, ending, strip_lanes<T>(layer, piece.strip), squares, sizes};
    auto combine = [&](int64_t offset, T l2, T* squared) {
        for (int64_t l = 0; l < work.lanes; l += Simd<T>::W) {
            Vec<T> sum = load(parts + offset + l);
            for (int64_t p = 1; p < n_parts; ++p) sum += load(parts + p * net.size + offset + l);
            store(gradient + l, sum);
        }
        work.finish(gradient, offset, 1, l2, squared);
    };
    for (int64_t k = piece.begin; k < piece.end; ++k) combine(work.weights_at(k), step.l2, squares);
    if (piece.begin == 0 && layer.has_bias) combine(work.biases_at(), T(0), unused);
    return work.total();
}

// The second phase where gradients are clipped: steps along the gradient of the whole batch, which stands in
// Flat::gradient, cut and then multiplied by the gain. Returns as learn_piece does.
template <class T> double step_piece(const Net& net, const Flat<T>& flat, const Step<T>& step, const Piece& piece) {
    const Layer& layer = net.layers[piece.layer];
    T gradient[kRows * kPanel<T>] __attribute__((aligned(64)));
    T squares[kPanel<T>] __attribute__((aligned(64))) = {}, unused[kPanel<T>] __attribute__((aligned(64))) = {};
    const PieceWork<T> work{layer, piece, flat, step, {false, true}, strip_lanes<T>(layer, piece.strip), squares, nullptr};
    auto one_tile = [&](int64_t offset, int64_t rows, T l2, T* squared) {
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t l = 0; l < work.lanes; l += Simd<T>::W) {
                const int64_t i = offset + r * layer.stride + l;
                const Vec<T> g = cut<T>(load(flat.gradient + i), load(flat.parameters + i), l2, step.bound);
                store(gradient + r * kPanel<T> + l, g * step.gain);
            }
        work.finish(gradient, offset, rows, T(0), squared);
    };
    for (int64_t k = piece.begin; k < piece.end; k += kRows)
        one_tile(work.weights_at(k), piece.end - k < kRows ? piece.end - k : kRows, step.l2, squares);
    if (piece.begin == 0 && layer.has_bias) one_tile(work.biases_at(), 1, T(0), unused);
    return work.total();
}

}  // namespace ganglion::GANGLION_NAMESPACE
