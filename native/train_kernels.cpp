// One translation unit of training kernels per instruction set, compiled without contraction: see train_lanes.hpp.
#include "train_kernels.hpp"

#include "train_pieces.hpp"
#include "train_predict.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> void activate_all(Activation activation, int64_t n, T* values, T* slopes) {
    kActivations<T>[int(activation)].activate({1, n}, values, slopes);
}

template <class T> void elementary(int function, int64_t n, T* values) {
    for (int64_t i = 0; i < n; i += Simd<T>::W) {
        const Vec<T> x = load(values + i);
        Vec<T> unused;
        const Vec<T> y = function == 0   ? exp_bounded<T>(x)
                         : function == 1 ? expm1_of_negative<T>(x)
                         : function == 2 ? log_normal<T>(x)
                         : function == 3 ? log1p_of_unit<T>(x)
                         : function == 4 ? tanh_of<T>(x)
                         : function == 5 ? sigmoid_of<T>(x)
                                         : normal_tail<T>(x, unused);
        store(values + i, y);
    }
}

template <class T> constexpr TrainKernelsOf<T> train_kernels_of{
    pass_rows<T>,     combine_norm<T>, learn_stage<T>,  combine_stage<T>, step_stage<T>,
    predict_block<T>, predict_row<T>,  activate_all<T>, elementary<T>,
};

extern const TrainKernels kTrainKernels{train_kernels_of<float>, train_kernels_of<double>};

}  // namespace ganglion::GANGLION_NAMESPACE
