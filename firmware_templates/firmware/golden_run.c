/* SPDX-License-Identifier: 0BSD */
#include "crc32.h"
#include "golden.h"
#include "network.h"

struct golden_result golden_run(uint8_t first, uint8_t count)
{
    struct golden_result result = {0, 0, GOLDEN_NONE_FAILED, 0, 0};
    uint32_t i;

    for (i = first; i < golden_count && result.run < count; i++) {
        const struct golden *const golden = &golden_images[i];
        uint32_t ticks;
        const uint16_t computed = network_run(golden->plane, &ticks);
        const uint32_t crc = crc32_continue(0, network_scores(), network_score_bytes());

        result.run++;
        if (computed == golden->class_index && crc == golden->scores_crc) {
            result.passed++;
        } else if (result.first_failing == GOLDEN_NONE_FAILED) {
            result.first_failing = (uint8_t)i;
            result.expected = golden->class_index;
            result.computed = computed;
        }
    }
    return result;
}
