// Streams of random numbers for samplers: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
// generators", 2021, doi:10.1145/3460772). A stream is 32 bytes that can be written down and taken up again.
#pragma once
#include <cstdint>

namespace ganglion {

struct Random {
    uint64_t words[4];  // not all of them 0
};

}  // namespace ganglion
