// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "columns_kernels.hpp"

#include "columns_bernoulli.hpp"
#include "columns_counts.hpp"
#include "columns_normal.hpp"
#include "columns_poisson.hpp"
#include "columns_semi.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class F> constexpr BlockOps of_cells() {
    using C = CellOps<F>;
    return {F::numbers, C::clear, C::add,  C::remove, C::rebuild, C::score, C::log_marginal,
            nullptr,    nullptr,  nullptr, nullptr};
}

template <class F> constexpr BlockOps of_moments() {
    return {F::n_numbers, F::clear, F::add,  F::remove, F::rebuild, F::score, F::log_marginal,
            nullptr,      nullptr,  nullptr, nullptr};
}

constexpr BlockOps with_parameters() {
    using F = SemiConjugateNormal;
    BlockOps ops = of_moments<F>();
    ops.draw = F::draw;
    ops.n_shared = F::n_shared;
    ops.start_shared = F::start_shared;
    ops.draw_shared = F::draw_shared;
    return ops;
}

constexpr BlockOps kDiagonalNormal = of_moments<DiagonalNormal>(), kMultinomial = of_cells<Multinomial>(),
                   kBernoulli = of_cells<Bernoulli>(), kPoisson = of_cells<Poisson>(),
                   kCategorical = of_cells<Categorical>(), kSemiConjugateNormal = with_parameters();

const BlockOps* columns_ops(BlockKind kind) {
    switch (kind) {
        case BlockKind::diagonal_normal: return &kDiagonalNormal;
        case BlockKind::multinomial: return &kMultinomial;
        case BlockKind::bernoulli: return &kBernoulli;
        case BlockKind::poisson: return &kPoisson;
        case BlockKind::categorical: return &kCategorical;
        case BlockKind::semi_conjugate_normal: return &kSemiConjugateNormal;
        default: return nullptr;
    }
}

extern const ColumnsKernels kColumnsKernels;
const ColumnsKernels kColumnsKernels{columns_ops};

}  // namespace ganglion::GANGLION_NAMESPACE
