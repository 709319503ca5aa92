/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MISMATCHES_H
#define CBCNN_COUNT_MISMATCHES_H

#include "byte_counts.h"
#include "patch_words.h"
#include "types.h"

/*
 * The number of bits in which a patch and a filter differ, by CNT, which counts the ones of each of
 * 16 bytes: two words at once. CBCNN_MOST_WORDS such counts, of at most 8, fit a byte; only then
 * UADDLV adds the bytes up. What is compiled for another processor, to be tested there, counts words.
 */
#if defined(__aarch64__) && CBCNN_WORD_BITS == 64

typedef uint8_t cbcnn_octets_t __attribute__((vector_size(16), aligned(8), may_alias));

/* Adds to the counts the ones in each byte of what two words differ in. */
static inline void cbcnn_count_two_words(
    cbcnn_octets_t *counts,
    const cbcnn_word_t *x,
    const CBCNN_TABLE cbcnn_word_t *w)
{
    const cbcnn_octets_t a = *(const cbcnn_octets_t *)(const void *)x;
    const cbcnn_octets_t b = *(const CBCNN_TABLE cbcnn_octets_t *)(const CBCNN_TABLE void *)w;
    cbcnn_octets_t ones;
    __asm__("cnt %0.16b, %1.16b" : "=w"(ones) : "w"(a ^ b));
    *counts += ones;
}

static inline int32_t cbcnn_add_octets(const cbcnn_octets_t *counts)
{
    int32_t sum;
    __asm__("uaddlv %h0, %1.16b" : "=w"(sum) : "w"(*counts));
    return sum;
}

static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    int32_t count = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        int32_t left = patch->run_words;
        while (left >= 2) {
            const int32_t pairs = left / 2;
            const int32_t most = pairs < CBCNN_MOST_WORDS ? pairs : CBCNN_MOST_WORDS;
            cbcnn_octets_t counts = {0};
            for (int32_t i = 0; i < most; i++) {
                cbcnn_count_two_words(&counts, x, w);
                x += 2;
                w += 2;
            }
            count += cbcnn_add_octets(&counts);
            left -= 2 * most;
        }
        if (left > 0) {
            count += (int32_t)__builtin_popcountll(*x++ ^ *w++);
        }
        w += patch->skip_words;
    }
    return count;
}

#else

static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    int32_t count = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        for (int32_t left = patch->run_words; left > 0; left--) {
            count += (int32_t)__builtin_popcountll(*x++ ^ *w++);
        }
        w += patch->skip_words;
    }
    return count;
}

#endif

#endif
