#include "isa.hpp"

#include <atomic>
#include <cstring>

namespace ganglion {

#define GANGLION_DECLARE(set)         \
    namespace isa_##set {             \
    extern const Tiles kTiles;        \
    extern const Definitions kDefinitions; \
    extern const TrainKernels kTrainKernels; \
    extern const DistanceKernels kDistanceKernels; \
    extern const SequenceKernels kSequenceKernels; \
    extern const LinkageKernels kLinkageKernels; \
    extern const SpanningKernels kSpanningKernels; \
    extern const MedoidKernels kMedoidKernels; \
    extern const BayesKernels kBayesKernels; \
    extern const ColumnsKernels kColumnsKernels; \
    extern const SweepKernels kSweepKernels; \
    extern const PartitionKernels kPartitionKernels; \
    extern const MeanFieldKernels kMeanFieldKernels; \
    extern const CriteriaKernels kCriteriaKernels; \
    extern const PixelKernels kPixelKernels; \
    extern const RefitKernels kRefitKernels; \
    }
GANGLION_DECLARE(baseline)
#if GANGLION_HAS_X86
GANGLION_DECLARE(v3)
GANGLION_DECLARE(v4)
#endif

namespace {

bool always() { return true; }
#if GANGLION_HAS_X86
bool has_v3() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }
bool has_v4() {
    return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
}
#endif

#define GANGLION_TABLES(set)                                                                                          \
    &isa_##set::kTiles, &isa_##set::kDefinitions, &isa_##set::kTrainKernels, &isa_##set::kDistanceKernels,            \
        &isa_##set::kSequenceKernels, &isa_##set::kLinkageKernels, &isa_##set::kSpanningKernels,                      \
        &isa_##set::kMedoidKernels, &isa_##set::kBayesKernels, &isa_##set::kColumnsKernels,                         \
        &isa_##set::kSweepKernels, &isa_##set::kPartitionKernels, &isa_##set::kMeanFieldKernels,  \
        &isa_##set::kCriteriaKernels, &isa_##set::kPixelKernels,     \
        &isa_##set::kRefitKernels
const Isa kIsas[] = {
    {"baseline", GANGLION_TABLES(baseline), always},
#if GANGLION_HAS_X86
    {"v3", GANGLION_TABLES(v3), has_v3},
    {"v4", GANGLION_TABLES(v4), has_v4},
#endif
};
constexpr int kCount = int(sizeof(kIsas) / sizeof(kIsas[0]));

std::atomic<const Isa*> chosen{nullptr};

}  // namespace

const Isa* const* available_isas(int* count) {
    static const Isa* found[kCount];
    int n = 0;
    for (const Isa& candidate : kIsas)
        if (candidate.supported()) found[n++] = &candidate;
    *count = n;
    return found;
}

const Isa& isa() {
    const Isa* now = chosen;
    if (!now) {
        int n;
        now = available_isas(&n)[n - 1];
        chosen = now;
    }
    return *now;
}

namespace {

template <class T> const TilesOf<T>& pick(const Tiles& t);
template <> const TilesOf<float>& pick(const Tiles& t) { return t.f32; }
template <> const TilesOf<double>& pick(const Tiles& t) { return t.f64; }

}  // namespace

template <class T> const TilesOf<T>& tiles_for(int lanes) {
    int n;
    const Isa* const* found = available_isas(&n);
    const TilesOf<T>* best = &tiles<T>();
    bool below = false;
    for (int i = n - 1; i > 0; --i) {  // the baseline has no fused multiply-add
        below = below || found[i] == &isa();
        if (below && pick<T>(*found[i]->tiles).lanes >= lanes) best = &pick<T>(*found[i]->tiles);
    }
    return *best;
}
template const TilesOf<float>& tiles_for(int);
template const TilesOf<double>& tiles_for(int);

bool use_isa(const char* name) {
    int n;
    const Isa* const* found = available_isas(&n);
    for (int i = 0; i < n; ++i)
        if (!std::strcmp(found[i]->name, name)) return chosen = found[i], true;
    return false;
}

}  // namespace ganglion
