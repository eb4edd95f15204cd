// Pixels of an image: colours to CIELAB, and the assignment step of superpixels. The table of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// CIELAB as whole multiples of 1/128: sums are exact, so no order of addition shows. Of 8-bit sRGB the nearest two
// colours are 0.2 apart.
constexpr float kLabScale = 128.0f;

// Planes (height, width) of an image in multiples of 1 / kLabScale.
struct LabPlanes {
    const int16_t *l, *a, *b;
    int64_t width;
};

// One centre as a row of pixels sees it: colour, column, both in units of colour, and what its distance in rows adds.
struct PixelCenter {
    float l, a, b, x, rows;
    int32_t label;
};

// Pixels begin..end of row y, the centres that they choose from (ascending labels), and the unit of a column.
struct PixelSpan {
    LabPlanes planes;
    int64_t y, begin, end;
    const PixelCenter* centers;
    int64_t n_centers;
    float column;
};

struct PixelKernels {
    // rgb (n, 3) to n values of each plane; `linear` has the light of each of the 256 values.
    void (*lab)(const uint8_t* rgb, int64_t n, const float* linear, int16_t* l, int16_t* a, int16_t* b);
    // The nearest centre of each pixel of a span; the first of equals.
    void (*nearest)(const PixelSpan& span, int32_t* labels);
};

}  // namespace ganglion
