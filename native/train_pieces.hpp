// Pieces of the parameters by the kind of their stage: weights of products in train_weights.hpp, gamma and beta here.
#pragma once
#include "train_weights.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// gradient (2, kPanel) of gamma and beta: the half panels' sums of the block, in their order.
template <class T>
void sum_halves(const Layer& layer, const Block<T>& block, const Piece& piece, int64_t lanes, T* gradient) {
    double total[2][kPanel<T>] = {};
    const T* sums = block.sums[piece.layer] + piece.strip * kPanel<T>;
    for (int64_t h = 0; h < halves_in(block.rows, kHalf<T>); ++h, sums += kHalfSums * layer.stride)
        for (int i = 0; i < 2; ++i)
            for (int64_t j = 0; j < lanes; ++j) total[1 - i][j] += double(sums[i * layer.stride + j]);
    for (int i = 0; i < 2; ++i)
        for (int64_t j = 0; j < lanes; ++j) gradient[i * kPanel<T> + j] = T(total[i][j]);
}

template <class T>
double learn_norm(const Net& net, const Block<T>& block, const Flat<T>& flat, const Step<T>& step, const Piece& piece,
                Ending ending) {
    const Layer& layer = net.layers[piece.layer];
    T gradient[2 * kPanel<T>] __attribute__((aligned(64))) = {};
    T unused[kPanel<T>] __attribute__((aligned(64))) = {};
    double sizes[kPanel<T>] __attribute__((aligned(64))) = {};
    const PieceWork<T> work{layer, piece, flat, step, ending, strip_lanes<T>(layer, piece.strip), unused, sizes};
    sum_halves(layer, block, piece, work.lanes, gradient);
    work.finish(gradient, work.weights_at(0), 1, T(0), unused);
    work.finish(gradient + kPanel<T>, work.biases_at(), 1, T(0), unused);
    return ending.measures ? work.total() : 0;
}

// The penalty is on weights of products alone.
template <class T> inline Step<T> without_penalty(Step<T> step) { return step.l2 = T(0), step; }

template <class T>
double learn_stage(const Net& net, const Block<T>& block, const Flat<T>& flat, const Step<T>& step, const Piece& piece,
                   Ending ending) {
    if (net.layers[piece.layer].kind == Kind::dense) return learn_piece(net, block, flat, step, piece, ending);
    return learn_norm(net, block, flat, step, piece, ending);
}

template <class T>
double combine_stage(const Net& net, const T* parts, int64_t n_parts, const Flat<T>& flat, const Step<T>& step,
                     const Piece& piece, Ending ending) {
    if (net.layers[piece.layer].kind == Kind::dense)
        return combine_piece(net, parts, n_parts, flat, step, piece, ending);
    const double total = combine_piece(net, parts, n_parts, flat, without_penalty(step), piece, ending);
    return ending.measures ? total : 0;
}

template <class T> double step_stage(const Net& net, const Flat<T>& flat, const Step<T>& step, const Piece& piece) {
    if (net.layers[piece.layer].kind == Kind::dense) return step_piece(net, flat, step, piece);
    step_piece(net, flat, without_penalty(step), piece);
    return 0;
}

// One strip of a batch norm: see combine_measured and combine_upstream. moments (2, stride).
template <class T>
void combine_norm(const Net& net, const T* parameters, const Block<T>& block, int64_t l, int64_t strip, bool is_back,
                  double* moments) {
    const Layer& layer = net.layers[l];
    const T* gamma = parameters + layer.weights;
    const int64_t begin = strip * kPanel<T>, left = layer.n_out - begin, width = left < kPanel<T> ? left : kPanel<T>;
    if (is_back) combine_upstream(layer, gamma, block, l, begin, width);
    else combine_measured(layer, gamma, block, l, begin, width, moments + begin, moments + layer.stride + begin);
}

}  // namespace ganglion::GANGLION_NAMESPACE
