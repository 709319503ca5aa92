/* SPDX-License-Identifier: 0BSD */
#include "dense_b1.h"
#include "kernels.h"
#include "mismatches.h"

void cbcnn_dense_b1_i32(const cbcnn_dense_b1_t *layer, const cbcnn_word_t *input, int32_t *output)
{
    const cbcnn_patch_t patch = {input, layer->inputs, 0, 1, layer->words, 0};
    const CBCNN_TABLE cbcnn_word_t *filter = layer->weights;
    for (int32_t unit = 0; unit < layer->units; unit++) {
        output[unit] = cbcnn_accumulate(&patch, filter);
        filter += layer->words;
    }
}
