/* SPDX-License-Identifier: Apache-2.0 */
/* What the example takes of FreeRTOS's header. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;

#define portMAX_DELAY ((TickType_t)0xffffffffU)
#define pdMS_TO_TICKS(milliseconds) ((TickType_t)((milliseconds) / 10))

#endif
