/* Sizes of a layer, and its images dealt to threads. */
#ifndef PARTS_H
#define PARTS_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef KERNEL
#define KERNEL 3
#endif
#ifndef POOL
#define POOL 2
#endif

#define TAPS (KERNEL * KERNEL)
#define WINDOW (POOL * POOL)
#define PAD ((KERNEL - 1) / 2) /* above and on the left; the rest is below and on the right */
#define PARTS 8                /* of the images, and the most threads */
#define LANES 8
#define BLOCK 16                     /* channels side by side in a row of taps */
#define ROW (KERNEL * BLOCK / LANES) /* vectors in a row of taps of one block */
#define FILTERS 32                   /* filters side by side in the first layer */
#define GROUP (FILTERS / LANES)

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(int32_t))));

typedef struct {
    int images, height, width, channels, filters;
    int rows, columns; /* of the pooled map */
    int span;          /* width with its padding */
    int words;         /* of 64 channels */
    int blocks;        /* of BLOCK channels */
    int groups;        /* of FILTERS filters */
} geometry;

typedef struct task {
    geometry is;
    void (*work)(struct task *, int part, void *scratch);
    size_t scratch_bytes; /* of one thread */
    int threads;
    const float *inputs;
    const void *kernel;     /* rearranged for `work` */
    const int32_t *padding; /* see padding_of */
    const float *gradient;
    const uint8_t *chosen;
    float *maxima;
    uint8_t *choices;
    float *input_gradient;
    float *sums; /* kernel gradients of each part, rearranged */
} task;

typedef struct {
    task *shared;
    int number;
    int failed;
    pthread_t handle;
} worker;

static int smaller(int a, int b)
{
    return a < b ? a : b;
}
static int larger(int a, int b)
{
    return a > b ? a : b;
}
static int even(int a)
{
    return a + a % 2;
}
static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

static void *aligned(size_t bytes)
{
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static geometry measure(const int32_t shape[5])
{
    geometry is = {shape[0], shape[1], shape[2], shape[3], shape[4], 0, 0, 0, 0, 0, 0};
    is.rows = is.height / POOL;
    is.columns = is.width / POOL;
    is.span = is.width + KERNEL - 1;
    is.words = divide_up(is.channels, 64);
    is.blocks = divide_up(is.channels, BLOCK);
    is.groups = divide_up(is.filters, FILTERS);
    return is;
}

/* Pixels of an image with its padding. */
static size_t padded_places(const geometry *is)
{
    return (size_t)(is->height + KERNEL - 1) * is->span;
}

/* --- threads ----------------------------------------------------------------------------------- */

static void *labour(void *argument)
{
    worker *self = argument;
    task *shared = self->shared;
    void *scratch = aligned(shared->scratch_bytes + 64);
    self->failed = scratch == NULL;
    for (int part = self->number; part < PARTS && scratch; part += shared->threads)
        shared->work(shared, part, scratch);
    free(scratch);
    return NULL;
}

/* Do all parts; 0, or 1 where memory or threads ran out. */
static int run(task *shared, int threads)
{
    worker workers[PARTS];
    int started = 0, failed = 0;
    shared->threads = larger(1, smaller(threads, PARTS));
    for (int i = 0; i < shared->threads; i++) {
        workers[i] = (worker){shared, i, 0, 0};
        if (i > 0 && pthread_create(&workers[i].handle, NULL, labour, &workers[i]) != 0) {
            failed = 1;
            break;
        }
        started = i + 1;
    }
    labour(&workers[0]);
    failed |= workers[0].failed;
    for (int i = 1; i < started; i++) {
        pthread_join(workers[i].handle, NULL);
        failed |= workers[i].failed;
    }
    return failed;
}

/* First image of a part, and of the one after it the first that is no longer in it. */
static int first_of(const geometry *is, int part)
{
    return (int)((int64_t)is->images * part / PARTS);
}

#endif
