// Thin: see bindings.cpp.
#include "bound_pairs.hpp"
#include "search_cells.hpp"

namespace ganglion {
namespace {

// x (n, d) in at most m cells: centers (m, d) and weights (m,); returns how many there are.
int64_t search_cells(In<double> x, In<double> weights, int64_t steps, uint64_t seed, Out<double> centers, Out<double> mass) {
    RefitPanels rows;
    Cells cells;
    rows.fill(x.data(), weights.data(), int64_t(x.shape(0)), int64_t(x.shape(1)));
    check_finished(parallel(1, 1, [&](int64_t, int) { cells.divide(rows.rows, int64_t(mass.shape(0)), steps, seed); }));
    std::copy(cells.centers.begin(), cells.centers.end(), centers.data());
    std::copy(cells.weights.begin(), cells.weights.end(), mass.data());
    return int64_t(cells.weights.size());
}

// out: for each of `numbers` its best centres (number, d), one after the other; found: how many there are of each.
void search_centers(In<double> x, In<double> weights, In<double> cells, In<double> mass, In<int64_t> merges,
                    In<int64_t> numbers, In<uint64_t> seeds, int64_t draws, int64_t cell_steps, int64_t steps, double tol,
                    Out<double> out, Out<int64_t> found) {
    const int64_t n = int64_t(x.shape(0)), d = int64_t(x.shape(1)), n_numbers = int64_t(numbers.shape(0));
    RefitPanels rows;
    rows.fill(x.data(), weights.data(), n, d);
    CenterSearch search({rows.rows, cells.data(), mass.data(), merges.data(), int64_t(mass.shape(0)), numbers.data(),
                         n_numbers, seeds.data(), draws, {1, cell_steps, tol}, {1, steps, tol}});
    check_finished(search.run(get_num_threads()));
    double* to = out.data();
    for (int64_t i = 0; i < n_numbers; ++i) {
        const FoundCenters& best = search.best(i);
        std::copy(best.centers.begin(), best.centers.end(), to);
        found.data()[i] = best.k();
        to += numbers.data()[i] * d;
    }
}

}  // namespace

void bind_searches(nb::module_& m) {
    m.def("search_cells", &search_cells, nb::arg("x"), nb::arg("weights"), nb::arg("steps"), nb::arg("seed"),
          nb::arg("centers"), nb::arg("mass"));
    m.def("search_centers", &search_centers, nb::arg("x"), nb::arg("weights"), nb::arg("cells"), nb::arg("mass"),
          nb::arg("merges"), nb::arg("numbers"), nb::arg("seeds"), nb::arg("draws"), nb::arg("cell_steps"), nb::arg("steps"),
          nb::arg("tol"), nb::arg("out"), nb::arg("found"));
}

}  // namespace ganglion
