/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a generated model over images and writes everything that it computes, so that another
 * program can compare it bit by bit with the Python model.
 *
 * Configured with -D, for a model with prefix `net`:
 *   MODEL_FILE="net.h" or "net.c"  what to include; the .c, to see inside (HARNESS_TRACE)
 *   MODEL(suffix)=net##suffix, MODEL_CONSTANT(suffix)=NET##suffix, MODEL_PIXEL=uint8_t or int8_t
 *   HARNESS_OUTPUTS(X)=X(0, int32_t, 10)  for each output its number, type and number of values
 *   HARNESS_CLASSIFY               the model answers with a class: run and classify return it
 *   HARNESS_TRACE                  MODEL_FILE is the .c and NET_AFTER_LAYER calls after_layer
 *   HARNESS_COMPRESS_RGB, HARNESS_COMPRESS_GREY  the model has this Image Compression Block
 *   HARNESS_REJECT                 the model may give no answer
 *   HARNESS_CAMERA                 the model takes a camera's frames; HARNESS_CAMERA_CHROMA, with
 *                                  colours in lines of their own
 *   HARNESS_IMAGE_IN_ARENA         the arena has a place for the image, which is used: the block makes
 *                                  the image there, and run reads it there; classify gets another
 *
 * Input:  two words, source (0 planes, 1 RGB888, 2 RGB565, 3 grey, 4 a camera's lines, one by one,
 *         5 its frames, with gaps behind the lines) and number of images to trace; then the images,
 *         without gaps. A frame is NET_CAMERA_LINE_BYTES for each row, and as many for its colours.
 * Output: one record per image: if it is traced, after each layer two words, its index and its
 *         number of bytes, and its output; then the words RECORD_MARK, the class from run, the
 *         class from classify (of a traced image; else the same again; both 0 without classes) and the bytes of stack
 *         that run used (0 if unknown); of a model that may give no answer the class or what it
 *         says instead (of an image that is not traced, a word of ones); the plane unless the source is planes; the outputs.
 *         At the end the word END_MARK.
 * Words are 32 bits, everything in the machine's byte order, which must be little-endian.
 */
#include "harness.h"

#include <string.h>

#ifdef HARNESS_TRACE
static void after_layer(uint32_t index, const void *output, size_t bytes);
#endif

#include MODEL_FILE

#define IMAGE_BYTES ((size_t)MODEL_CONSTANT(_IMAGE_BYTES))
#define PIXELS ((size_t)MODEL_CONSTANT(_INPUT_HEIGHT) * (size_t)MODEL_CONSTANT(_INPUT_WIDTH))
#ifdef HARNESS_IMAGE_IN_ARENA
#define ARENA_BYTES ((size_t)MODEL_CONSTANT(_ARENA_WITH_IMAGE_BYTES))
#else
#define ARENA_BYTES ((size_t)MODEL_CONSTANT(_ARENA_BYTES))
#endif
#define ARENA_ALIGNMENT ((size_t)MODEL_CONSTANT(_ARENA_ALIGNMENT))

#define RECORD_MARK 0x47414d49U
#define END_MARK 0x454e4f44U
#define POISON 0xa5

enum source { PLANES = 0, RGB888 = 1, RGB565 = 2, GREY = 3, LINES = 4, FRAMES = 5 };

/* Nothing may depend on what an earlier image left behind, on stronger alignment than was asked
 * for, or on a byte outside the buffers: each has exactly the promised size and alignment. */
static uint8_t *source_image, *plane, *plane_copy, *arena;

#define COUNT(index, type, values) +1
#define ALIGNMENT(index, type, values) sizeof(type),
#define BYTES(index, type, values) (size_t)(values) * sizeof(type),
#define ARGUMENT(index, type, values) (type *)(void *)outputs[index],
#define OUTPUTS (0 HARNESS_OUTPUTS(COUNT))

static const size_t output_alignment[] = {HARNESS_OUTPUTS(ALIGNMENT)};
static const size_t output_bytes[] = {HARNESS_OUTPUTS(BYTES)};
static uint8_t *outputs[OUTPUTS];

