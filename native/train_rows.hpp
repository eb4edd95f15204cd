// The rows of a block, once forward and once back: gathered, through all layers, loss, deltas, turned for the weights.
// Every sample has its own lane from the first layer to the last, so that nobody needs to wait for anybody here; where
// there is a batch norm, this goes for each leg of the way.
#pragma once
#include "train_losses.hpp"
#include "train_norms.hpp"

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

    // They outlive a leg where rows wait, otherwise only the group.
    bool keeps_slopes(int64_t l) const { return (net.waits ? block.slopes[l] : scratch.slopes[l]) != nullptr; }
    T* slopes(int64_t l, const Span& span) const {
        T* kept = net.waits ? block.slopes[l] : scratch.slopes[l];
        return kept ? neurons(kept, net.layers[l].n_out, net.waits ? span.panel : span.slot) + span.begin : nullptr;
    }

    // Outputs of the stages [first, last) but the last of all; its sums stand in scratch.deltas[0].
    void forward(int64_t first, int64_t last) const {
        for (int64_t l = first; l < last; ++l) {
            const Layer& layer = net.layers[l];
            const bool ends = l == net.n_layers - 1;
            T* out = ends ? scratch.deltas[0] : block.outputs[l + 1];
            if (layer.kind == Kind::dense)
                forward_sums(layer, parameters, block.outputs[l], out, spans, n_spans, ends);
            else
                for (int64_t s = 0; s < n_spans; ++s) pass_on(l, spans[s], out, ends);
            const bool done = layer.activation == Activation::relu && !keeps_slopes(l);
            if (ends || done || (layer.activation == Activation::identity && !keeps_slopes(l))) continue;
            for (int64_t s = 0; s < n_spans; ++s) {
                const Span& span = spans[s];
                T* outputs = neurons(out, layer.n_out, span.panel) + span.begin;
                const Patch<T> at{layer.n_out, span.end - span.begin};
                activation<T>(layer).activate(at, outputs, slopes(l, span));
                if (layer.dropout > 0 && keeps_slopes(l))
                    drop(layer, l, batch.dropout_key, block.begin + span.panel * kPanel<T> + span.begin, at, outputs,
                         slopes(l, span));
            }
        }
    }

    // A norm or a sum, forward for one span.
    void pass_on(int64_t l, const Span& span, T* out, bool by_slot) const {
        const Layer& layer = net.layers[l];
        const int64_t lanes = span.end - span.begin;
        const T* inputs = neurons(block.outputs[l], layer.n_in, span.panel) + span.begin;
        T* outputs = neurons(out, layer.n_out, by_slot ? span.slot : span.panel) + span.begin;
        if (layer.kind == Kind::sum) {
            const T* others = neurons(block.outputs[layer.adds], layer.n_in, span.panel) + span.begin;
            return add_panels<T>({layer.n_in, lanes}, inputs, others, outputs, layer.activation == Activation::relu);
        }
        const Norm<T> norm(layer, parameters, block.norms[l]);
        if (layer.kind == Kind::batch_norm) return scale_batch(norm, lanes, inputs, outputs);
        T* moments = block.norms[l] ? neurons(block.norms[l], 2, span.panel) + span.begin : nullptr;
        in_vectors<T>(0, lanes, [&]<int NV>(int64_t v) {
            standardise<T, NV>(norm, inputs + v, outputs + v, moments ? moments + v : nullptr);
        });
    }

    // What the batch norm of stage l needs to know of these rows.
    void measure(int64_t l) const {
        const Layer& layer = net.layers[l];
        in_halves(l, [&]<bool FULL>(const Span& span, int64_t lane, int64_t rows, T* sums) {
            const T* values = neurons(block.outputs[l], layer.n_in, span.panel) + lane;
            measure_half<T, FULL>(values, layer.n_in, rows, sums, layer.stride);
        });
    }

    // f.template operator()<FULL>(span, first lane, rows, sums of stage l) for every half panel with rows in it.
    template <class F> void in_halves(int64_t l, F&& f) const {
        for (int64_t s = 0; s < n_spans; ++s)
            for (int64_t lane = spans[s].begin; lane < spans[s].end; lane += kHalf<T>) {
                const int64_t half = spans[s].panel * 2 + lane / kHalf<T>, rows = block.rows - half * kHalf<T>;
                T* sums = block.sums[l] + half * kHalfSums * net.layers[l].stride;
                if (rows >= kHalf<T>) f.template operator()<true>(spans[s], lane, kHalf<T>, sums);
                else if (rows > 0) f.template operator()<false>(spans[s], lane, rows, sums);
            }
    }

    // targets[neuron][sample] and what each row counts, for the samples of a span.
    void set_targets(const Span& span, T* targets, T* scales) const {
        constexpr int W = Simd<T>::W;
        const int64_t n = net.n_targets;
        const T off = T(net.smoothing / double(n)), on = T(1 - net.smoothing);
        for (int64_t s = span.begin; s < span.end; s += W) {
            const T* rows[W];
            int32_t labels[W];
            for (int i = 0; i < W; ++i) {
                const int64_t at = span.panel * kPanel<T> + s + i;
                const int64_t row = at < block.rows ? row_of(batch, block.begin + at) : -1;
                scales[s + i] = row < 0 ? T(0) : T(batch.weights ? batch.weights[row] * batch.scale : batch.scale);
                labels[i] = batch.labels && row >= 0 ? batch.labels[row] : -1;
                rows[i] = batch.targets && row >= 0 ? batch.targets + row * n : scratch.zeros;
            }
            if (batch.targets) turn_rows<T>(rows, n, targets + s);
            for (int64_t j = 0; j < n; ++j) {
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
                                     block.losses + span.panel * kPanel<T> + span.begin, net.numbers, net.n_numbers,
                                     net.n_targets});
        }
    }

    // The deltas of stage l: in turns where they are used at once, in the block where they must wait.
    bool is_kept(int64_t l) const {
        return net.layers[l].kind == Kind::batch_norm || net.layers[l].kind == Kind::sum;
    }
    T* deltas(int64_t l) const { return is_kept(l) ? block.deltas[l] : scratch.deltas[(net.n_layers - 1 - l) % 2]; }
    int64_t place(int64_t l, const Span& span) const { return is_kept(l) ? span.panel : span.slot; }

    // deltas of stage l become those of stage l - 1.
    void back(int64_t l) const {
        const Layer& lower = net.layers[l - 1];
        const bool relu = lower.activation == Activation::relu && !keeps_slopes(l - 1);
        const bool fuses = relu && net.layers[l].kind == Kind::dense && !net.layers[l].is_added;
        if (net.layers[l].kind == Kind::dense) back_sums(l, fuses);
        else
            for (int64_t s = 0; s < n_spans; ++s) pass_back(l, spans[s]);
        if (net.layers[l].is_added) add_deltas(l);
        if (fuses || (lower.activation == Activation::identity && !keeps_slopes(l - 1))) return;
        for (int64_t s = 0; s < n_spans; ++s) {
            const Span& span = spans[s];
            activation<T>(lower).apply_slope({lower.n_out, span.end - span.begin},
                                             neurons(deltas(l - 1), lower.n_out, place(l - 1, span)) + span.begin,
                                             neurons(block.outputs[l], lower.n_out, span.panel) + span.begin,
                                             slopes(l - 1, span));
        }
    }

    // Through the weights of stage l; with `relu` also through the one below.
    void back_sums(int64_t l, bool relu) const {
        const Layer& layer = net.layers[l];
        const T* above = deltas(l);
        T* below = deltas(l - 1);
        const bool by_panel = is_kept(l - 1);
        in_tiles(0, layer.n_in, [&]<int R>(int64_t k) {
            for (int64_t s = 0; s < n_spans; ++s) {
                const Span& span = spans[s];
                const T* from = neurons(above, layer.n_out, span.slot);
                T* to = neurons(below, layer.n_in, by_panel ? span.panel : span.slot) + k * kPanel<T>;
                const T* outputs = neurons(block.outputs[l], layer.n_in, span.panel) + k * kPanel<T>;
                in_vectors<T>(span.begin, span.end, [&]<int NV>(int64_t v) {
                    backward_tile<T, R, NV>(parameters + layer.weights + k * layer.stride, layer.stride, from + v,
                                            layer.n_out, to + v, relu ? outputs + v : nullptr);
                });
            }
        });
    }

    // A norm or a sum, back for one span.
    void pass_back(int64_t l, const Span& span) const {
        const Layer& layer = net.layers[l];
        const int64_t lanes = span.end - span.begin, n = layer.n_in;
        const T* inputs = neurons(block.outputs[l], n, span.panel) + span.begin;
        const T* above = neurons(deltas(l), n, place(l, span)) + span.begin;
        T* below = neurons(deltas(l - 1), n, place(l - 1, span)) + span.begin;
        if (layer.kind == Kind::sum) {
            for (int64_t j = 0; j < n * kPanel<T>; j += kPanel<T>)
                for (int64_t v = j; v < j + lanes; v += Simd<T>::W) store(below + v, load(above + v));
            return;
        }
        const Norm<T> norm(layer, parameters, block.norms[l]);
        if (layer.kind == Kind::batch_norm) return scale_batch_back(norm, lanes, inputs, above, below);
        const T* moments = neurons(block.norms[l], 2, span.panel) + span.begin;
        in_vectors<T>(0, lanes, [&]<int NV>(int64_t v) {
            standardise_back<T, NV>(norm, inputs + v, moments + v, above + v, below + v);
        });
    }

    // Sums that add the inputs of stage l send their deltas here as well.
    void add_deltas(int64_t l) const {
        const int64_t n = net.layers[l].n_in;
        for (int64_t sum = l; sum < net.n_layers; ++sum)
            for (int64_t s = 0; s < n_spans && net.layers[sum].kind == Kind::sum && net.layers[sum].adds == l; ++s) {
                const Span& span = spans[s];
                T* below = neurons(deltas(l - 1), n, place(l - 1, span)) + span.begin;
                const T* others = neurons(block.deltas[sum], n, span.panel) + span.begin;
                add_panels<T>({n, span.end - span.begin}, below, others, below, false);
            }
    }

    // What the parameters of stage l need of its deltas: block.deltas[l], from panels to rows of neurons, or the sums
    // of the half panels for a norm.
    void settle(int64_t l) const {
        const Layer& layer = net.layers[l];
        if (layer.kind == Kind::dense) return turn(l, deltas(l));
        if (layer.kind == Kind::sum) return;
        const bool by_row = layer.kind == Kind::layer_norm;
        in_halves(l, [&]<bool FULL>(const Span& span, int64_t lane, int64_t rows, T* sums) {
            const T* inputs = neurons(block.outputs[l], layer.n_in, span.panel) + lane;
            const T* above = neurons(deltas(l), layer.n_in, place(l, span)) + lane;
            const T* kept = by_row ? neurons(block.norms[l], 2, span.panel) + lane : block.norms[l];
            const auto value = [&](int64_t j, int v) { return load(inputs + j * kPanel<T> + v * Simd<T>::W); };
            if (by_row)
                upstream_half<T, FULL>(above, layer.n_in, rows, sums, layer.stride, [&](int64_t j, int v) {
                    return (value(j, v) - load(kept + v * Simd<T>::W)) * load(kept + kPanel<T> + v * Simd<T>::W);
                });
            else
                upstream_half<T, FULL>(above, layer.n_in, rows, sums, layer.stride, [&](int64_t j, int v) {
                    return (value(j, v) - kept[kCenter * layer.stride + j]) * kept[kInverse * layer.stride + j];
                });
        });
    }

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

    // The loss leaves the deltas of the last stage where sums were.
    void settle_last() const {
        const int64_t last = net.n_layers - 1, n = net.layers[last].n_out;
        for (int64_t s = 0; s < n_spans && is_kept(last); ++s) {
            const Span& span = spans[s];
            const T* from = neurons(scratch.deltas[0], n, span.slot) + span.begin;
            T* to = neurons(block.deltas[last], n, span.panel) + span.begin;
            for (int64_t j = 0; j < n * kPanel<T>; j += kPanel<T>)
                for (int64_t v = j; v < j + span.end - span.begin; v += Simd<T>::W) store(to + v, load(from + v));
        }
        settle(last);
    }

    // From stage `from`, whose deltas are settled, to stage `to`.
    void backward(int64_t from, int64_t to) const {
        for (int64_t l = from; l > to; --l) {
            back(l);
            settle(l - 1);
        }
    }
};

