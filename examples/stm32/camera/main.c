/* SPDX-License-Identifier: 0BSD */
/*
 * From a camera's frame buffer to a class: the middle of an RGB565 frame is scaled to the network's
 * input, row by row, and goes through the Image Compression Block. The frame is a stored one; a
 * product lets its camera fill a buffer and says so in frame_is_new().
 *
 * The model must take colour pictures; the one in examples/models/signs does.
 */
#include "config.h"
#include "crc32.h"
#include "frame_buffer.h"
#include "image.h"
#include "link.h"
#include "machine.h"
#include "network.h"
#include "scale.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

#ifndef NETWORK_HAS_LUMA
#error this example needs a model whose Image Compression Block takes colour
#endif

static bool frame_is_new(void)
{
    static bool was_taken;
    const bool is_new = !was_taken;

    was_taken = true;
    return is_new;
}

static uint16_t classify(const struct picture *frame)
{
    const struct window window = scale_centre(frame, NETWORK_WIDTH, NETWORK_HEIGHT);
    uint16_t row[NETWORK_WIDTH];
    uint32_t ticks;
    uint32_t y;

    image_forget(); /* the computer's image was in the same memory */
    for (y = 0; y < NETWORK_HEIGHT; y++) {
        scale_row(frame, &window, y, NETWORK_WIDTH, NETWORK_HEIGHT, row);
        network_take_rgb565(row, y * NETWORK_WIDTH, NETWORK_WIDTH);
    }
    network_compress_grey();
    return network_run(network_plane(), &ticks);
}

static void show(uint16_t class_index)
{
    const char *const name = network_class_name(class_index);
    struct text line = {{0}, 0};

    text_add(&line, "camera: class ");
    text_add_decimal(&line, class_index);
    if (name != NULL) {
        text_add(&line, ", ");
        text_add(&line, name);
    }
    text_add(&line, "; scores ");
    text_add_hex(&line, crc32_continue(0, network_scores(), network_score_bytes()));
    link_text(line.characters);
}

int main(void)
{
    machine_start();
    network_between_layers(link_answer_busy);
    link_start();
    for (;;) {
        if (frame_is_new()) {
            show(classify(&frame_buffer));
        }
        if (!link_poll()) {
            machine_idle();
        }
    }
}