static void write_word(uint32_t word)
{
    harness_write(&word, sizeof word);
}

#ifdef HARNESS_TRACE
static int tracing;

static void after_layer(uint32_t index, const void *output, size_t bytes)
{
    if (tracing) {
        write_word(index);
        write_word((uint32_t)bytes);
        harness_write(output, bytes);
    }
}
#endif

#ifdef HARNESS_CAMERA
#define ROWS ((uint32_t)MODEL_CONSTANT(_CAMERA_HEIGHT))
#define LINE_BYTES ((size_t)MODEL_CONSTANT(_CAMERA_LINE_BYTES))
#define STRIDE (LINE_BYTES + 3)
#ifdef HARNESS_CAMERA_CHROMA
#define WITH_CHROMA(line, chroma) line, chroma
#else
#define WITH_CHROMA(line, chroma) line
#endif

static uint8_t *chroma_line, *frame, *frame_chroma;

static int allocate_camera(uint32_t source)
{
    chroma_line = harness_allocate(LINE_BYTES, 1);
    if (source == FRAMES) {
        frame = harness_allocate(STRIDE * (ROWS - 1) + LINE_BYTES, 1);
        frame_chroma = harness_allocate(STRIDE * ((ROWS - 1) / 2) + LINE_BYTES, 1);
        return chroma_line && frame && frame_chroma;
    }
    return chroma_line != NULL;
}

static int read_chroma_line(void)
{
#ifdef HARNESS_CAMERA_CHROMA
    return harness_read(chroma_line, LINE_BYTES);
#else
    return 1;
#endif
}

/* The first line of pixels has been read. Returns 0 when the frame is too short. */
static int take_lines(MODEL_PIXEL *pixels)
{
    uint32_t row;

    for (row = 0; row < ROWS; row++) {
        if ((row > 0 && !harness_read(source_image, LINE_BYTES)) || !read_chroma_line()) {
            return 0;
        }
        MODEL(_camera_line)(WITH_CHROMA(source_image, chroma_line), row, pixels, arena);
    }
    return 1;
}

static int take_frame(MODEL_PIXEL *pixels)
{
    uint32_t row;

    for (row = 0; row < ROWS; row++) {
        if ((row > 0 && !harness_read(source_image, LINE_BYTES)) || !read_chroma_line()) {
            return 0;
        }
        memcpy(frame + row * STRIDE, source_image, LINE_BYTES);
        memcpy(frame_chroma + row / 2 * STRIDE, chroma_line, LINE_BYTES);
    }
    MODEL(_camera_frame)(WITH_CHROMA(frame, frame_chroma), STRIDE, pixels, arena);
    return 1;
}
#endif

static size_t source_bytes(uint32_t source)
{
    switch (source) {
#ifdef HARNESS_CAMERA
    case LINES:
    case FRAMES:
        return LINE_BYTES;
#endif
    case RGB888:
        return 3 * PIXELS;
    case RGB565:
        return 2 * PIXELS;
    case GREY:
        return PIXELS;
    default:
        return IMAGE_BYTES;
    }
}

#ifdef HARNESS_IMAGE_IN_ARENA
#define IMAGE_PLACE (arena + MODEL_CONSTANT(_IMAGE_OFFSET))
#else
#define IMAGE_PLACE plane
#endif

/* Returns 0 when the model has no Image Compression Block, and no camera, for this source. */
static int compress(uint32_t source)
{
    MODEL_PIXEL *pixels = (MODEL_PIXEL *)IMAGE_PLACE;

    switch (source) {
    case PLANES:
        memcpy(pixels, source_image, IMAGE_BYTES);
        return 1;
#ifdef HARNESS_COMPRESS_RGB
    case RGB888:
        MODEL(_compress_rgb888)(source_image, pixels, arena);
        return 1;
    case RGB565:
        MODEL(_compress_rgb565)((const uint16_t *)(const void *)source_image, pixels, arena);
        return 1;
#endif
#ifdef HARNESS_COMPRESS_GREY
    case GREY:
        MODEL(_compress_grey)(source_image, pixels, arena);
        return 1;
#endif
#ifdef HARNESS_CAMERA
    case LINES:
        return take_lines(pixels);
    case FRAMES:
        return take_frame(pixels);
#endif
    default:
        return 0;
    }
}

