// The rows of a block, once forward and once back: gathered, through all layers, loss, deltas, turned for the weights.
// Every sample has its own lane from the first layer to the last, so that nobody needs to wait for anybody here.
#pragma once
#include "train_losses.hpp"
#include "train_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Samples [begin, end) of one panel, a multiple of vectors, that one worker has at hand as number `slot` of its group.
struct Span {
    int64_t panel, slot, begin, end;
};

constexpr int64_t kMostSpans = 16;

template <class T> inline T* neurons(T* panels, int64_t n, int64_t panel) { return panels + panel * n * kPanel<T>; }

template <class T> inline int64_t row_of(const Batch<T>& batch, int64_t i) {
    return batch.order ? batch.order[i] : batch.first + i;
}

// panel[k][sample] = row(sample)[k] for W samples and all k; rows are contiguous, n long.
template <class T> inline void turn_rows(const T* const (&rows)[Simd<T>::W], int64_t n, T* panel) {
    constexpr int W = Simd<T>::W;
    int64_t k = 0;
    for (; k + W <= n; k += W) {
        Vec<T> v[W];
        for (int i = 0; i < W; ++i) v[i] = load(rows[i] + k);
        transpose<T>(v);
        for (int i = 0; i < W; ++i) store(panel + (k + i) * kPanel<T>, v[i]);
    }
    for (; k < n; ++k)
        for (int i = 0; i < W; ++i) panel[k * kPanel<T> + i] = rows[i][k];
}

// rows(sample)[j] = panel[j][sample] for W samples, `stride` apart, and all j; up to W - 1 zeros behind the last.
template <class T> inline void turn_panel(const T* panel, int64_t n, T* rows, int64_t stride) {
    constexpr int W = Simd<T>::W;
    for (int64_t j = 0; j < n; j += W) {
        Vec<T> v[W];
        for (int i = 0; i < W; ++i) v[i] = j + i < n ? load(panel + (j + i) * kPanel<T>) : Vec<T>{};
        transpose<T>(v);
        for (int i = 0; i < W; ++i) store(rows + i * stride + j, v[i]);
    }
}

template <class T>
void gather(const Batch<T>& batch, const Block<T>& block, const T* zeros, int64_t n_in, const Span& span) {
    constexpr int W = Simd<T>::W;
    T* panel = neurons(block.outputs[0], n_in, span.panel);
    for (int64_t s = span.begin; s < span.end; s += W) {
        const T* rows[W];
        for (int i = 0; i < W; ++i) {
            const int64_t at = span.panel * kPanel<T> + s + i;
            rows[i] = at < block.rows ? batch.x + row_of(batch, block.begin + at) * n_in : zeros;
        }
        turn_rows<T>(rows, n_in, panel + s);
    }
}

// Sums of layer l for all spans, or its outputs where the activation is relu. `out` is [panel or slot][neuron][sample].
template <class T>
void forward_sums(const Layer& layer, const T* parameters, const T* inputs, T* out, const Span* spans, int64_t n_spans,
                  bool by_slot) {
    const bool relu = layer.activation == Activation::relu;
    in_tiles(0, layer.n_out, [&]<int R>(int64_t j) {
        for (int64_t s = 0; s < n_spans; ++s) {
            const Span& span = spans[s];
            const T* from = neurons(inputs, layer.n_in, span.panel);
            T* to = neurons(out, layer.n_out, by_slot ? span.slot : span.panel) + j * kPanel<T>;
            in_vectors<T>(span.begin, span.end, [&]<int NV>(int64_t l) {
                forward_tile<T, R, NV>(parameters + layer.weights + j, layer.stride, parameters + layer.biases + j,
                                       from + l, layer.n_in, to + l, relu);
            });
        }
    });
}

// A different number for each (neuron, sample) of a batch's layer; "lowbias32" of C. Wellons' hash prospector.
template <class T> inline Bits<T> mixed(Bits<T> x) {
    constexpr typename Unsigned<T>::type word = 0xffffffffu;
    x = (x ^ (x >> 16)) * 0x7feb352du & word;
    x = (x ^ (x >> 15)) * 0x846ca68bu & word;
    return x ^ (x >> 16);
}

