/* The fused multiply-add of the kernels and that of the C library, over arrays. */
#include "multiply_add.h"
#include <math.h>
#include <stddef.h>

void of_kernels(const float *x, const float *y, const float *z, float *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        results[i] = cbcnn_fused_add(x[i], y[i], z[i]);
    }
}

void of_library(const float *x, const float *y, const float *z, float *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        results[i] = fmaf(x[i], y[i], z[i]);
    }
}
