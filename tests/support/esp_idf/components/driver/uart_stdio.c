/* SPDX-License-Identifier: Apache-2.0
 *
 * A UART that is the program's standard input and output. Who waits for ever when the input has ended
 * ends the program.
 */
#include "driver/uart.h"

#include <stdio.h>
#include <stdlib.h>

esp_err_t uart_driver_install(
    uart_port_t port,
    int receive_bytes,
    int send_bytes,
    int queue_size,
    QueueHandle_t *queue,
    int interrupt_flags)
{
    (void)port;
    (void)send_bytes;
    (void)queue_size;
    (void)queue;
    (void)interrupt_flags;
    return receive_bytes > 128 ? 0 : -1;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config)
{
    (void)port;
    return config->baud_rate == 115200 ? 0 : -1;
}

int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t ticks)
{
    const int count = (int)fread(bytes, 1, length, stdin);

    (void)port;
    if (count == 0 && ticks == portMAX_DELAY) {
        exit(0);
    }
    return count;
}

int uart_write_bytes(uart_port_t port, const void *bytes, size_t length)
{
    (void)port;
    return (int)fwrite(bytes, 1, length, stdout);
}
