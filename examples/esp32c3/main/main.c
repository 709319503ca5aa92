/* SPDX-License-Identifier: 0BSD */
/*
 * Takes images over UART0, MODEL_IMAGE_BYTES each, and answers each with a line: its class, or that
 * the image was not complete, so that whoever sends can begin again.
 */
#include "model.h"

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PORT UART_NUM_0
#define BAUD 115200
#define RING_BYTES 2048
#define LONGEST_PAUSE pdMS_TO_TICKS(500)

static uint8_t image[MODEL_IMAGE_BYTES];
static uint64_t arena[(MODEL_ARENA_BYTES + 7U) / 8U];

static void open_line(void)
{
    const uart_config_t config = {
        .baud_rate = BAUD,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_DEFAULT,
    };

    ESP_ERROR_CHECK(uart_driver_install(PORT, RING_BYTES, 0, 0, NULL, 0));
    ESP_ERROR_CHECK(uart_param_config(PORT, &config));
}

/* Waits for an image to begin, and not long for the rest of it. */
static bool read_image(void)
{
    size_t done = 0;

    while (done < sizeof image) {
        const TickType_t pause = done == 0 ? portMAX_DELAY : LONGEST_PAUSE;
        const size_t wanted = done == 0 ? 1 : sizeof image - done;
        const int found = uart_read_bytes(PORT, image + done, (uint32_t)wanted, pause);
        if (found <= 0) {
            return false;
        }
        done += (size_t)found;
    }
    return true;
}

void app_main(void)
{
    open_line();
    for (;;) {
        char answer[32];
        int length;
        if (read_image()) {
            const unsigned found = (unsigned)model_classify(image, arena);
            length = snprintf(answer, sizeof answer, "class %u\n", found);
        } else {
            length = snprintf(answer, sizeof answer, "incomplete\n");
        }
        (void)uart_write_bytes(PORT, answer, (size_t)length);
    }
}
