// What the trainer hands to the kernels: plain structs, the same for every instruction set.
//
// Samples are lanes. The activations of a layer stand in panels: [panel of kPanel samples][neuron][sample], 128 bytes
// for each neuron, so that a product reads them in one stream. Weights are (n_in, stride) row by row as the caller has
// them, rows padded to whole lines; one layout serves the way forward, the way back and the update.
#pragma once
#include <cstdint>

namespace ganglion {

enum class Activation : int32_t {
    identity, sigmoid, tanh, relu, leaky_relu, step, elu, selu, gelu, silu, mish, softplus, softmax
};
// Otherwise the slope is kept on the way forward.
inline bool slope_follows_from_output(Activation a) {
    return a != Activation::gelu && a != Activation::silu && a != Activation::mish && a != Activation::softplus;
}

// What a stage does with its inputs before the activation: x W + b; (x - mean) / sqrt(variance + epsilon) * gamma +
// beta, over the rows of a batch or over the neurons of a row; or x + the inputs of an earlier stage.
enum class Kind : int32_t { dense, batch_norm, layer_norm, sum };
inline bool is_norm(Kind kind) { return kind == Kind::batch_norm || kind == Kind::layer_norm; }

enum class Loss : int32_t {
    squared, mse, mae, huber, cross_entropy, binary_cross_entropy, poisson, quantile, gaussian
};
enum class Rule : int32_t { sgd, momentum, nesterov, rmsprop, adam, nadam };

template <class T> constexpr int64_t kPanel = 128 / int64_t(sizeof(T));  // samples in a panel, neurons in a strip
template <class T> constexpr int64_t kHalf = kPanel<T> / 2;              // the unit in which rows are handed out
constexpr int64_t kHalfSums = 3;   // that norms need of each neuron and half panel
constexpr int64_t kItemRows = 96;  // inputs in one item of the weights: whole tiles on every instruction set

// One stage. Parameters are offsets into flat vectors: the weights, both moments and the gradient look alike. The
// weights of a norm are one row, gamma, and its biases are beta; a sum has none.
struct Layer {
    Kind kind;
    int64_t n_in, n_out;
    int64_t stride;   // of a row of weights, whole lines
    int64_t rows;     // of weights: n_in, 1 for a norm, 0 for a sum
    int64_t weights;  // offset of (rows, stride)
    int64_t biases;   // offset of (stride,); zeros that stay zero where there is no bias
    bool has_bias;
    Activation activation;
    bool keeps_slope;  // the derivative is stored on the way forward, rather than computed from the output
    double dropout;    // share of outputs set to zero in training
    int64_t adds;      // sum: the earlier stage whose inputs are added
    bool is_added;     // its inputs, by a later sum
    double epsilon;    // norms: added to the variance
    double momentum;   // batch norm: the share of a batch in the running statistics
};

// What a batch norm needs of each neuron: rows of `stride` numbers in Block::norms.
// Forward (x - center) * scale + beta, xhat = (x - center) * inverse; back delta * scale + (x - center) * pull + shift.
enum BatchNumbers { kCenter, kInverse, kScale, kPull, kShift, kBatchNumbers };

struct Net {
    const Layer* layers;
    int64_t n_layers;
    int64_t size;      // of the flat vectors
    bool waits;        // there is a batch norm: rows wait for each other
    Loss loss;
    const double* numbers;  // huber: where the parabola ends; quantile: the levels; gaussian: log of the least variance
    int64_t n_numbers;
    int64_t n_targets;      // of a row; outputs may be more
    double smoothing;  // cross_entropy: share of the target spread evenly over all classes
};

// The rows of one batch, and what every row's loss counts.
template <class T> struct Batch {
    const T* x;              // (n, n_in)
    const T* targets;        // (n, n_targets), or null
    const int32_t* labels;   // (n,), where targets is null
    const double* weights;   // (n,), or null
    const int64_t* order;    // the rows of this batch, or null: `first`, first + 1 ...
    int64_t first, rows;
    double scale;            // of a row's loss: 1 / total weight, or 1
    uint64_t dropout_key;    // differs from batch to batch
};

// The activations of one block of rows, and the deltas (derivatives by the weighted sums) turned for the weights.
template <class T> struct Block {
    int64_t begin, rows;  // in the batch
    int64_t capacity;     // rows that fit, whole panels
    T** outputs;          // [layer][panel][neuron][sample], layer 0 is the input
    T** deltas;           // [layer][strip of kPanel neurons][row][neuron]; of a batch norm or a sum as outputs are
    T* losses;            // (capacity,) of each row, unscaled
    T** slopes;           // where rows wait: [layer][panel][neuron][sample] as in RowScratch, else null
    T** norms;            // layer norm: [panel][mean, 1 / deviation][sample]; batch norm: [BatchNumbers][neuron]
    T** sums;             // norms: [half panel][kHalfSums][stride], over its rows; see train_halves.hpp
};

// The part of a block's work that needs no other rows: stages [first, last) forward; with the last stage of all, also
// the loss and back to `first`. Or from the batch norm `last` back to `first`. It ends at a batch norm or at the input.
struct Leg {
    int64_t first, last;
    bool is_back;
};

// What one worker needs for a group of panels.
template <class T> struct RowScratch {
    int64_t group;    // panels
    T* deltas[2];     // [panel][neuron][sample] of two layers
    T** slopes;       // [layer][panel][neuron][sample] where the layer keeps its slope, else null
    T* targets;       // [neuron][sample] of one panel
    T* zeros;         // (n_in,) stands for rows that are not there
};

// What one row needs on its way to the outputs.
template <class T> struct RowBuffers {
    T** outputs;   // [layer] (stride,), each its own where a later stage adds it, else two in turns
    T* inputs;     // (whole lines of n_in,) for a copy of the row, or null where products read it as it is
    T** norms;     // as in Block
};

// One step of an optimiser, the same for all parameters.
template <class T> struct Step {
    Rule rule;
    T rate, momentum;          // sgd: p -= rate * g, with momentum m = momentum * m + g
    T own_rate;                // nadam: of the gradient itself, beside `rate` of its mean
    T decay_1, rest_1;         // adam: m += rest_1 * (g - m)
    T decay_2, rest_2;         // v = decay_2 * v + rest_2 * g * g
    T root_scale, epsilon;     // denominator sqrt(v) * root_scale + epsilon
    T shrink;                  // p *= shrink before the step (decoupled decay); 1 for none
    T l2;                      // g += l2 * w, weights only
    T bound, gain;             // clipping: each g is cut to [-bound, bound], then multiplied
    T average_rest;            // average += average_rest * (p - average) after the step; 0 for none
};

// The flat vectors, each Net::size long.
template <class T> struct Flat {
    T* parameters;
    T* first;     // momentum, or mean of gradients; null where the rule has none
    T* second;    // mean of squared gradients; null where the rule has none
    T* gradient;  // partial sums of blocks that came before
    T* average;   // of parameters, after each step; null where there is none
};

// A piece of one layer's parameters: inputs [begin, end) of the neurons of one strip; the first piece has the biases.
struct Piece {
    int64_t layer, strip, begin, end;
};

// What happens to the sum over the rows of one block.
struct Ending {
    bool adds;     // to the gradient that stands in Flat::gradient
    bool updates;  // the parameters are stepped; otherwise the sum is stored in Flat::gradient
    bool measures = false;  // the sum of the squares of the cut gradient is what the piece returns
};

}  // namespace ganglion
