/* SPDX-License-Identifier: 0BSD */
#ifndef FRAME_BUFFER_H
#define FRAME_BUFFER_H

#include "scale.h"

/* What the camera saw; frame_buffer.c was made by make_frame.py. */
extern const struct picture frame_buffer;

#endif
