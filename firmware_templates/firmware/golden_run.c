/* SPDX-License-Identifier: 0BSD */
#include "crc32.h"
#include "golden.h"
#include "network.h"

void golden_load(uint8_t index)
{
    const TABLE NETWORK_PIXEL *const from = golden_images[index].plane;
    NETWORK_PIXEL *const to = network_plane();
    uint32_t i;

    for (i = 0; i < NETWORK_IMAGE_BYTES; i++) {
        to[i] = from[i];
    }
}

struct golden_result golden_run(uint8_t first, uint8_t count)
{
    struct golden_result result = {0, 0, GOLDEN_NONE_FAILED, 0, 0};
    uint8_t i;

    for (i = first; i < golden_count && result.run < count; i++) {
        uint16_t computed;
        uint32_t ticks;
        uint32_t crc;

        golden_load(i);
        computed = network_run(&ticks);
        crc = crc32_continue(0, network_scores(), network_score_bytes());
        result.run++;
        if (computed == golden_images[i].class_index && crc == golden_images[i].scores_crc) {
            result.passed++;
        } else if (result.first_failing == GOLDEN_NONE_FAILED) {
            result.first_failing = i;
            result.expected = golden_images[i].class_index;
            result.computed = computed;
        }
    }
    return result;
}
