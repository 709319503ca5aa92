/* A layer whose inputs are -1 and +1. */
#ifndef SIGNS_H
#define SIGNS_H

#include "parts.h"

/* --- forward ---------------------------------------------------------------------------------- */

/* Bit c % 64 of word c / 64 is 1 where value c is not negative; bits past the channels are 0. */
static void pack(const float *values, size_t stride, int channels, uint64_t *words)
{
    for (int c = 0; c < channels; c += 64) {
        uint64_t word = 0;
        for (int bit = 0; bit < smaller(64, channels - c); bit++)
            word |= (uint64_t)(values[(size_t)(c + bit) * stride] >= 0) << bit;
        *words++ = word;
    }
}

/* Differing bits of one filter with each position of a window, whose first tap is at `image`. */
static void count(
    const uint64_t *image,
    const uint64_t *kernel,
    int words,
    int span,
    int different[WINDOW])
{
    int total[WINDOW] = {0};
    for (int ky = 0; ky < KERNEL; ky++, kernel += KERNEL * words) {
        const uint64_t *row[WINDOW];
        for (int w = 0; w < WINDOW; w++)
            row[w] = image + ((ky + w / POOL) * span + w % POOL) * words;
        for (int i = 0; i < KERNEL * words; i++)
#pragma GCC unroll 64
            for (int w = 0; w < WINDOW; w++)
                total[w] += __builtin_popcountll(row[w][i] ^ kernel[i]);
    }
    for (int w = 0; w < WINDOW; w++)
        different[w] = total[w];
}

static void forward_signs(task *shared, int part, void *scratch)
{
    const geometry *is = &shared->is;
    const size_t pixels = (size_t)is->height * is->width;
    const size_t pooled = (size_t)is->rows * is->columns * is->filters;
    const int products = TAPS * is->channels, words = is->words;
    const int filters = is->filters, width = is->width, span = is->span;
    uint64_t *image = scratch;
    memset(image, 0, sizeof(uint64_t) * padded_places(is) * is->words);
    for (int n = first_of(is, part); n < first_of(is, part + 1); n++) {
        for (size_t i = 0; i < pixels; i++)
            pack(
                shared->inputs + (n * pixels + i) * is->channels,
                1,
                is->channels,
                image + ((i / is->width + PAD) * is->span + i % is->width + PAD) * is->words);
        float *maxima = shared->maxima + n * pooled;
        uint8_t *choices = shared->choices + n * pooled;
        for (int place = 0; place < is->rows * is->columns; place++) {
            const int y = place / is->columns * POOL, x = place % is->columns * POOL;
            const uint64_t *kernel = shared->kernel;
            for (int f = 0; f < filters; f++, kernel += TAPS * words) {
                int different[WINDOW], best = INT32_MIN, choice = 0;
                count(image + (y * span + x) * words, kernel, words, span, different);
                for (int w = 0; w < WINDOW; w++) {
                    const int position = (y + w / POOL) * width + x + w % POOL;
                    const int sum =
                        products - 2 * different[w] + shared->padding[position * filters + f];
                    choice = sum > best ? w : choice;
                    best = larger(best, sum);
                }
                *maxima++ = (float)best;
                *choices++ = (uint8_t)choice;
            }
        }
    }
}

/* --- backward --------------------------------------------------------------------------------- */

/* What the gradient of one image looks like, sorted in two ways. `offset` is the position that a
 * gradient goes to, as the padded place of the first of its taps. */
typedef struct {
    lanes *inputs;         /* [block][height + KERNEL - 1][span][BLOCK] */
    lanes *input_gradient; /* the same */
    float *by_filter;      /* [filter][place] */
    int32_t *offset;       /* [filter][place] */
    float *by_position;    /* gradients of each position, one position after the other */
    int32_t *filter;       /* and their filters */
    int32_t *start;        /* of each position's, [height * width + 1] */
} image_gradient;

static image_gradient divide(const geometry *is, void *scratch)
{
    const size_t map = padded_places(is) * is->blocks * BLOCK * sizeof(float);
    const size_t count = (size_t)is->rows * is->columns * is->filters;
    char *next = scratch;
    image_gradient at;
    at.inputs = (lanes *)next;
    at.input_gradient = (lanes *)(next += map);
    at.by_filter = (float *)(next += map);
    at.offset = (int32_t *)(next += count * 4);
    at.by_position = (float *)(next += count * 4);
    at.filter = (int32_t *)(next += count * 4);
    at.start = (int32_t *)(next + count * 4);
    return at;
}

static size_t divided_bytes(const geometry *is)
{
    const size_t map = padded_places(is) * is->blocks * BLOCK * sizeof(float);
    const size_t count = (size_t)is->rows * is->columns * is->filters;
    return 2 * map + 4 * (4 * count + (size_t)is->height * is->width + 1);
}

/* Copy an image into blocks with zeros around it, or, `back`, out of them. */
static void reblock(const geometry *is, float *image, lanes *blocked, int back)
{
    for (int b = 0; b < is->blocks; b++)
        for (int y = 0; y < is->height; y++)
            for (int x = 0; x < is->width; x++) {
                float *pixel = image + ((size_t)y * is->width + x) * is->channels + b * BLOCK;
                float *place =
                    (float *)blocked +
                    (b * padded_places(is) + (size_t)(y + PAD) * is->span + x + PAD) * BLOCK;
                const size_t bytes = smaller(BLOCK, is->channels - b * BLOCK) * sizeof(float);
                if (back)
                    memcpy(pixel, place, bytes);
                else
                    memcpy(place, pixel, bytes);
            }
}