static int make_plane(uint32_t source)
{
    int made;

    memset(arena, POISON, ARENA_BYTES);
    made = compress(source);
    memmove(plane, IMAGE_PLACE, IMAGE_BYTES);
    return made;
}

static size_t classify(void)
{
    memset(arena, POISON, ARENA_BYTES);
#ifdef HARNESS_CLASSIFY
    return MODEL(_classify)((const MODEL_PIXEL *)plane, arena);
#else
    return 0;
#endif
}

#ifdef HARNESS_REJECT
static size_t classify_or_reject(void)
{
    memset(arena, POISON, ARENA_BYTES);
    return MODEL(_classify_or_reject)((const MODEL_PIXEL *)plane, arena);
}
#endif

static size_t run(void)
{
    size_t i;

    memset(arena, 0xff ^ POISON, ARENA_BYTES);
    for (i = 0; i < OUTPUTS; i++) {
        memset(outputs[i], POISON, output_bytes[i]);
    }
    memmove(IMAGE_PLACE, plane, IMAGE_BYTES);
    harness_mark_stack();
#ifdef HARNESS_CLASSIFY
    return MODEL(_run)((const MODEL_PIXEL *)IMAGE_PLACE, HARNESS_OUTPUTS(ARGUMENT) arena);
#else
    MODEL(_run)((const MODEL_PIXEL *)IMAGE_PLACE, HARNESS_OUTPUTS(ARGUMENT) arena);
    return 0;
#endif
}

static void process(uint32_t source, int traced)
{
    uint32_t record[4];
    size_t predicted, i;

#ifdef HARNESS_TRACE
    tracing = traced;
#endif
    predicted = run();
    record[3] = harness_used_stack();
#ifdef HARNESS_TRACE
    tracing = 0;
#endif
    record[0] = RECORD_MARK;
    record[1] = (uint32_t)predicted;
    record[2] = (uint32_t)(traced ? classify() : predicted);
    harness_write(record, sizeof record);
#ifdef HARNESS_REJECT
    write_word(traced ? (uint32_t)classify_or_reject() : 0xffffffffU);
#endif
    if (source != PLANES) {
        harness_write(plane, IMAGE_BYTES);
    }
    for (i = 0; i < OUTPUTS; i++) {
        harness_write(outputs[i], output_bytes[i]);
    }
}

static int allocate_outputs(void)
{
    size_t i;

    for (i = 0; i < OUTPUTS; i++) {
        outputs[i] = harness_allocate(output_bytes[i], output_alignment[i]);
        if (outputs[i] == NULL) {
            return 0;
        }
    }
    return 1;
}

static int allocate(uint32_t source)
{
    source_image = harness_allocate(source_bytes(source), source == RGB565 ? 2 : 1);
    plane = harness_allocate(IMAGE_BYTES, 1);
    plane_copy = harness_allocate(IMAGE_BYTES, 1);
    arena = harness_allocate(ARENA_BYTES, ARENA_ALIGNMENT);
#ifdef HARNESS_CAMERA
    if (source >= LINES && !allocate_camera(source)) {
        return 0;
    }
#endif
    return source_image && plane && plane_copy && arena && allocate_outputs();
}

int main(void)
{
    uint32_t header[2];
    uint32_t images = 0;

    if (!harness_read(header, sizeof header) || !allocate(header[0])) {
        return 2;
    }
    while (harness_read(source_image, source_bytes(header[0]))) {
        memset(plane, POISON, IMAGE_BYTES);
        if (!make_plane(header[0])) {
            return 3;
        }
        memcpy(plane_copy, plane, IMAGE_BYTES);
        process(header[0], images < header[1]);
        if (memcmp(plane_copy, plane, IMAGE_BYTES) != 0 || !harness_guards_intact()) {
            return 4;
        }
        images++;
    }
    write_word(END_MARK);
    return 0;
}
