/* SPDX-License-Identifier: 0BSD */
/*
 * A camera that there is none: it shows a stored picture in VGA, RGB565, low byte first, a line at a
 * time. A product lets a DMA fill the line and calls network_take_line() when it is there.
 */
#ifndef SENSOR_H
#define SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#define SENSOR_WIDTH 640U
#define SENSOR_HEIGHT 480U
#define SENSOR_LINE_BYTES (2U * SENSOR_WIDTH)

#define STORED_WIDTH 96U
#define STORED_HEIGHT 72U

/* Rows without gaps: 5 bits red, highest, 6 green, 5 blue. Made by make_picture.py. */
extern const uint16_t stored_picture[STORED_HEIGHT * STORED_WIDTH];

/* Whether there is a frame that nobody has seen. */
bool sensor_has_frame(void);

/* Writes a line of it, SENSOR_LINE_BYTES; row 0 is the first one. */
void sensor_read_line(uint32_t row, uint8_t *line);

#endif
