/* SPDX-License-Identifier: Apache-2.0
 *
 * A chip of simavr, cycle by cycle:
 *
 *     chip FIRMWARE CORE HERTZ LAST_FLASH_ADDRESS LAST_RAM_ADDRESS [SOCKET CONTROL]
 *
 * Memory may be larger than the chip's own: a model may be tried that does not fit. Without SOCKET
 * the program is the verification harness, which io_simavr.c starts: three registers without a
 * function are its files.
 *   GPIOR0  written: the next byte of output.bin
 *   GPIOR1  read: the next byte of input.bin
 *   GPIOR2  read: 1 if input.bin has another byte; written: a mark with the cycles, or the end
 * A mark is a line of two numbers in marks.txt: what was written and the cycles since the reset.
 *
 * With SOCKET, the descriptor of a socket that listens, UART 0 is a line of bytes to the first
 * program that connects. CONTROL is the descriptor of a connection: a byte goes out when somebody has
 * connected, and the chip starts when one comes in. It ends when that program leaves.
 */
#include <avr_uart.h>
#include <poll.h>
#include <sim_avr.h>
#include <sim_elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GPIOR0 0x3e
#define GPIOR1 0x4a
#define GPIOR2 0x4b
#define END_OF_RUN 0xff

/* Cycles between two looks at the socket: less than a byte takes on a line of 115,200 baud. */
#define LOOK_CYCLES 1000

static FILE *input, *output, *marks;
static int ended;

static void write_byte(avr_t *avr, avr_io_addr_t address, uint8_t byte, void *unused)
{
    (void)avr, (void)address, (void)unused;
    if (fputc(byte, output) == EOF) {
        exit(5);
    }
}

static uint8_t read_byte(avr_t *avr, avr_io_addr_t address, void *unused)
{
    (void)avr, (void)address, (void)unused;
    return (uint8_t)fgetc(input);
}

static uint8_t has_byte(avr_t *avr, avr_io_addr_t address, void *unused)
{
    const int byte = fgetc(input);

    (void)avr, (void)address, (void)unused;
    if (byte == EOF) {
        return 0;
    }
    ungetc(byte, input);
    return 1;
}

static void mark(avr_t *avr, avr_io_addr_t address, uint8_t value, void *unused)
{
    (void)address, (void)unused;
    if (value == END_OF_RUN) {
        ended = 1;
        return;
    }
    fprintf(marks, "%u %llu\n", value, (unsigned long long)avr->cycle);
}

static void run_harness(avr_t *avr)
{
    int code = 6;

    input = fopen("input.bin", "rb");
    output = fopen("output.bin", "wb");
    marks = fopen("marks.txt", "w");
    if (input == NULL || output == NULL || marks == NULL) {
        exit(7);
    }
    avr_register_io_write(avr, GPIOR0, write_byte, NULL);
    avr_register_io_read(avr, GPIOR1, read_byte, NULL);
    avr_register_io_read(avr, GPIOR2, has_byte, NULL);
    avr_register_io_write(avr, GPIOR2, mark, NULL);
    while (!ended) {
        const int state = avr_run(avr);

        if (state == cpu_Done || state == cpu_Crashed) {
            break;
        }
    }
    if (ended) {
        code = avr->data[24]; /* r24: what main returns */
    }
    if (fclose(output) != 0 || fclose(marks) != 0) {
        code = 5;
    }
    exit(code);
}

static int client = -1, ready = 1;

static void send_byte(avr_irq_t *irq, uint32_t value, void *unused)
{
    const uint8_t byte = (uint8_t)value;

    (void)irq, (void)unused;
    if (write(client, &byte, 1) != 1) {
        exit(0);
    }
}

static void allow(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)value, (void)unused;
    ready = 1;
}

static void hold(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)value, (void)unused;
    ready = 0;
}

static void connect_uart(avr_t *avr)
{
    uint32_t flags = 0;

    /* Nothing on the terminal, and no sleep of this machine while the chip waits. */
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), send_byte, NULL);
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), allow, NULL);
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), hold, NULL);
}

static void serve(avr_t *avr, int listening, int control)
{
    uint8_t go = 1;
    avr_irq_t *const in = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    avr_cycle_count_t next = 0;
    int state = cpu_Running;

    connect_uart(avr);
    client = accept(listening, NULL, NULL);
    if (client < 0 || write(control, &go, 1) != 1 || read(control, &go, 1) != 1) {
        exit(7);
    }
    while ( state != cpu_Done && state != cpu_Crashed) {
        state = avr_run(avr);
        if (ready && avr->cycle >= next) {
            struct pollfd found = {client, POLLIN, 0};
            uint8_t byte;

            next = avr->cycle + LOOK_CYCLES;
            if (poll(&found, 1, 0) > 0) {
                if (read(client, &byte, 1) != 1) {
                    break;
                }
                avr_raise_irq(in, byte);
            }
        }
    }
    exit(state == cpu_Crashed ? 6 : 0);
}

int main(int argc, char **argv)
{
    elf_firmware_t firmware;
    avr_t *avr;

    memset(&firmware, 0, sizeof firmware);
    if (argc < 6 || elf_read_firmware(argv[1], &firmware) != 0) {
        return 7;
    }
    avr = avr_make_mcu_by_name(argv[2]);
    if (avr == NULL) {
        return 2;
    }
    avr->flashend = (uint32_t)strtoul(argv[4], NULL, 0);
    avr->ramend = (uint16_t)strtoul(argv[5], NULL, 0);
    if (avr_init(avr) != 0) {
        return 2;
    }
    firmware.frequency = (uint32_t)strtoul(argv[3], NULL, 0);
    avr_load_firmware(avr, &firmware);
    if (argc > 7) {
        serve(avr, atoi(argv[6]), atoi(argv[7]));
    }
    run_harness(avr);
    return 0;
}