// One leg of halves [begin, end) of the block's rows, in groups of as many panels as the scratch holds.
template <class T>
void pass_rows(const Net& net, const T* parameters, const Batch<T>& batch, const Block<T>& block,
               const RowScratch<T>& scratch, const Leg& leg, int64_t begin, int64_t end) {
    Span spans[kMostSpans];
    while (begin < end) {
        int64_t n = 0;
        for (; n < scratch.group && begin < end; ++n) {
            const int64_t stop = (begin / 2 + 1) * 2 < end ? (begin / 2 + 1) * 2 : end;
            spans[n] = {begin / 2, n, begin % 2 * kHalf<T>, (stop - 1) % 2 * kHalf<T> + kHalf<T>};
            if (leg.first == 0 && !leg.is_back) gather(batch, block, scratch.zeros, net.layers[0].n_in, spans[n]);
            begin = stop;
        }
        const RowPass<T> pass{net, parameters, batch, block, scratch, spans, n};
        if (!leg.is_back) pass.forward(leg.first, leg.last);
        if (leg.last < net.n_layers) {
            if (leg.is_back) pass.backward(leg.last, leg.first);
            else pass.measure(leg.last);
            continue;
        }
        pass.loss();
        pass.settle_last();
        pass.backward(leg.last - 1, leg.first);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
