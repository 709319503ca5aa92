/* SPDX-License-Identifier: 0BSD */
/*
 * From a camera's frame to a class. Lines of a VGA frame come one by one and become the network's
 * image as they come: there is no frame buffer, and what training did to its pictures is done here.
 *
 * The code is generated with --camera 640x480:rgb565-le.
 */
#include "config.h"
#include "crc32.h"
#include "image.h"
#include "link.h"
#include "machine.h"
#include "network.h"
#include "sensor.h"
#include "text.h"

#include <stddef.h>

#ifndef NETWORK_HAS_CAMERA
#error this example needs code that was generated with --camera 640x480:rgb565-le
#endif

typedef char frame_check
    [NETWORK_CAMERA_HEIGHT == SENSOR_HEIGHT && NETWORK_CAMERA_LINE_BYTES == SENSOR_LINE_BYTES ? 1
                                                                                              : -1];

static uint16_t classify(void)
{
    static uint8_t line[SENSOR_LINE_BYTES];
    uint32_t ticks;
    uint32_t row;

    image_forget(); /* the computer's image was in the same memory */
    for (row = 0; row < SENSOR_HEIGHT; row++) {
        sensor_read_line(row, line);
        network_take_line(line, NULL, row);
    }
    return network_run(&ticks);
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
        if (sensor_has_frame()) {
            show(classify());
        }
        if (!link_poll()) {
            machine_idle();
        }
    }
}
