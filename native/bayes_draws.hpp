// Draws from distributions, with the same bits on every instruction set. Included by kernels only.
#pragma once
#include "bayes_random.hpp"
#include "bayes_special.hpp"

namespace ganglion::GANGLION_NAMESPACE {

inline uint64_t next(Random& random) {
    uint64_t* s = random.words;
    const auto turn = [](uint64_t word, int by) { return word << by | word >> (64 - by); };
    const uint64_t result = turn(s[1] * 5, 7) * 9, shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = turn(s[3], 45);
    return result;
}

// From 0 to 1, without 1.
inline double uniform(Random& random) { return double(next(random) >> 11) * 0x1p-53; }

// From 0 to 1, without either.
inline double open_uniform(Random& random) { return (double(next(random) >> 12) + 0.5) * 0x1p-52; }

// Evenly from 0 .. n - 1 (Lemire 2019, doi:10.1145/3230636).
inline int64_t below(Random& random, int64_t n) {
    const uint64_t bound = uint64_t(n);
    unsigned __int128 product = (unsigned __int128)next(random) * bound;
    if (uint64_t(product) < bound)
        for (const uint64_t least = -bound % bound; uint64_t(product) < least;)
            product = (unsigned __int128)next(random) * bound;
    return int64_t(product >> 64);
}

// Standard normal, by Marsaglia's polar method; the second number of a pair is not kept, so that a stream has no other
// state than its words.
inline double normal(Random& random) {
    for (;;) {
        const double u = 2 * uniform(random) - 1, v = 2 * uniform(random) - 1, s = u * u + v * v;
        if (s < 1 && s > 0) return u * __builtin_sqrt(-2 * log_of(s) / s);
    }
}

// Gamma with this shape and rate 1 (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).
inline double gamma(Random& random, double shape) {
    const double raised = shape < 1 ? shape + 1 : shape, d = raised - 1.0 / 3, c = 1 / (3 * __builtin_sqrt(d));
    for (;;) {
        const double x = normal(random), root = 1 + c * x;
        if (root <= 0) continue;
        const double v = root * root * root;
        if (log_of(open_uniform(random)) >= 0.5 * x * x + d - d * v + d * log_of(v)) continue;
        return shape < 1 ? d * v * exp_of(log_of(open_uniform(random)) / shape) : d * v;
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