/* Fill in all of `at` but the inputs. */
static void sort(
    const geometry *is,
    const float *gradient,
    const uint8_t *chosen,
    image_gradient *at)
{
    const int places = is->rows * is->columns;
    int32_t *end = at->start + 1;
    memset(at->start, 0, ((size_t)is->height * is->width + 1) * sizeof(int32_t));
    for (int place = 0; place < places; place++)
        for (int f = 0; f < is->filters; f++) {
            const int choice = chosen[place * is->filters + f];
            const int y = place / is->columns * POOL + choice / POOL;
            const int x = place % is->columns * POOL + choice % POOL;
            at->by_filter[f * places + place] = gradient[place * is->filters + f];
            at->offset[f * places + place] = (y * is->span + x) * (BLOCK / LANES);
            end[y * is->width + x]++;
        }
    /* From counts to starts: afterwards `end` holds where each position's list begins, and filling
     * the lists moves it to where the list ends. */
    int32_t total = 0;
    for (int i = 0; i < is->height * is->width; i++) {
        const int32_t count = end[i];
        end[i] = total;
        total += count;
    }
    for (int place = 0; place < places; place++)
        for (int f = 0; f < is->filters; f++) {
            const int offset = at->offset[f * places + place] / (BLOCK / LANES);
            const int32_t slot = end[offset / is->span * is->width + offset % is->span]++;
            at->by_position[slot] = gradient[place * is->filters + f];
            at->filter[slot] = f;
        }
}

/* sums[block][ky][filter] += gradient * the row of inputs that each gradient's taps lie on. Two
 * filters at a time, so that additions need not wait for one another. */
static void add_kernel_gradient(const geometry *is, const image_gradient *at, lanes *sums)
{
    const int places = is->rows * is->columns;
    for (int b = 0; b < is->blocks; b++)
        for (int ky = 0; ky < KERNEL; ky++) {
            const lanes *inputs =
                at->inputs + (b * padded_places(is) + (size_t)ky * is->span) * (BLOCK / LANES);
            for (int f = 0; f < is->filters; f += 2, sums += 2 * ROW) {
                const size_t first = (size_t)f * places;
                const size_t second = first + (f + 1 < is->filters ? places : 0);
                lanes one[ROW], two[ROW];
                for (int i = 0; i < ROW; i++)
                    one[i] = sums[i];
                for (int i = 0; i < ROW; i++)
                    two[i] = sums[ROW + i];
                for (int place = 0; place < places; place++) {
                    const lanes *row = inputs + at->offset[first + place];
                    const lanes *other = inputs + at->offset[second + place];
#pragma GCC unroll 64
                    for (int i = 0; i < ROW; i++)
                        one[i] += at->by_filter[first + place] * row[i];
#pragma GCC unroll 64
                    for (int i = 0; i < ROW; i++)
                        two[i] += at->by_filter[second + place] * other[i];
                }
                for (int i = 0; i < ROW; i++)
                    sums[i] = one[i];
                for (int i = 0; i < ROW; i++)
                    sums[ROW + i] = two[i];
            }
        }
}

/* input_gradient, at the row of each gradient's taps, += gradient * kernel[block][ky][filter]. */
static void add_input_gradient(const geometry *is, const image_gradient *at, const lanes *kernel)
{
    for (int b = 0; b < is->blocks; b++)
        for (int ky = 0; ky < KERNEL; ky++, kernel += (size_t)even(is->filters) * ROW)
            for (int y = 0; y < is->height; y++)
                for (int x = 0; x < is->width; x++) {
                    const int position = y * is->width + x;
                    lanes *row =
                        at->input_gradient +
                        (b * padded_places(is) + (size_t)(y + ky) * is->span + x) * (BLOCK / LANES);
                    lanes one[ROW], two[ROW];
                    int i = at->start[position];
                    const int end = at->start[position + 1];
                    if (i == end)
                        continue;
                    for (int j = 0; j < ROW; j++)
                        one[j] = row[j];
                    for (int j = 0; j < ROW; j++)
                        two[j] = (lanes){0};
                    for (; i + 1 < end; i += 2) {
                        const lanes *first = kernel + (size_t)at->filter[i] * ROW;
                        const lanes *second = kernel + (size_t)at->filter[i + 1] * ROW;
#pragma GCC unroll 64
                        for (int j = 0; j < ROW; j++)
                            one[j] += at->by_position[i] * first[j];
#pragma GCC unroll 64
                        for (int j = 0; j < ROW; j++)
                            two[j] += at->by_position[i + 1] * second[j];
                    }
                    if (i < end) {
                        const lanes *last = kernel + (size_t)at->filter[i] * ROW;
                        for (int j = 0; j < ROW; j++)
                            one[j] += at->by_position[i] * last[j];
                    }
                    for (int j = 0; j < ROW; j++)
                        row[j] = one[j] + two[j];
                }
}

static void backward_signs(task *shared, int part, void *scratch)
{
    const geometry *is = &shared->is;
    const size_t map = padded_places(is) * is->blocks * BLOCK * sizeof(float);
    const size_t image = (size_t)is->height * is->width * is->channels;
    const size_t pooled = (size_t)is->rows * is->columns * is->filters;
    const size_t weights = (size_t)is->blocks * KERNEL * even(is->filters) * ROW;
    image_gradient at = divide(is, scratch);
    memset(at.inputs, 0, map);
    for (int n = first_of(is, part); n < first_of(is, part + 1); n++) {
        reblock(is, (float *)shared->inputs + n * image, at.inputs, 0);
        sort(is, shared->gradient + n * pooled, shared->chosen + n * pooled, &at);
        add_kernel_gradient(is, &at, (lanes *)shared->sums + part * weights);
        memset(at.input_gradient, 0, map);
        add_input_gradient(is, &at, shared->kernel);
        reblock(is, shared->input_gradient + n * image, at.input_gradient, 1);
    }
}

#endif
