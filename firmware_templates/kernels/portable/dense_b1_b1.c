/* SPDX-License-Identifier: 0BSD */
#include "dense_b1.h"
#include "kernels.h"
#include "mismatches.h"

void cbcnn_dense_b1_b1(
    const cbcnn_dense_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output)
{
    const cbcnn_patch_t patch = {input, layer->inputs, 0, 1, layer->words, 0};
    const CBCNN_TABLE cbcnn_word_t *filter = layer->weights;
    int32_t unit = 0;
    for (int32_t word = 0; unit < layer->units; word++) {
        cbcnn_word_t fired = 0;
        cbcnn_word_t bit = 1;
        while (bit != 0 && unit < layer->units) {
            const int32_t accumulator = cbcnn_accumulate(&patch, filter);
            fired |= accumulator >= layer->thresholds[unit] ? bit : 0;
            filter += layer->words;
            unit++;
            bit <<= 1;
        }
        output[word] = fired ^ layer->complement[word];
    }
}
