/* The first layer, whose inputs are the pixels of images: few channels, no gradient of the inputs. */
#ifndef IMAGES_H
#define IMAGES_H

#include "parts.h"

static void pad_image(const geometry *is, const float *image, float *padded)
{
    for (int y = 0; y < is->height; y++)
        memcpy(
            padded + ((size_t)(y + PAD) * is->span + PAD) * is->channels,
            image + (size_t)y * is->width * is->channels,
            (size_t)is->width * is->channels * sizeof(float));
}

/* Lane by lane the first value where `mask` is all ones, the second where it is 0. */
static masks pick(masks mask, masks first, masks second)
{
    return second ^ (mask & (first ^ second));
}

static void forward_image(task *shared, int part, void *scratch)
{
    const geometry *is = &shared->is;
    const size_t image = (size_t)is->height * is->width * is->channels;
    const size_t pooled = (size_t)is->rows * is->columns * is->filters;
    float *padded = scratch;
    memset(padded, 0, padded_places(is) * is->channels * sizeof(float));
    for (int n = first_of(is, part); n < first_of(is, part + 1); n++) {
        pad_image(is, shared->inputs + n * image, padded);
        for (int place = 0; place < is->rows * is->columns; place++)
            for (int g = 0; g < is->groups; g++) {
                union {
                    lanes vectors[GROUP];
                    float values[FILTERS];
                } best;
                union {
                    masks vectors[GROUP];
                    int32_t values[FILTERS];
                } choice;
                memset(&best, 0, sizeof best);
                memset(&choice, 0, sizeof choice);
                for (int w = 0; w < WINDOW; w++) {
                    const int y = place / is->columns * POOL + w / POOL;
                    const int x = place % is->columns * POOL + w % POOL;
                    const lanes *kernel = (const lanes *)shared->kernel + g * GROUP;
                    lanes sum[GROUP] = {{0}};
                    for (int ky = 0; ky < KERNEL; ky++) {
                        const float *pixels =
                            padded + ((size_t)(y + ky) * is->span + x) * is->channels;
                        for (int i = 0; i < KERNEL * is->channels;
                             i++, kernel += is->groups * GROUP)
                            for (int j = 0; j < GROUP; j++)
                                sum[j] += pixels[i] * kernel[j];
                    }
                    for (int j = 0; j < GROUP; j++) {
                        const masks new = w == 0 ? (masks){0} - 1 : sum[j] > best.vectors[j];
                        best.vectors[j] = (lanes)pick(new, (masks)sum[j], (masks)best.vectors[j]);
                        choice.vectors[j] = pick(new, w - (masks){0}, choice.vectors[j]);
                    }
                }
                const size_t at = n * pooled + (size_t)place * is->filters + g * FILTERS;
                for (int f = 0; f < smaller(FILTERS, is->filters - g * FILTERS); f++) {
                    shared->maxima[at + f] = best.values[f];
                    shared->choices[at + f] = (uint8_t)choice.values[f];
                }
            }
    }
}

/* Gradients and choices of an image, with filters filled up to whole groups. */
typedef struct {
    float *padded;   /* [height + KERNEL - 1][span][channels] */
    lanes *gradient; /* [place][groups * FILTERS] */
    masks *choices;
} pooled_gradient;

static void fill_up(
    const geometry *is,
    const float *gradient,
    const uint8_t *choices,
    pooled_gradient *at)
{
    const size_t width = (size_t)is->groups * FILTERS;
    for (int place = 0; place < is->rows * is->columns; place++)
        for (int f = 0; f < is->filters; f++) {
            ((float *)at->gradient)[place * width + f] = *gradient++;
            ((int32_t *)at->choices)[place * width + f] = *choices++;
        }
}

static void backward_image(task *shared, int part, void *scratch)
{
    const geometry *is = &shared->is;
    const size_t image = (size_t)is->height * is->width * is->channels;
    const size_t pooled = (size_t)is->rows * is->columns * is->filters;
    const int vectors = is->groups * GROUP, places = is->rows * is->columns;
    lanes *sums = (lanes *)shared->sums + (size_t)part * TAPS * is->channels * vectors;
    pooled_gradient at = {.gradient = scratch};
    at.choices = (masks *)(at.gradient + (size_t)places * vectors);
    at.padded = (float *)(at.choices + (size_t)places * vectors);
    memset(scratch, 0, shared->scratch_bytes);
    for (int n = first_of(is, part); n < first_of(is, part + 1); n++) {
        pad_image(is, shared->inputs + n * image, at.padded);
        fill_up(is, shared->gradient + n * pooled, shared->chosen + n * pooled, &at);
        for (int v = 0; v < vectors; v++)
            for (int c = 0; c < is->channels; c++) {
                lanes total[TAPS];
                for (int tap = 0; tap < TAPS; tap++)
                    total[tap] = sums[((size_t)tap * is->channels + c) * vectors + v];
                for (int place = 0; place < places; place++) {
                    const masks choice = at.choices[(size_t)place * vectors + v];
                    const masks gradient = (masks)at.gradient[(size_t)place * vectors + v];
                    for (int w = 0; w < WINDOW; w++) {
                        const lanes here = (lanes)((choice == w) & gradient);
                        const int y = place / is->columns * POOL + w / POOL;
                        const int x = place % is->columns * POOL + w % POOL;
                        const float *pixels =
                            at.padded + ((size_t)y * is->span + x) * is->channels + c;
#pragma GCC unroll 64
                        for (int tap = 0; tap < TAPS; tap++)
                            total[tap] +=
                                pixels[(tap / KERNEL * is->span + tap % KERNEL) * is->channels] *
                                here;
                    }
                }
                for (int tap = 0; tap < TAPS; tap++)
                    sums[((size_t)tap * is->channels + c) * vectors + v] = total[tap];
            }
    }
}

#endif
