/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a generated model over images, again and again, on the machine that compiled it.
 *
 * Configured like harness.c. The arguments are the number of images, which come from standard input,
 * the least number of rounds over all of them, and the milliseconds to go on for. Prints three
 * numbers, the rounds, the nanoseconds of processor time of the fastest round and the instructions of
 * one run of the first image, 0 where the machine does not let them be counted; then the class of each
 * image, 0 of a model without classes.
 */
#define _GNU_SOURCE

#include MODEL_FILE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define IMAGE_BYTES ((size_t)MODEL_CONSTANT(_IMAGE_BYTES))
#define IMAGE_PIXELS (IMAGE_BYTES / sizeof(MODEL_PIXEL))
#define ARENA_BYTES ((size_t)MODEL_CONSTANT(_ARENA_BYTES))
#define FEWEST_COUNTS 3U
#define NANOSECONDS UINT64_C(1000000000)

static const MODEL_PIXEL *image;
#define BUFFER(index, type, values) static type output_##index[values];
#define ARGUMENT(index, type, values) output_##index,
HARNESS_OUTPUTS(BUFFER)
static void *arena;

static void nothing(void)
{
}

static size_t predicted;

static void run_model(void)
{
#ifdef HARNESS_CLASSIFY
    predicted = MODEL(_run)(image, HARNESS_OUTPUTS(ARGUMENT) arena);
#else
    MODEL(_run)(image, HARNESS_OUTPUTS(ARGUMENT) arena);
#endif
}

static uint64_t now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

#if defined(__linux__)

static int open_counter(void)
{
    struct perf_event_attr wanted;

    memset(&wanted, 0, sizeof wanted);
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.size = sizeof wanted;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.disabled = 1;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
}

/* Instructions that the call of a function takes, with what starts and stops the counter. */
static uint64_t count_once(int counter, void (*function)(void))
{
    uint64_t count = 0;

    (void)ioctl(counter, PERF_EVENT_IOC_RESET, 0);
    (void)ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
    function();
    (void)ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
    return read(counter, &count, sizeof count) == (ssize_t)sizeof count ? count : 0;
}

/* The least of several: an interrupt may add to a count, nothing takes away from it. */
static uint64_t count_least(int counter, void (*function)(void))
{
    uint64_t least = UINT64_MAX;
    unsigned int i;

    for (i = 0; i < FEWEST_COUNTS; i++) {
        const uint64_t count = count_once(counter, function);

        least = count < least ? count : least;
    }
    return least;
}

static uint64_t count_instructions(void)
{
    const int counter = open_counter();
    uint64_t count;

    if (counter < 0) {
        return 0;
    }
    count = count_least(counter, run_model) - count_least(counter, nothing);
    (void)close(counter);
    return count;
}

#else

static uint64_t count_instructions(void)
{
    (void)nothing;
    return 0;
}

#endif

/* Nanoseconds of processor time that the model takes for all images. */
static uint64_t time_round(const MODEL_PIXEL *images, size_t count, size_t *classes)
{
    const uint64_t start = now();
    size_t i;

    for (i = 0; i < count; i++) {
        image = images + i * IMAGE_PIXELS;
        run_model();
        classes[i] = predicted;
    }
    return now() - start;
}

int main(int argc, char **argv)
{
    const size_t count = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1;
    const uint64_t fewest = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const uint64_t budget = argc > 3 ? strtoull(argv[3], NULL, 10) * (NANOSECONDS / 1000U) : 0;
    MODEL_PIXEL *images = (MODEL_PIXEL *)malloc(count * IMAGE_BYTES);
    size_t *classes = (size_t *)malloc(count * sizeof *classes);
    uint64_t fastest = UINT64_MAX, total = 0, rounds = 0;
    size_t i;

    arena = malloc(ARENA_BYTES);
    if (images == NULL || classes == NULL || arena == NULL || count == 0 ||
        fread(images, IMAGE_BYTES, count, stdin) != count) {
        return 2;
    }
    while (rounds < fewest || total < budget) {
        const uint64_t taken = time_round(images, count, classes);

        fastest = taken < fastest ? taken : fastest;
        total += taken;
        rounds++;
    }
    image = images;
    (void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", rounds, fastest, count_instructions());
    for (i = 0; i < count; i++) {
        (void)printf("%zu\n", classes[i]);
    }
    return 0;
}
