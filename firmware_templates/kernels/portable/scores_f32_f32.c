/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "kernels.h"

size_t cbcnn_scores_f32_f32(const cbcnn_elements_t *layer, const float *values, float *scores)
{
    int32_t best = 0;
    for (int32_t i = 0; i < layer->channels; i++) {
        if (values[i] > values[best]) {
            best = i;
        }
        if (scores != NULL) {
            scores[i] = values[i];
        }
    }
    return (size_t)best;
}
