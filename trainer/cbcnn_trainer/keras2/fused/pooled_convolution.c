/* Convolution with weights of -1 and +1, stride 1 and zero padding, fused with max pooling, and its
 * gradients, for training. KERNEL and POOL are the sides of the square kernel and window.
 *
 * Three things make it cheaper than a convolution and a pooling of their own:
 *  - Where the inputs are -1 and +1 too, a sum is the number of products minus twice the number of
 *    differing bits, which are counted 64 at a time.
 *  - The map in front of the pooling is never stored. What stays of a window is its largest sum and
 *    the position, counted row by row, that it came from; of equal sums the first.
 *  - A gradient reaches one position of a window. So the backward pass has one product for each
 *    POOL * POOL that a convolution with the unpooled gradient has, whose others are by zero.
 *
 * Sums of products are integers and exact. Gradients are sums of float32 in an order that depends
 * on the shapes alone: images are dealt to a fixed number of parts, whatever the number of threads.
 *
 * Arrays are dense, in the order of their brackets: inputs [images][height][width][channels], kernel
 * [KERNEL][KERNEL][channels][filters], everything pooled [images][height / POOL][width / POOL]
 * [filters]. Rows and columns that no window covers are left out.
 */
#include "images.h"
#include "parts.h"
#include "signs.h"

/* --- rearranged kernels ------------------------------------------------------------------------ */

/* Bits [filter][tap][word]. */
static uint64_t *kernel_bits(const geometry *is, const float *kernel)
{
    uint64_t *bits = aligned(sizeof(uint64_t) * is->filters * TAPS * is->words);
    for (int f = 0; f < is->filters && bits; f++)
        for (int tap = 0; tap < TAPS; tap++)
            pack(
                kernel + (size_t)tap * is->channels * is->filters + f,
                is->filters,
                is->channels,
                bits + ((size_t)f * TAPS + tap) * is->words);
    return bits;
}

/* What padding adds to a sum too little, [position][filter], as it counts as -1 among the bits. */
static int32_t *padding_of(const geometry *is, const float *kernel)
{
    int32_t *padding = aligned(sizeof(int32_t) * is->height * is->width * is->filters);
    if (padding == NULL)
        return NULL;
    memset(padding, 0, sizeof(int32_t) * is->height * is->width * is->filters);
    for (int position = 0; position < is->height * is->width; position++)
        for (int tap = 0; tap < TAPS; tap++) {
            const int row = position / is->width + tap / KERNEL - PAD;
            const int column = position % is->width + tap % KERNEL - PAD;
            if (row >= 0 && row < is->height && column >= 0 && column < is->width)
                continue;
            const float *weights = kernel + (size_t)tap * is->channels * is->filters;
            int32_t *sums = padding + position * is->filters;
            for (int c = 0; c < is->channels; c++)
                for (int f = 0; f < is->filters; f++)
                    sums[f] += *weights++ >= 0 ? 1 : -1;
        }
    return padding;
}

/* Where weight (tap, channel, filter) and its gradient are in [block][ky][filter][kx][BLOCK]. */
static size_t in_rows(const geometry *is, int tap, int c, int f)
{
    const size_t row = ((size_t)(c / BLOCK) * KERNEL + tap / KERNEL) * even(is->filters) + f;
    return (row * KERNEL + tap % KERNEL) * BLOCK + c % BLOCK;
}

/* Where an image's weight and its gradient are in [tap][channel][groups * FILTERS]. */
static size_t in_groups(const geometry *is, int tap, int c, int f)
{
    return ((size_t)tap * is->channels + c) * is->groups * FILTERS + f;
}

typedef size_t place_of(const geometry *is, int tap, int c, int f);

static float *rearrange(const geometry *is, const float *kernel, size_t bytes, place_of *place)
{
    float *out = aligned(bytes);
    if (out == NULL)
        return NULL;
    memset(out, 0, bytes);
    for (int tap = 0; tap < TAPS; tap++)
        for (int c = 0; c < is->channels; c++)
            for (int f = 0; f < is->filters; f++)
                out[place(is, tap, c, f)] = *kernel++;
    return out;
}

