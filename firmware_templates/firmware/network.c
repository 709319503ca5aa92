/* SPDX-License-Identifier: 0BSD */
#include "network.h"

#include "bytes.h"
#include "core.h"
#include "stack.h"
#include "ticks.h"

#include <string.h>

/* config.h makes the model call it behind each layer. */
static void after_layer(uint32_t index, const void *output, size_t bytes);

/* The model's source and not its header: its layers can be watched, and a picture goes through the
 * first part of the Image Compression Block piece by piece as it arrives. */
#include NETWORK_FILE /* NOLINT(bugprone-suspicious-include) */

/* What to do behind each layer. */
enum watch_mode { WATCH_NOTHING, WATCH_CALL, WATCH_TIME, WATCH_OUTPUT };

static struct {
    void (*between_layers)(void);
    enum watch_mode mode;
    uint8_t layer;
    uint32_t last; /* WATCH_TIME: when the layer began */
    uint8_t *ticks;
    uint32_t offset; /* WATCH_OUTPUT: what to copy */
    uint32_t total;
    uint8_t *copy;
    uint16_t bytes;
    uint16_t copied;
} watch;

/* No function of the model has these names for something of its own. */
#ifdef NETWORK_SPENDS_IMAGE
static uint8_t own_arena[NETWORK_CONSTANT(_ARENA_WITH_IMAGE_BYTES)] __attribute__((aligned(8)));
#define own_plane ((NETWORK_PIXEL *)(own_arena + NETWORK_CONSTANT(_IMAGE_OFFSET)))
#else
static NETWORK_PIXEL own_plane[NETWORK_IMAGE_BYTES] __attribute__((aligned(4)));
static uint8_t own_arena[NETWORK_ARENA_BYTES] __attribute__((aligned(8)));
#endif
static NETWORK(_score_t) own_scores[NETWORK_SCORES];

typedef char arena_alignment_check[NETWORK_CONSTANT(_ARENA_ALIGNMENT) <= 8 ? 1 : -1];

NETWORK_PIXEL *network_plane(void)
{
    return own_plane;
}

const uint8_t *network_scores(void)
{
    return (const uint8_t *)own_scores;
}

uint32_t network_score_bytes(void)
{
    return sizeof(own_scores);
}

#ifdef NETWORK_HAS_REJECTION
bool network_rejects(uint16_t class_index)
{
    return NETWORK(_decide)(class_index, own_scores) != class_index;
}
#endif

static void copy_output(const uint8_t *output, size_t bytes)
{
    watch.total = (uint32_t)bytes;
    if (watch.offset < bytes) {
        const size_t left = bytes - watch.offset;

        watch.copied = (uint16_t)(left < watch.bytes ? left : watch.bytes);
        memcpy(watch.copy, output + watch.offset, watch.copied);
    }
}

static void time_layer(uint32_t index)
{
    /* The first number is of the whole network. */
    put_u32(watch.ticks + 4U * (index + 1U), ticks_now() - watch.last);
    watch.last = ticks_now();
}

static void after_layer(uint32_t index, const void *output, size_t bytes)
{
    if (watch.mode == WATCH_NOTHING) {
        return;
    }
    if (watch.mode == WATCH_TIME) {
        time_layer(index);
        return;
    }
    if (watch.mode == WATCH_OUTPUT && index == watch.layer) {
        copy_output((const uint8_t *)output, bytes);
    }
    if (watch.between_layers != NULL) {
        watch.between_layers();
    }
}

void network_between_layers(void (*call)(void))
{
    watch.between_layers = call;
}

static uint16_t run_watched(enum watch_mode mode, uint32_t *ticks)
{
    uint32_t began;
    size_t predicted;

    watch.mode = mode;
    began = ticks_now();
    watch.last = began;
    predicted = NETWORK(_run)(own_plane, own_scores, own_arena);
    *ticks = ticks_now() - began;
    watch.mode = WATCH_NOTHING;
    return (uint16_t)predicted;
}

uint16_t network_run(uint32_t *ticks)
{
    return run_watched(WATCH_CALL, ticks);
}

void network_run_timed(uint8_t *ticks)
{
    uint32_t all;

    watch.ticks = ticks;
    (void)run_watched(WATCH_TIME, &all);
    put_u32(ticks, all);
}

uint16_t network_run_copying(
    uint8_t layer,
    uint32_t offset,
    uint16_t bytes,
    uint8_t *copy,
    uint32_t *total)
{
    uint32_t ticks;

    watch.layer = layer;
    watch.offset = offset;
    watch.bytes = bytes;
    watch.copy = copy;
    watch.copied = 0;
    watch.total = 0;
    (void)run_watched(WATCH_OUTPUT, &ticks);
    *total = watch.total;
    return watch.copied;
}

uint32_t network_run_measuring_stack(void)
{
    uintptr_t pointer;
    uint32_t used;

    core_disable_interrupts();
    pointer = stack_pointer();
    stack_paint_below(pointer);
    (void)NETWORK(_run)(own_plane, own_scores, own_arena);
    used = stack_used_below(pointer);
    core_enable_interrupts();
    return used;
}

#ifdef NETWORK_HAS_LUMA

void network_take_rgb888(const uint8_t *rgb, uint32_t first, uint32_t pixels)
{
    NETWORK(_luma_rgb888_u8)(rgb, (uint8_t *)own_plane + first, (int32_t)pixels);
}

void network_take_rgb565(const uint16_t *rgb, uint32_t first, uint32_t pixels)
{
    NETWORK(_luma_rgb565_u8)(rgb, (uint8_t *)own_plane + first, (int32_t)pixels);
}

#else

void network_take_rgb888(const uint8_t *rgb, uint32_t first, uint32_t pixels)
{
    (void)rgb;
    (void)first;
    (void)pixels;
}

void network_take_rgb565(const uint16_t *rgb, uint32_t first, uint32_t pixels)
{
    (void)rgb;
    (void)first;
    (void)pixels;
}

#endif

void network_compress_grey(void)
{
#ifdef NETWORK_HAS_COMPRESSION
    NETWORK(_compress_grey)((const uint8_t *)own_plane, own_plane, own_arena);
#endif
}

#ifdef NETWORK_HAS_CAMERA
void network_take_line(const uint8_t *line, const uint8_t *chroma, uint32_t row)
{
#ifdef NETWORK_CAMERA_HAS_CHROMA
    NETWORK(_camera_line)(line, chroma, row, own_plane, own_arena);
#else
    (void)chroma;
    NETWORK(_camera_line)(line, row, own_plane, own_arena);
#endif
}
#endif

const char *network_class_name(uint16_t index)
{
#ifdef NETWORK_HAS_CLASS_NAMES
    return NETWORK(_class_name)(index);
#else
    (void)index;
    return NULL;
#endif
}