// Drops outputs and scales the others, so that their mean stays; slopes follow. Depends on the sample's place alone.
template <class T>
void drop(const Layer& layer, int64_t number, uint64_t key, int64_t first_sample, Patch<T> at, T* outputs, T* slopes) {
    using U = typename Unsigned<T>::type;
    constexpr int W = Simd<T>::W;
    const U threshold = U(layer.dropout * 4294967296.0);
    const T keep = T(1.0 / (1.0 - layer.dropout));
    Bits<T> lane;
    for (int i = 0; i < W; ++i) lane[i] = U(i);
    const U salt = U(uint32_t(key) ^ uint32_t(uint32_t(number) * 0x9e3779b9u));
    for (int64_t r = 0; r < at.rows; ++r) {
        const Bits<T> row = mixed<T>(Bits<T>{} + U(uint32_t(uint64_t(r) + (key >> 32))) + salt);
        for (int64_t l = 0; l < at.lanes; l += W) {
            const Bits<T> hash = mixed<T>(row ^ (lane + U(uint32_t(first_sample + l))));
            const Vec<T> factor = hash >= threshold ? splat(keep) : Vec<T>{};
            const int64_t i = r * kPanel<T> + l;
            store(outputs + i, load(outputs + i) * factor);
            store(slopes + i, load(slopes + i) * factor);
        }
    }
}

