/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

void cbcnn_count_levels_u8(const uint8_t *grey, int32_t pixels, uint32_t *counts, uint8_t *levels)
{
    for (int32_t level = 0; level < 256; level++) {
        counts[level] = 0;
        levels[level] = (uint8_t)level;
    }
    for (int32_t i = 0; i < pixels; i++) {
        counts[grey[i]]++;
    }
}
