// Program32 and Program64: networks as the trainer has them. Sizes are the caller's business.
#include "train_bindings.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <mutex>
#include <string>
#include <thread>
#include <tuple>

#include "bound_pairs.hpp"
#include "train_program.hpp"

namespace ganglion {
namespace {

template <class T> using Maybe = std::optional<In<T>>;

template <class T> const T* pointer(const Maybe<T>& a) { return a ? a->data() : nullptr; }

// kind, n_in, n_out, activation, bias, dropout, adds, epsilon, momentum
using LayerSpec = std::tuple<int, int64_t, int64_t, int, bool, double, int64_t, double, double>;
using EpochResult = std::tuple<int, double, double, double, int64_t>;

std::vector<Layer> layers_from(const std::vector<LayerSpec>& specs) {
    std::vector<Layer> layers;
    for (const auto& [kind, n_in, n_out, activation, bias, dropout, adds, epsilon, momentum] : specs) {
        Layer layer{};
        layer.kind = Kind(kind);
        layer.n_in = n_in, layer.n_out = n_out;
        layer.has_bias = bias;
        layer.activation = Activation(activation);
        layer.dropout = dropout;
        layer.adds = adds, layer.epsilon = epsilon, layer.momentum = momentum;
        layers.push_back(layer);
    }
    return layers;
}

template <class T> struct BoundProgram {
    Program<T> program;
    std::mutex mutex;
    std::thread::id owner;
    Numbers<T> kept[4];
    Numbers<T> kept_running;
    bool kept_average = false;
    int64_t batches = 0;  // of the last call to learn

    BoundProgram(const std::vector<LayerSpec>& specs, int loss, std::vector<double> numbers,
                 double smoothing)
        : program(layers_from(specs), Loss(loss), std::move(numbers), smoothing) {}
};

// One caller at a time. Whoever waits does so without the GIL, which the other needs to finish; a signal handler that
// comes back for the program that it interrupted would wait for itself.
template <class T> class Exclusive {
  public:
    explicit Exclusive(BoundProgram<T>& bound) : bound_(bound) {
        if (!bound.mutex.try_lock()) {
            if (bound.owner == std::this_thread::get_id())
                throw std::runtime_error("This network is being trained; a signal handler cannot use it now.");
            nb::gil_scoped_release released;
            bound.mutex.lock();
        }
        bound.owner = std::this_thread::get_id();
    }
    ~Exclusive() {
        bound_.owner = {};
        bound_.mutex.unlock();
    }
    Exclusive(const Exclusive&) = delete;

  private:
    BoundProgram<T>& bound_;
};

// Which flat vector: 0 parameters, 1 and 2 moments, 3 the gradient, which is only read.
constexpr int kAverage = 4;

template <class T> T* flat_of(Program<T>& program, int which) {
    if (which == kAverage) return program.average();
    return which == 0 ? program.parameters() : which == 1 ? program.first() : program.second();
}

// f(row in the flat vector, row of the caller's array, length) for every row of W1, b1 (where there is one), gamma1 ...
template <class T, class A, class F> void for_rows(const Program<T>& program, T* flat, std::vector<A>& arrays, F&& f) {
    size_t next = 0;
    for (const Layer& layer : program.layers()) {
        if (layer.rows == 0) continue;
        auto* at = arrays[next++].data();
        for (int64_t k = 0; k < layer.rows; ++k)
            f(flat + layer.weights + k * layer.stride, at + k * layer.n_out, layer.n_out);
        if (layer.has_bias) f(flat + layer.biases, arrays[next++].data(), layer.n_out);
    }
}

template <class T> void write(BoundProgram<T>& b, int which, std::vector<In<T>> arrays) {
    const Exclusive<T> alone(b);
    if (which == kAverage) b.program.set_has_average(true);
    for_rows(b.program, flat_of(b.program, which), arrays,
             [](T* row, const T* from, int64_t n) { std::copy_n(from, n, row); });
}

template <class T> void read(BoundProgram<T>& b, int which, std::vector<Out<T>> arrays) {
    const Exclusive<T> alone(b);
    T* flat = which == 3 ? const_cast<T*>(b.program.gradient()) : flat_of(b.program, which);
    for_rows(b.program, flat, arrays, [](const T* row, T* to, int64_t n) { std::copy_n(row, n, to); });
}

// The running mean and variance of every batch norm, in their order.
template <class T> void write_running(BoundProgram<T>& b, std::vector<In<T>> arrays) {
    const Exclusive<T> alone(b);
    Running<T>& running = b.program.running();
    for (size_t i = 0; i < arrays.size(); ++i) {
        const int64_t l = running.stages()[i / 2];
        T* to = i % 2 ? running.variances(l) : running.means(l);
        std::copy_n(arrays[i].data(), b.program.layers()[size_t(l)].n_out, to);
    }
    running.changed();
}

template <class T> void read_running(BoundProgram<T>& b, std::vector<Out<T>> arrays) {
    const Exclusive<T> alone(b);
    Running<T>& running = b.program.running();
    for (size_t i = 0; i < arrays.size(); ++i) {
        const int64_t l = running.stages()[i / 2];
        const T* from = i % 2 ? running.variances(l) : running.means(l);
        std::copy_n(from, b.program.layers()[size_t(l)].n_out, arrays[i].data());
    }
}

// Sums of x - x: 0 for numbers, NaN for everything else.
template <class T> bool is_finite(BoundProgram<T>& b) {
    const Exclusive<T> alone(b);
    const T* p = b.program.parameters();
    bool finite = true;
    for (int64_t i = 0; i < b.program.net().size; ++i) finite &= p[i] - p[i] == 0;
    const T* r = b.program.running().data();
    for (int64_t i = 0; i < b.program.running().size(); ++i) finite &= r[i] - r[i] == 0;
    return finite;
}

// Remembers parameters, moments, average and running statistics, or goes back to what was remembered.
template <class T> void keep(BoundProgram<T>& b, bool restore) {
    const Exclusive<T> alone(b);
    const auto one = [&](Numbers<T>& memory, T* now, int64_t n) {
        memory.resize(n);
        T* kept = memory.data();
        std::copy_n(restore ? kept : now, n, restore ? now : kept);
    };
    if (restore) b.program.set_has_average(b.kept_average);
    else b.kept_average = b.program.has_average();
    const bool wanted[] = {true, b.program.has_first(), b.program.has_second(), b.program.has_average()};
    for (int i = 0; i < 4; ++i)
        if (wanted[i]) one(b.kept[i], flat_of(b.program, i < 3 ? i : kAverage), b.program.net().size);
    one(b.kept_running, b.program.running().data(), b.program.running().size());
}

template <class T> EpochResult result_of(BoundProgram<T>& b, const Epoch& e) {
    b.batches = e.batches;
    if (e.outcome == Outcome::interrupted) throw nb::python_error();
    return {int(e.outcome), e.loss, e.weight, e.penalty, e.batches};
}

template <class T>
Learning<T> learning(const In<T>& x, const Maybe<T>& targets, const Maybe<int32_t>& labels,
                     const Maybe<double>& weights, const Maybe<int64_t>& order, bool mean) {
    return {x.data(), pointer(targets), pointer(labels), pointer(weights), pointer(order),
            int64_t(order ? order->shape(0) : x.shape(0)), mean};
}

template <class T>
EpochResult learn(BoundProgram<T>& b, In<T> x, Maybe<T> targets, Maybe<int32_t> labels, Maybe<double> weights,
                  Maybe<int64_t> order, bool mean, int64_t batch_size, int rule, double momentum, double beta_1,
                  double beta_2, double epsilon, double decay, double l2, In<double> rates, int64_t steps,
                  uint64_t seed, double momentum_decay, double clip_norm, double clip_value, double average) {
    const Exclusive<T> alone(b);
    b.batches = 0;
    const Optimiser optimiser{Rule(rule), momentum, beta_1, beta_2, epsilon, decay, l2, rates.data(),
                              int64_t(rates.shape(0)), steps, seed, momentum_decay, clip_norm, clip_value, average};
    return result_of(b, b.program.learn(learning(x, targets, labels, weights, order, mean), batch_size, optimiser));
}

template <class T>
EpochResult differentiate(BoundProgram<T>& b, In<T> x, Maybe<T> targets, Maybe<int32_t> labels, Maybe<double> weights,
                          bool mean) {
    const Exclusive<T> alone(b);
    return result_of(b, b.program.differentiate(learning(x, targets, labels, weights, Maybe<int64_t>(), mean)));
}

template <class T> void bind_program(nb::module_& m, const std::string& suffix) {
    using B = BoundProgram<T>;
    nb::class_<B>(m, ("Program" + suffix).c_str())
        .def(nb::init<const std::vector<LayerSpec>&, int, std::vector<double>, double>(), nb::arg("layers"),
             nb::arg("loss"), nb::arg("numbers"), nb::arg("smoothing"))
        .def("write", &write<T>)
        .def("read", &read<T>)
        .def("keep", &keep<T>)
        .def_prop_ro("is_finite", &is_finite<T>)
        .def_prop_ro("has_average", [](const B& b) { return b.program.has_average(); })
        .def_prop_ro("batches", [](const B& b) { return b.batches; })
        .def("learn", &learn<T>, nb::arg("x"), nb::arg("targets").none(), nb::arg("labels").none(),
             nb::arg("weights").none(), nb::arg("order").none(), nb::arg("mean"), nb::arg("batch_size"),
             nb::arg("rule"), nb::arg("momentum"), nb::arg("beta_1"), nb::arg("beta_2"), nb::arg("epsilon"),
             nb::arg("decay"), nb::arg("l2"), nb::arg("rates"), nb::arg("steps"), nb::arg("seed"),
             nb::arg("momentum_decay"), nb::arg("clip_norm"), nb::arg("clip_value"), nb::arg("average"))
        .def("differentiate", &differentiate<T>, nb::arg("x"), nb::arg("targets").none(), nb::arg("labels").none(),
             nb::arg("weights").none(), nb::arg("mean"))
        .def("write_running", &write_running<T>)
        .def("read_running", &read_running<T>)
        .def("block_bytes", [](B& b, int64_t batch_size) { return b.program.block_bytes(batch_size); })
        .def("predict", [](B& b, In<T> x, Out<T> out) {
            const Exclusive<T> alone(b);
            if (!b.program.predict(x.data(), int64_t(x.shape(0)), out.data())) throw nb::python_error();
        })
        .def("predict_row", [](B& b, In<T> x, Out<T> out) {
            const Exclusive<T> alone(b);
            b.program.predict_row(x.data(), out.data());
        });
    m.def(("activate" + suffix).c_str(), [](int activation, Out<T> values, std::optional<Out<T>> slopes) {
        train_kernels<T>().activate(Activation(activation), int64_t(values.shape(0)), values.data(),
                                    slopes ? slopes->data() : nullptr);
    }, nb::arg("activation"), nb::arg("values"), nb::arg("slopes").none());
    m.def(("elementary" + suffix).c_str(), [](int function, Out<T> values) {
        train_kernels<T>().elementary(function, int64_t(values.shape(0)), values.data());
    });
}

}  // namespace

void bind_training(nb::module_& m) {
    bind_program<float>(m, "32");
    bind_program<double>(m, "64");
}

}  // namespace ganglion