/* Add the sums of all parts, and put them in the order of the kernel. */
static void add_parts(
    const geometry *is,
    float *sums,
    size_t bytes,
    place_of *place,
    float *gradient)
{
    const size_t count = bytes / sizeof(float);
    for (int part = 1; part < PARTS; part++)
        for (size_t i = 0; i < count; i++)
            sums[i] += sums[part * count + i];
    for (int tap = 0; tap < TAPS; tap++)
        for (int c = 0; c < is->channels; c++)
            for (int f = 0; f < is->filters; f++)
                *gradient++ = sums[place(is, tap, c, f)];
}

/* --- what is called ---------------------------------------------------------------------------- */

/* Largest sum of each window and where in the window it is. `signs`: the inputs are -1 and +1.
 * Returns 0, or 1 where memory or threads ran out. */
int pooled_convolution(
    const int32_t shape[5],
    int signs,
    int threads,
    const float *inputs,
    const float *kernel,
    float *maxima,
    uint8_t *choices)
{
    task shared = {.is = measure(shape), .inputs = inputs, .maxima = maxima, .choices = choices};
    const geometry *is = &shared.is;
    if (signs) {
        shared.work = forward_signs;
        shared.kernel = kernel_bits(is, kernel);
        shared.padding = padding_of(is, kernel);
        shared.scratch_bytes = sizeof(uint64_t) * padded_places(is) * is->words;
    } else {
        const size_t bytes = sizeof(float) * TAPS * is->channels * is->groups * FILTERS;
        shared.work = forward_image;
        shared.kernel = rearrange(is, kernel, bytes, in_groups);
        shared.scratch_bytes = padded_places(is) * is->channels * sizeof(float);
    }
    const int failed =
        shared.kernel == NULL || (signs && shared.padding == NULL) || run(&shared, threads);
    free((void *)shared.kernel);
    free((void *)shared.padding);
    return failed;
}

/* Gradients of kernel and inputs from that of the maxima and the choices. Where the inputs are no
 * signs, they are images, which have no gradient: `input_gradient` is then not written. Returns 0,
 * or 1 where memory or threads ran out. */
int pooled_convolution_gradients(
    const int32_t shape[5],
    int signs,
    int threads,
    const float *inputs,
    const float *kernel,
    const uint8_t *choices,
    const float *gradient,
    float *kernel_gradient,
    float *input_gradient)
{
    task shared = {
        .is = measure(shape),
        .inputs = inputs,
        .chosen = choices,
        .gradient = gradient,
        .input_gradient = input_gradient};
    const geometry *is = &shared.is;
    const size_t filters = signs ? (size_t)even(is->filters) : (size_t)is->groups * FILTERS;
    const size_t channels = signs ? (size_t)is->blocks * BLOCK : (size_t)is->channels;
    const size_t bytes = sizeof(float) * TAPS * channels * filters;
    place_of *const place = signs ? in_rows : in_groups;
    float *rows = NULL;
    if (signs) {
        shared.work = backward_signs;
        shared.kernel = rows = rearrange(is, kernel, bytes, in_rows);
        shared.scratch_bytes = divided_bytes(is);
    } else {
        shared.work = backward_image;
        shared.scratch_bytes = sizeof(float) * padded_places(is) * is->channels +
                               2 * sizeof(float) * is->rows * is->columns * is->groups * FILTERS;
    }
    shared.sums = aligned(PARTS * bytes);
    int failed = shared.sums == NULL || (signs && rows == NULL);
    if (!failed) {
        memset(shared.sums, 0, PARTS * bytes);
        failed = run(&shared, threads);
        if (!failed)
            add_parts(is, shared.sums, bytes, place, kernel_gradient);
    }
    free(shared.sums);
    free(rows);
    return failed;
}
