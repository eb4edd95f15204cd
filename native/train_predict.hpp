// Outputs for given rows: many at a time with samples as lanes, or one with neurons as lanes. Every sum starts with the
// bias and runs over the inputs in order either way, so a row has the same bits alone and among others.
#pragma once
#include "train_rows.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// out (rows, n_out) for the rows of a block that starts at batch row `block.begin`; at most scratch.group panels.
template <class T>
void predict_block(const Net& net, const T* parameters, const Batch<T>& batch, const Block<T>& block,
                   const RowScratch<T>& scratch, T* out) {
    constexpr int W = Simd<T>::W;
    const Layer& last = net.layers[net.n_layers - 1];
    Span spans[kMostSpans];
    int64_t n = 0;
    for (; n * kPanel<T> < block.rows; ++n) {
        const int64_t left = block.rows - n * kPanel<T>;
        spans[n] = {n, n, 0, left > kHalf<T> ? kPanel<T> : kHalf<T>};
        gather(batch, block, scratch.zeros, net.layers[0].n_in, spans[n]);
    }
    const RowPass<T> pass{net, parameters, batch, block, scratch, spans, n};
    pass.forward(0, net.n_layers);
    T rows[W * W] __attribute__((aligned(64)));
    for (int64_t s = 0; s < n; ++s) {
        T* outputs = neurons(scratch.deltas[0], last.n_out, s);
        const Patch<T> at{last.n_out, spans[s].end};
        if (last.activation == Activation::softmax) softmax<T>(at, outputs);
        else activation<T>(last).activate(at, outputs, nullptr);
        for (int64_t i = 0; i < at.lanes; i += W)
            for (int64_t j = 0; j < last.n_out; j += W) {
                const int64_t width = last.n_out - j < W ? last.n_out - j : W;
                turn_panel<T>(outputs + j * kPanel<T> + i, width, rows, W);
                for (int64_t r = 0; r < W && s * kPanel<T> + i + r < block.rows; ++r)
                    for (int64_t c = 0; c < width; ++c)
                        out[(s * kPanel<T> + i + r) * last.n_out + j + c] = rows[r * W + c];
            }
    }
}

// sums[neuron] = bias + sum_k inputs[k] * weights[k][neuron], for NV vectors of neurons.
template <class T, int NV>
inline void row_tile(const T* weights, int64_t stride, const T* biases, const T* inputs, int64_t n_in, T* sums) {
    constexpr int W = Simd<T>::W;
    Vec<T> acc[NV];
    for (int v = 0; v < NV; ++v) acc[v] = load(biases + v * W);
    for (int64_t k = 0; k < n_in; ++k) {
        const Vec<T> x = splat(inputs[k]);
        for (int v = 0; v < NV; ++v) acc[v] = fma(load(weights + k * stride + v * W), x, acc[v]);
    }
    for (int v = 0; v < NV; ++v) store(sums + v * W, acc[v]);
}

// As softmax in train_activations.hpp, with the outputs (n) of one sample side by side, whole vectors.
template <class T> void softmax_of_row(int64_t n, T* values) {
    T top = values[0], sum = 0;
    for (int64_t j = 1; j < n; ++j) top = values[j] > top || values[j] != values[j] ? values[j] : top;
    for (int64_t j = 0; j < n; j += Simd<T>::W) store(values + j, exp_bounded<T>(load(values + j) - top));
    for (int64_t j = 0; j < n; ++j) sum += values[j];
    const T inverse = T(1) / sum;
    for (int64_t j = 0; j < n; ++j) values[j] *= inverse;
}

template <class T> void product_of_row(const Layer& layer, const T* parameters, const T* inputs, T* sums) {
    constexpr int W = Simd<T>::W;
    const T *weights = parameters + layer.weights, *biases = parameters + layer.biases;
    int64_t j = 0;
    for (; j + 4 * W <= layer.stride && j < layer.n_out; j += 4 * W)
        row_tile<T, 4>(weights + j, layer.stride, biases + j, inputs, layer.n_in, sums + j);
    for (; j < layer.n_out; j += W)
        row_tile<T, 1>(weights + j, layer.stride, biases + j, inputs, layer.n_in, sums + j);
}

// As sum_in_fours in train_norms.hpp.
template <class T, class F> inline T sum_row_in_fours(int64_t n, F&& value) {
    T part[4] = {};
    for (int64_t j = 0; j < n; j += 4)
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q)
            if (j + q < n) part[q] += value(j + q);
    return (part[0] + part[1]) + (part[2] + part[3]);
}

template <class T> void standardise_row(const Norm<T>& norm, const T* inputs, T* outputs) {
    const T mean = sum_row_in_fours<T>(norm.n, [&](int64_t j) { return inputs[j]; }) / T(norm.n);
    const T squares =
        sum_row_in_fours<T>(norm.n, [&](int64_t j) { return (inputs[j] - mean) * (inputs[j] - mean); });
    const Vec<T> inverse = T(1) / square_root(splat(squares / T(norm.n) + norm.epsilon));
    for (int64_t j = 0; j < norm.n; j += Simd<T>::W)
        store(outputs + j, fma((load(inputs + j) - mean) * inverse, load(norm.gamma + j), load(norm.beta + j)));
}

template <class T> void scale_row(const Norm<T>& norm, const T* inputs, T* outputs) {
    const T *center = norm.numbers + kCenter * norm.stride, *scale = norm.numbers + kScale * norm.stride;
    for (int64_t j = 0; j < norm.n; j += Simd<T>::W)
        store(outputs + j, fma(load(inputs + j) - load(center + j), load(scale + j), load(norm.beta + j)));
}

// out (n_out,) for one row x (n_in,).
template <class T>
void predict_row(const Net& net, const T* parameters, const T* x, const RowBuffers<T>& buffers, T* out) {
    constexpr int W = Simd<T>::W;
    const T* inputs = x;
    if (buffers.inputs) {
        for (int64_t k = 0; k < net.layers[0].n_in; ++k) buffers.inputs[k] = x[k];
        inputs = buffers.inputs;
    }
    const T* first = inputs;
    for (int64_t l = 0; l < net.n_layers; ++l) {
        const Layer& layer = net.layers[l];
        T* outputs = buffers.outputs[l];
        if (layer.kind == Kind::dense) {
            product_of_row(layer, parameters, inputs, outputs);
        } else if (layer.kind == Kind::sum) {
            const T* others = layer.adds ? buffers.outputs[layer.adds - 1] : first;
            for (int64_t j = 0; j < layer.n_in; j += W) store(outputs + j, load(inputs + j) + load(others + j));
        } else {
            const Norm<T> norm(layer, parameters, buffers.norms[l]);
            if (layer.kind == Kind::batch_norm) scale_row(norm, inputs, outputs);
            else standardise_row(norm, inputs, outputs);
        }
        const int64_t lanes = (layer.n_out + W - 1) / W * W;
        if (layer.activation == Activation::softmax) softmax_of_row<T>(layer.n_out, outputs);
        else activation<T>(layer).activate({1, lanes}, outputs, nullptr);
        inputs = outputs;
    }
    for (int64_t j = 0; j < net.layers[net.n_layers - 1].n_out; ++j) out[j] = inputs[j];
}

}  // namespace ganglion::GANGLION_NAMESPACE
