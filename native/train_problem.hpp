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

enum class Loss : int32_t { squared, mse, mae, huber, cross_entropy, binary_cross_entropy };
enum class Rule : int32_t { sgd, momentum, nesterov, rmsprop, adam };

template <class T> constexpr int64_t kPanel = 128 / int64_t(sizeof(T));  // samples in a panel, neurons in a strip
template <class T> constexpr int64_t kHalf = kPanel<T> / 2;              // the unit in which rows are handed out
constexpr int64_t kItemRows = 96;  // inputs in one item of the weights: whole tiles on every instruction set

// One dense layer. Parameters are offsets into flat vectors: the weights, both moments and the gradient look alike.
struct Layer {
    int64_t n_in, n_out;
    int64_t stride;   // of a row of weights, whole lines
    int64_t weights;  // offset of (n_in, stride)
    int64_t biases;   // offset of (stride,); zeros that stay zero where there is no bias
    bool has_bias;
    Activation activation;
    bool keeps_slope;  // the derivative is stored on the way forward, rather than computed from the output
    double dropout;    // share of outputs set to zero in training
};

struct Net {
    const Layer* layers;
    int64_t n_layers;
    int64_t size;      // of the flat vectors
    Loss loss;
    double delta;      // huber: where the parabola ends
    double smoothing;  // cross_entropy: share of the target spread evenly over all classes
};

// The rows of one batch, and what every row's loss counts.
template <class T> struct Batch {
    const T* x;              // (n, n_in)
    const T* targets;        // (n, n_out), or null
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
    T** deltas;           // [layer][strip of kPanel neurons][row][neuron]
    T* losses;            // (capacity,) of each row, unscaled
};

// What one worker needs for a group of panels.
template <class T> struct RowScratch {
    int64_t group;    // panels
    T* deltas[2];     // [panel][neuron][sample] of two layers
    T** slopes;       // [layer][panel][neuron][sample] where the layer keeps its slope, else null
    T* targets;       // [neuron][sample] of one panel
    T* zeros;         // (n_in,) stands for rows that are not there
};

// One step of an optimiser, the same for all parameters.
template <class T> struct Step {
    Rule rule;
    T rate, momentum;          // sgd: p -= rate * g, with momentum m = momentum * m + g
    T decay_1, rest_1;         // adam: m += rest_1 * (g - m)
    T decay_2, rest_2;         // v = decay_2 * v + rest_2 * g * g
    T root_scale, epsilon;     // denominator sqrt(v) * root_scale + epsilon
    T shrink;                  // p *= shrink before the step (decoupled decay); 1 for none
    T l2;                      // g += l2 * w, weights only
};

// The flat vectors, each Net::size long.
template <class T> struct Flat {
    T* parameters;
    T* first;     // momentum, or mean of gradients; null where the rule has none
    T* second;    // mean of squared gradients; null where the rule has none
    T* gradient;  // partial sums of blocks that came before
};

// A piece of one layer's parameters: inputs [begin, end) of the neurons of one strip; the first piece has the biases.
struct Piece {
    int64_t layer, strip, begin, end;
};

// What happens to the sum over the rows of one block.
struct Ending {
    bool adds;     // to the gradient that stands in Flat::gradient
    bool updates;  // the parameters are stepped; otherwise the sum is stored in Flat::gradient
};

}  // namespace ganglion
