/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_STARTUP_H
#define CBCNN_STARTUP_H

#include "core.h"

/* Where the chip begins. */
NO_RETURN void startup_reset(void);

#endif
