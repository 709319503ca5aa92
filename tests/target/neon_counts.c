/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds what NEON counts against ones that are counted bit by bit: runs of 0 to 199 words, with and
 * without words between them, that differ in every bit, in none and at random. Ends with the number
 * of the check that found a difference, or 0.
 */
#include "count_mismatches.h"
#include "lane_counts.h"

#include <stdio.h>

#define MOST_WORDS 200
#define RUNS 3

static cbcnn_word_t patch_words[RUNS * MOST_WORDS];
static cbcnn_word_t filter_words[2 * RUNS * MOST_WORDS];

static cbcnn_word_t draw(void)
{
    static cbcnn_word_t state = 1;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int32_t count_bits(cbcnn_word_t word)
{
    int32_t count = 0;

    for (; word != 0; word >>= 1) {
        count += (int32_t)(word & 1);
    }
    return count;
}

static int check_runs(int32_t words, int32_t skip, cbcnn_word_t (*differ)(void))
{
    cbcnn_patch_t patch = {patch_words, 0, 1, RUNS, words, skip};
    int32_t expected = 0;
    int32_t run, i;

    for (run = 0; run < RUNS; run++) {
        for (i = 0; i < words; i++) {
            const cbcnn_word_t bits = differ();
            cbcnn_word_t *const word = &patch_words[run * words + i];
            *word = draw();
            filter_words[1 + run * (words + skip) + i] = *word ^ bits;
            expected += count_bits(bits);
        }
    }
    return cbcnn_count_mismatches(&patch, filter_words) == expected;
}

static cbcnn_word_t every_bit(void)
{
    return (cbcnn_word_t)-1;
}

static cbcnn_word_t no_bit(void)
{
    return 0;
}

/* The most counts that are added in bytes, of lanes that `differ` makes. */
static int check_lanes(cbcnn_word_t (*differ)(void))
{
    cbcnn_lanes_t sum = {0};
    cbcnn_word_t expected[CBCNN_LANE_WORDS] = {0};
    int32_t i, lane;

    for (i = 0; i < CBCNN_MOST_WORDS; i++) {
        cbcnn_lanes_t lanes;
        for (lane = 0; lane < CBCNN_LANE_WORDS; lane++) {
            lanes[lane] = differ();
            expected[lane] += (cbcnn_word_t)count_bits(lanes[lane]);
        }
        cbcnn_count_lane_bytes(&lanes);
        sum += lanes;
    }
    cbcnn_add_lane_bytes(&sum);
    for (lane = 0; lane < CBCNN_LANE_WORDS; lane++) {
        if (sum[lane] != expected[lane]) {
            return 0;
        }
    }
    return 1;
}

int main(void)
{
    int32_t words;

    for (words = 0; words < MOST_WORDS; words++) {
        const int32_t skip = words % 3;
        if (!check_runs(words, skip, every_bit) || !check_runs(words, skip, no_bit)
            || !check_runs(words, skip, draw)) {
            (void)printf("runs of %d words\n", (int)words);
            return 1;
        }
    }
    return check_lanes(every_bit) && check_lanes(no_bit) && check_lanes(draw) ? 0 : 2;
}