template <class T> struct RowPass {
    const Net& net;
    const T* parameters;
    const Batch<T>& batch;
    const Block<T>& block;
    const RowScratch<T>& scratch;
    const Span* spans;
    int64_t n_spans;

    T* slopes(int64_t l, const Span& span) const {
        T* kept = scratch.slopes[l];
        return kept ? neurons(kept, net.layers[l].n_out, span.slot) + span.begin : nullptr;
    }

    // Outputs of every layer but the last; the last one's sums stand in scratch.deltas[0].
    void forward() const {
        const int64_t last = net.n_layers - 1;
        for (int64_t l = 0; l <= last; ++l) {
            const Layer& layer = net.layers[l];
            T* out = l == last ? scratch.deltas[0] : block.outputs[l + 1];
            forward_sums(layer, parameters, block.outputs[l], out, spans, n_spans, l == last);
            const bool done = layer.activation == Activation::relu && !scratch.slopes[l];
            if (l == last || done || (layer.activation == Activation::identity && !scratch.slopes[l])) continue;
            for (int64_t s = 0; s < n_spans; ++s) {
                const Span& span = spans[s];
                T* outputs = neurons(out, layer.n_out, span.panel) + span.begin;
                const Patch<T> at{layer.n_out, span.end - span.begin};
                activation<T>(layer).activate(at, outputs, slopes(l, span));
                if (layer.dropout > 0 && scratch.slopes[l])
                    drop(layer, l, batch.dropout_key, block.begin + span.panel * kPanel<T> + span.begin, at, outputs,
                         slopes(l, span));
            }
        }
    }

    // targets[neuron][sample] and what each row counts, for the samples of a span.
    void set_targets(const Span& span, T* targets, T* scales) const {
        constexpr int W = Simd<T>::W;
        const int64_t n_out = net.layers[net.n_layers - 1].n_out;
        const T off = T(net.smoothing / double(n_out)), on = T(1 - net.smoothing);
        for (int64_t s = span.begin; s < span.end; s += W) {
            const T* rows[W];
            int32_t labels[W];
            for (int i = 0; i < W; ++i) {
                const int64_t at = span.panel * kPanel<T> + s + i;
                const int64_t row = at < block.rows ? row_of(batch, block.begin + at) : -1;
                scales[s + i] = row < 0 ? T(0) : T(batch.weights ? batch.weights[row] * batch.scale : batch.scale);
                labels[i] = batch.labels && row >= 0 ? batch.labels[row] : -1;
                rows[i] = batch.targets && row >= 0 ? batch.targets + row * n_out : scratch.zeros;
            }
            if (batch.targets) turn_rows<T>(rows, n_out, targets + s);
            for (int64_t j = 0; j < n_out; ++j) {
                T* at = targets + j * kPanel<T> + s;
                store(at, batch.targets ? fma(load(at), splat(on), splat(off)) : splat(off));
            }
            for (int i = 0; i < W; ++i)
                if (labels[i] >= 0) targets[labels[i] * kPanel<T> + s + i] = on + off;
        }
    }

    void loss() const {
        const Layer& layer = net.layers[net.n_layers - 1];
        T scales[kPanel<T>] __attribute__((aligned(64)));
        for (int64_t s = 0; s < n_spans; ++s) {
            const Span& span = spans[s];
            set_targets(span, scratch.targets, scales);
            T* sums = neurons(scratch.deltas[0], layer.n_out, span.slot) + span.begin;
            const int64_t lanes = span.end - span.begin;
            if (!starts_from_sums(net.loss)) {
                if (layer.activation == Activation::softmax) softmax<T>({layer.n_out, lanes}, sums);
                else activation<T>(layer).activate({layer.n_out, lanes}, sums, slopes(net.n_layers - 1, span));
            }
            loss_and_deltas<T>(net, {layer.n_out, lanes, sums, scratch.targets + span.begin,
                                     slopes(net.n_layers - 1, span), scales + span.begin,
                                     block.losses + span.panel * kPanel<T> + span.begin, T(net.delta)});
        }
    }

    // deltas of layer l, in `above`, become those of layer l - 1, in `below`.
    void back(int64_t l, const T* above, T* below) const {
        const Layer &layer = net.layers[l], &lower = net.layers[l - 1];
        const bool relu = lower.activation == Activation::relu && !scratch.slopes[l - 1];
        in_tiles(0, layer.n_in, [&]<int R>(int64_t k) {
            for (int64_t s = 0; s < n_spans; ++s) {
                const Span& span = spans[s];
                const T* from = neurons(above, layer.n_out, span.slot);
                T* to = neurons(below, layer.n_in, span.slot) + k * kPanel<T>;
                const T* outputs = neurons(block.outputs[l], layer.n_in, span.panel) + k * kPanel<T>;
                in_vectors<T>(span.begin, span.end, [&]<int NV>(int64_t v) {
                    backward_tile<T, R, NV>(parameters + layer.weights + k * layer.stride, layer.stride, from + v,
                                            layer.n_out, to + v, relu ? outputs + v : nullptr);
                });
            }
        });
        if (relu || (lower.activation == Activation::identity && !scratch.slopes[l - 1])) return;
        for (int64_t s = 0; s < n_spans; ++s) {
            const Span& span = spans[s];
            activation<T>(lower).apply_slope({layer.n_in, span.end - span.begin},
                                             neurons(below, layer.n_in, span.slot) + span.begin,
                                             neurons(block.outputs[l], layer.n_in, span.panel) + span.begin,
                                             slopes(l - 1, span));
        }
    }

    // block.deltas[l], from panels to rows of neurons.
    void turn(int64_t l, const T* deltas) const {
        constexpr int W = Simd<T>::W;
        const int64_t n = net.layers[l].n_out;
        for (int64_t s = 0; s < n_spans; ++s) {
            const Span& span = spans[s];
            for (int64_t j = 0; j < n; j += kPanel<T>)
                for (int64_t i = span.begin; i < span.end; i += W) {
                    const int64_t row = j / kPanel<T> * block.capacity + span.panel * kPanel<T> + i;
                    turn_panel<T>(neurons(deltas, n, span.slot) + j * kPanel<T> + i,
                                  n - j < kPanel<T> ? n - j : kPanel<T>, block.deltas[l] + row * kPanel<T>, kPanel<T>);
                }
        }
    }

    void backward() const {
        for (int64_t l = net.n_layers - 1; l >= 0; --l) {
            const int64_t here = (net.n_layers - 1 - l) % 2;
            turn(l, scratch.deltas[here]);
            if (l > 0) back(l, scratch.deltas[here], scratch.deltas[1 - here]);
        }
    }
};

// Halves [begin, end) of the block's rows, in groups of as many panels as the scratch holds.
template <class T>
void pass_rows(const Net& net, const T* parameters, const Batch<T>& batch, const Block<T>& block,
               const RowScratch<T>& scratch, int64_t begin, int64_t end) {
    Span spans[kMostSpans];
    while (begin < end) {
        int64_t n = 0;
        for (; n < scratch.group && begin < end; ++n) {
            const int64_t stop = (begin / 2 + 1) * 2 < end ? (begin / 2 + 1) * 2 : end;
            spans[n] = {begin / 2, n, begin % 2 * kHalf<T>, (stop - 1) % 2 * kHalf<T> + kHalf<T>};
            gather(batch, block, scratch.zeros, net.layers[0].n_in, spans[n]);
            begin = stop;
        }
        const RowPass<T> pass{net, parameters, batch, block, scratch, spans, n};
        pass.forward();
        pass.loss();
        pass.backward();
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
