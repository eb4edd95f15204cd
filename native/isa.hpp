// The tables of functions of one instruction set, and which of them is in use.
#pragma once
#include "bayes_kernels.hpp"
#include "columns_kernels.hpp"
#include "criteria_kernels.hpp"
#include "distance_kernels.hpp"
#include "linkage_kernels.hpp"
#include "meanfield_kernels.hpp"
#include "medoid_kernels.hpp"
#include "partition_kernels.hpp"
#include "pixels_kernels.hpp"
#include "problem.hpp"
#include "refit_kernels.hpp"
#include "sequence_kernels.hpp"
#include "spanning_kernels.hpp"
#include "sweep_kernels.hpp"
#include "train_kernels.hpp"

namespace ganglion {

// Filters: fast, with a known error bound.
template <class T> struct TilesOf {
    int lanes;  // centres in a panel
    int64_t (*scratch_bytes)(int64_t d, int64_t k, int64_t block);
    bool (*samples_are_lanes)(int64_t d);
    int64_t (*group_panels)(int64_t d, int64_t k);
    void (*centers_apart)(const Centers<T>& centers, int64_t begin, int64_t end, float* apart);
    void (*pack_centers)(Centers<T>& centers);
    void (*assign_block)(const Assignment<T>& job, int64_t block, int worker);
    void (*label_block)(const Rows<T>& rows, const Centers<T>& centers, int64_t begin, int64_t end, int32_t* labels,
                        char* scratch);
    int64_t (*seed_scratch_bytes)(int64_t d);
    void (*row_squares)(const Rows<T>& rows, const T* shift, int64_t begin, int64_t end, T* squares, char* scratch);
    int64_t (*find_hopeful)(const Seeding<T>& job, int64_t block, int32_t* index);
    void (*seed_gains)(const Seeding<T>& job, int64_t block, int32_t* index, int64_t count, char* scratch);
    int64_t (*sketch_scratch_bytes)(int64_t d);
    double (*sketch_block)(const Rows<T>& rows, const SketchMap<T>& map, const double* weights, int64_t begin,
                           int64_t end, int8_t* out, char* scratch);
    void (*absorb_block)(const Rows<T>& rows, const Centers<T>& batch, int64_t begin, int64_t end, double* nearest,
                         int32_t* owner, int32_t first_owner, char* scratch);
    void (*seed_apart)(const T* seeds, int64_t n_seeds, int64_t stride, const T* squares,
                       const Centers<T>& candidates, T* apart);
};

// Definitions: the same bits on every set. See canonical.hpp and canonical.cpp.
template <class T> struct DefinitionsOf {
    void (*distances8)(const T* const* x, const T* const* c, int64_t d, double* out);
    const T* (*dense_row)(const Rows<T>& rows, int64_t i, T* out);
    int32_t (*nearest_of)(const T* x, const T* centers, int64_t d, const int32_t* which, int64_t n_which, double* best);
    void (*add_to_sums)(const Rows<T>& rows, int64_t i, const Grid& grid, const double* weight, int64_t sign,
                        int64_t* sums, int64_t* count);
    double (*own_distances)(const Rows<T>& rows, const T* centers, const int32_t* labels, const double* weights,
                            int64_t begin, int64_t end, T* scratch, double* out);
    void (*all_distances)(const Rows<T>& rows, const T* centers, int64_t k, int64_t begin, int64_t end, T* scratch,
                          double* out);
    void (*update_nearest)(const Rows<T>& rows, const T* seed, const uint16_t* hopes, uint32_t bit, int64_t begin,
                             int64_t end, double* nearest, int32_t* owner, int32_t index, T* scratch);
    double (*exact_gain)(const Rows<T>& rows, const T* seed, const uint16_t* hopes, uint32_t bit, const double* nearest,
                         const double* weights, int64_t begin, int64_t end, T* scratch);
    double (*column_moments)(const Rows<T>& rows, const double* weights, int64_t begin, int64_t end, T* dense,
                             double* out);
};

struct Tiles {
    TilesOf<float> f32;
    TilesOf<double> f64;
};

struct Definitions {
    double (*weighted_sum)(const double* values, const double* weights, int64_t n);
    DefinitionsOf<float> f32;
    DefinitionsOf<double> f64;
};

struct Isa {
    const char* name;
    const Tiles* tiles;
    const Definitions* definitions;
    const TrainKernels* training;
    const DistanceKernels* distances;
    const SequenceKernels* sequences;
    const LinkageKernels* linkage;
    const SpanningKernels* spanning;
    const MedoidKernels* medoids;
    const BayesKernels* bayes;
    const ColumnsKernels* columns;
    const SweepKernels* sweeps;
    const PartitionKernels* partitions;
    const MeanFieldKernels* meanfield;
    const CriteriaKernels* criteria;
    const PixelKernels* pixels;
    const RefitKernels* refits;
    bool (*supported)();
};

// Compiled in and runnable on this processor, the best last.
const Isa* const* available_isas(int* count);
const Isa& isa();
bool use_isa(const char* name);

template <class T> const TilesOf<T>& tiles();
template <> inline const TilesOf<float>& tiles() { return isa().tiles->f32; }
template <> inline const TilesOf<double>& tiles() { return isa().tiles->f64; }
// The tiles with the fewest lanes that hold `lanes` in one panel, or the widest: two half vectors a cycle cost what a
// whole one does, and a few candidates leave half of that idle.
template <class T> const TilesOf<T>& tiles_for(int lanes);

template <class T> const DefinitionsOf<T>& definitions();
template <> inline const DefinitionsOf<float>& definitions() { return isa().definitions->f32; }
template <> inline const DefinitionsOf<double>& definitions() { return isa().definitions->f64; }

}  // namespace ganglion
