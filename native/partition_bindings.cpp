// Thin: see bindings.cpp.
#include <memory>

#include "bound_pairs.hpp"
#include "partition_search.hpp"
#include "partition_together.hpp"

namespace ganglion {
namespace {

constexpr int64_t kMaxScans = 200;  // a guard: a scan that moves nothing ends a search, and few are needed

int64_t rows_of(const auto& array) { return int64_t(array.shape(0)); }
int64_t columns_of(const auto& array) { return int64_t(array.shape(1)); }

// Draws (n_draws, n_items) and how many clusters each has (n_draws,).
template <class T> struct Draws {
    const T* labels;
    const int64_t* k;
    int64_t count, n;
    Draws(const In<T>& labels, const In<int64_t>& k)
        : labels(labels.data()), k(k.data()), count(rows_of(labels)), n(columns_of(labels)) {}
    const T* operator[](int64_t b) const { return labels + b * n; }
};

template <class T> void number(In<int32_t> labels, int64_t n_values, Out<T> out, Out<int64_t> n_clusters) {
    const int64_t n = columns_of(labels), count = rows_of(labels), each = partitions_of_block(n);
    const int workers = get_num_threads();
    std::vector<std::vector<int32_t>> seen(size_t(workers), std::vector<int32_t>(size_t(n_values), -1));
    check_finished(parallel((count + each - 1) / each, workers, [&](int64_t block, int worker) {
        for (int64_t b = block * each; b < std::min(count, (block + 1) * each); ++b)
            n_clusters.data()[b] = number_by_appearance(labels.data() + b * n, n, seen[size_t(worker)].data(),
                                                        out.data() + b * n);
    }));
}

// Fills n_clusters where all partitions are numbered by first appearance already; otherwise returns false.
template <class T> bool numbered(In<T> labels, Out<int64_t> n_clusters) {
    const int64_t n = columns_of(labels), count = rows_of(labels), each = partitions_of_block(n);
    std::vector<char> are(size_t((count + each - 1) / each));
    check_finished(parallel(int64_t(are.size()), get_num_threads(), [&](int64_t block, int) {
        bool all = true;
        for (int64_t b = block * each; b < std::min(count, (block + 1) * each) && all; ++b)
            all = (n_clusters.data()[b] = clusters_if_numbered(labels.data() + b * n, n)) > 0;
        are[size_t(block)] = all;
    }));
    return std::find(are.begin(), are.end(), 0) == are.end();
}

template <class T> void take(In<T> draws, In<int64_t> rows, In<int64_t> items, Out<T> out) {
    check_finished(gather(draws.data(), columns_of(draws), rows.data(), rows_of(rows), items.data(), rows_of(items),
                          out.data()));
}

// sums[b] = sum_c h(n_c) and largest[b] = max_c n_c.
template <class T> void sizes(In<T> labels, In<int64_t> k, In<double> h, Out<double> sums, Out<int64_t> largest) {
    const Draws<T> draws(labels, k);
    const int workers = get_num_threads();
    const int64_t each = partitions_of_block(draws.n);
    std::vector<std::vector<int64_t>> counts(size_t(workers), std::vector<int64_t>(size_t(draws.n)));
    check_finished(parallel((draws.count + each - 1) / each, workers, [&](int64_t block, int worker) {
        int64_t* count = counts[size_t(worker)].data();
        for (int64_t b = block * each; b < std::min(draws.count, (block + 1) * each); ++b) {
            std::fill(count, count + draws.k[b], 0);
            for (int64_t i = 0; i < draws.n; ++i) ++count[draws[b][i]];
            double sum = 0;
            for (int64_t c = 0; c < draws.k[b]; ++c) sum += h.data()[count[c]];
            sums.data()[b] = sum;
            largest.data()[b] = *std::max_element(count, count + draws.k[b]);
        }
    }));
}

// out[a, b] = sum over the cells of the contingency table of partitions a and b of h(count).
template <class T>
void joint(In<T> first, In<int64_t> first_k, In<T> second, In<int64_t> second_k, In<double> h, Out<double> out) {
    const Draws<T> left(first, first_k), right(second, second_k);
    const int workers = get_num_threads();
    const int64_t each = partitions_of_block(2 * left.n);
    std::vector<std::vector<int32_t>> tables{size_t(workers)};
    for (int64_t a = 0; a < left.count; ++a) {
        const Beside<T> beside(left[a], left.n, left.k[a]);
        check_finished(parallel((right.count + each - 1) / each, workers, [&](int64_t block, int worker) {
            for (int64_t b = block * each; b < std::min(right.count, (block + 1) * each); ++b)
                out.data()[a * right.count + b] = beside.sum(right[b], right.k[b], h.data(), tables[size_t(worker)]);
        }));
    }
}

// out[i] = sum over draws of |own and other| / |own or other| for the clusters of item i in `labels` and in the draw.
template <class T> void overlaps(In<T> labels, int64_t k, In<T> given, In<int64_t> given_k, Out<double> out) {
    const Draws<T> draws(given, given_k);
    const Clusters own(labels.data(), draws.n, k);
    const int workers = get_num_threads();
    const int64_t chunks = std::min<int64_t>(16, draws.count);  // each with sums of its own, added in their order
    std::vector<double> sums(size_t(chunks * draws.n));
    std::vector<std::vector<int32_t>> tables{size_t(workers)};
    check_finished(parallel(chunks, workers, [&](int64_t chunk, int worker) {
        const int64_t end = (chunk + 1) * draws.count / chunks;
        for (int64_t b = chunk * draws.count / chunks; b < end && !interrupted(); ++b)
            add_overlaps(own, draws[b], draws.n, draws.k[b], tables[size_t(worker)], sums.data() + chunk * draws.n);
    }));
    for (int64_t i = 0; i < draws.n; ++i) {
        double sum = 0;
        for (int64_t chunk = 0; chunk < chunks; ++chunk) sum += sums[size_t(chunk * draws.n + i)];
        out.data()[i] = sum;
    }
}

// Two hashes of each item's clusters in all draws: (n, 2).
template <class T> void hash_items(In<T> draws, Out<uint64_t> out) {
    const int64_t n = columns_of(draws), count = rows_of(draws);
    const int64_t each = std::max<int64_t>(64, std::min<int64_t>(4096, kPartitionBlock / std::max<int64_t>(count, 1)));
    check_finished(parallel((n + each - 1) / each, get_num_threads(), [&](int64_t block, int) {
        const int64_t i0 = block * each, i1 = std::min(n, i0 + each);
        for (int64_t i = 2 * i0; i < 2 * i1; ++i) out.data()[i] = 0x243f6a8885a308d3ull + uint64_t(i % 2);
        for (int64_t b = 0; b < count; ++b)
            for (int64_t i = i0; i < i1; ++i) {
                const uint64_t label = uint64_t(draws.data()[b * n + i]) + 1;
                uint64_t* hash = out.data() + 2 * i;
                hash[0] = (hash[0] ^ label) * 0x9fb21c651e98df25ull;
                hash[0] ^= hash[0] >> 29;
                hash[1] = (hash[1] + label) * 0xd6e8feb86659fd93ull;
                hash[1] ^= hash[1] >> 32;
            }
    }));
}

// Whether every item is in the same cluster as items[i] in all draws.
template <class T> bool are_together(In<T> draws, In<int64_t> items) {
    const int64_t n = columns_of(draws), count = rows_of(draws), each = partitions_of_block(n);
    std::vector<char> same(size_t((count + each - 1) / each));
    check_finished(parallel(int64_t(same.size()), get_num_threads(), [&](int64_t block, int) {
        bool all = true;
        for (int64_t b = block * each; b < std::min(count, (block + 1) * each) && all; ++b) {
            const T* labels = draws.data() + b * n;
            for (int64_t i = 0; i < n; ++i) all &= labels[i] == labels[items.data()[i]];
        }
        same[size_t(block)] = all;
    }));
    return std::find(same.begin(), same.end(), 0) == same.end();
}

template <class T> void together(In<T> rows, In<T> columns, bool is_symmetric, Out<double> out) {
    check_finished(count_together(rows.data(), rows_of(rows), columns.data(), rows_of(columns), columns_of(rows),
                                  is_symmetric, out.data()));
}

// A whole search: as many runs as asked for, from the starts given and then from starts of its own.
template <class T> struct HeldSearch {
    In<T> columns;
    In<int64_t> bases, sizes;
    In<double> weights, h, gain;
    PartitionProblem<T> problem;
    int64_t most_in_a_draw = 0;

    HeldSearch(In<T> columns, In<int64_t> bases, In<double> weights, In<int64_t> sizes, In<double> h, In<double> gain,
               double own_share, int64_t max_clusters)
        : columns(columns), bases(bases), sizes(sizes), weights(weights), h(h), gain(gain),
          problem{rows_of(columns), columns_of(columns), 0, columns.data(), bases.data(), weights.data(), sizes.data(),
                  h.data(), gain.data(), own_share, max_clusters} {
        for (int64_t i = 0; i < problem.n_atoms; ++i) problem.n_items += sizes.data()[i];
        for (int64_t b = 0; b < problem.n_draws; ++b)
            most_in_a_draw = std::max(most_in_a_draw, bases.data()[b + 1] - bases.data()[b]);
    }

    // Fills labels (n_runs, n_atoms) and objectives (n_runs,); the first runs begin at starts (n_starts, n_atoms).
    // Tables of counts are dense as long as they take at most so many bytes.
    int64_t run(In<int32_t> starts, uint64_t seed, int64_t max_zealous, int64_t most_bytes, int64_t max_workers,
                Out<int32_t> labels, Out<double> objectives) {
        const SearchLimits limits{kMaxScans, max_zealous, most_bytes};
        using Search = PartitionSearch<T>;
        const int64_t n_runs = rows_of(labels), m = problem.n_atoms;
        const int workers = int(std::min<int64_t>({max_workers, n_runs, get_num_threads()}));
        std::vector<Search> searches(size_t(workers), Search(problem, limits));
        std::vector<std::vector<int32_t>> buffers(size_t(workers), std::vector<int32_t>(starts.shape(1)));
        check_finished(parallel(n_runs, workers, [&](int64_t r, int worker) {
            Stream random(seed, uint64_t(r));
            const int32_t* start = r < rows_of(starts) ? starts.data() + r * m
                                                       : start_of(r, random, buffers[size_t(worker)]);
            Search& search = searches[size_t(worker)];
            objectives.data()[r] = search.run(start, random);
            std::copy(search.labels().begin(), search.labels().end(), labels.data() + r * m);
        }));
        int64_t scans = 0;
        for (const auto& search : searches) scans += search.n_scans();
        return scans;
    }

    // Half of the runs begin with nothing, a quarter with a draw, a quarter with random labels.
    const int32_t* start_of(int64_t r, Stream& random, std::vector<int32_t>& start) const {
        if (r % 2 == 0) return nullptr;
        const int64_t b = random.below(problem.n_draws);
        const bool is_draw = r % 4 == 1 && bases.data()[b + 1] - bases.data()[b] <= problem.max_clusters;
        const int64_t k = 1 + random.below(std::min(most_in_a_draw, problem.max_clusters));
        for (int64_t i = 0; i < problem.n_atoms; ++i)
            start[size_t(i)] = is_draw ? int32_t(columns.data()[i * problem.n_draws + b]) : int32_t(random.below(k));
        return start.data();
    }
};

template <class T> void bind(nb::module_& m) {
    m.def("number_partitions", &number<T>, nb::arg("labels"), nb::arg("n_values"), nb::arg("out").noconvert(),
          nb::arg("n_clusters"));
    m.def("are_numbered", &numbered<T>, nb::arg("labels").noconvert(), nb::arg("n_clusters"));
    m.def("take_labels", &take<T>, nb::arg("draws").noconvert(), nb::arg("rows"), nb::arg("items"), nb::arg("out"));
    m.def("partition_sizes", &sizes<T>, nb::arg("draws").noconvert(), nb::arg("n_clusters"), nb::arg("h"),
          nb::arg("sums"), nb::arg("largest"));
    m.def("joint_sums", &joint<T>, nb::arg("first").noconvert(), nb::arg("first_k"), nb::arg("second").noconvert(),
          nb::arg("second_k"), nb::arg("h"), nb::arg("out"));
    m.def("overlap_sums", &overlaps<T>, nb::arg("labels").noconvert(), nb::arg("k"), nb::arg("draws").noconvert(),
          nb::arg("n_clusters"), nb::arg("out"));
    m.def("hash_items", &hash_items<T>, nb::arg("draws").noconvert(), nb::arg("out"));
    m.def("are_together", &are_together<T>, nb::arg("draws").noconvert(), nb::arg("items"));
    m.def("count_together", &together<T>, nb::arg("rows").noconvert(), nb::arg("columns").noconvert(),
          nb::arg("is_symmetric"), nb::arg("out"));
}

template <class T> void bind_search(nb::module_& m, const char* name) {
    using S = HeldSearch<T>;
    nb::class_<S>(m, name)
        .def(nb::init<In<T>, In<int64_t>, In<double>, In<int64_t>, In<double>, In<double>, double, int64_t>(),
             nb::arg("columns"), nb::arg("bases"), nb::arg("weights"), nb::arg("sizes"), nb::arg("h"), nb::arg("gain"),
             nb::arg("own_share"), nb::arg("max_clusters"))
        .def("run", &S::run, nb::arg("starts"), nb::arg("seed"), nb::arg("max_zealous"), nb::arg("most_bytes"),
             nb::arg("max_workers"), nb::arg("labels"), nb::arg("objectives"));
}

}  // namespace

void bind_partitions(nb::module_& m) {
    bind<uint8_t>(m);
    bind<uint16_t>(m);
    bind<int32_t>(m);
    bind_search<uint8_t>(m, "PartitionSearch8");
    bind_search<uint16_t>(m, "PartitionSearch16");
    bind_search<int32_t>(m, "PartitionSearch32");
    m.def("entropy_table", [](Out<double> h, Out<double> gain) {
        isa().partitions->entropy_table(int64_t(h.shape(0)), h.data(), gain.data());
    }, nb::arg("h"), nb::arg("gain"));
}

}  // namespace ganglion
