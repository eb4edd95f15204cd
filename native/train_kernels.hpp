// The table of training kernels of one instruction set.
#pragma once
#include "train_problem.hpp"

namespace ganglion {

template <class T> struct TrainKernelsOf {
    // Rows of a block, in halves of panels [begin, end): one leg of the way forward, loss and back.
    void (*pass_rows)(const Net& net, const T* parameters, const Batch<T>& batch, const Block<T>& block,
                      const RowScratch<T>& scratch, const Leg& leg, int64_t begin, int64_t end);
    // Between two legs: one strip of the batch norm of stage l. moments (2, stride): mean and variance of the batch.
    void (*combine_norm)(const Net& net, const T* parameters, const Block<T>& block, int64_t l, int64_t strip,
                         bool is_back, double* moments);
    double (*learn_piece)(const Net& net, const Block<T>& block, const Flat<T>& flat, const Step<T>& step,
                          const Piece& piece, Ending ending);
    double (*combine_piece)(const Net& net, const T* parts, int64_t n_parts, const Flat<T>& flat, const Step<T>& step,
                            const Piece& piece, Ending ending);
    double (*step_piece)(const Net& net, const Flat<T>& flat, const Step<T>& step, const Piece& piece);
    void (*predict_block)(const Net& net, const T* parameters, const Batch<T>& batch, const Block<T>& block,
                          const RowScratch<T>& scratch, T* out);
    void (*predict_row)(const Net& net, const T* parameters, const T* x, const RowBuffers<T>& buffers, T* out);
    // values and slopes (n,), n whole panels, in place; the elementary functions by number for tests of accuracy.
    void (*activate)(Activation activation, int64_t n, T* values, T* slopes);
    void (*elementary)(int function, int64_t n, T* values);
};

struct TrainKernels {
    TrainKernelsOf<float> f32;
    TrainKernelsOf<double> f64;
};

}  // namespace ganglion
