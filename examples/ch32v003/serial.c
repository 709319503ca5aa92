/* SPDX-License-Identifier: 0BSD */
/*
 * The same over a serial line, for networks that leave room for it: takes images over USART1, PD6 in and
 * PD5 out, at 115,200 baud, MODEL_IMAGE_BYTES each, and answers each with a line, such as "class 7"; or
 * with "incomplete", where an image pauses for long.
 *
 * Source: WCH, "CH32V003 Reference Manual", chapters RCC, GPIO and USART.
 */
#include "model.h"

#include <stdbool.h>
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define RCC_CFGR0 REGISTER(0x40021004U)
#define RCC_APB2PCENR REGISTER(0x40021018U)
#define GPIOD_CFGLR REGISTER(0x40011400U)
#define GPIOD_OUTDR REGISTER(0x4001140cU)
#define USART1_STATR REGISTER(0x40013800U)
#define USART1_DATAR REGISTER(0x40013804U)
#define USART1_BRR REGISTER(0x40013808U)
#define USART1_CTLR1 REGISTER(0x4001380cU)

#define HPRE (0xfU << 4) /* divides the clock by 3 after a reset */
#define CLOCK_HZ 24000000U
#define BAUD 115200U

#define PORT_D (1U << 5)
#define USART1 (1U << 14)
#define PD5_PD6 (0xffU << 20)
#define PD5_SENDS (0xbU << 20)    /* the USART's, up to 30 MHz */
#define PD6_RECEIVES (0x8U << 24) /* pulled the way that OUTDR says: up */

#define RECEIVED (1U << 5)
#define CAN_SEND (1U << 7)
#define ENABLED (1U << 13 | 1U << 3 | 1U << 2) /* sends and receives, without interrupts */

#define LONGEST_PAUSE 1000000U /* questions whether a byte is there, half a second or so */

static uint8_t image[MODEL_IMAGE_BYTES];
static uint32_t arena[(MODEL_ARENA_BYTES + 3U) / 4U];

static void start_line(void)
{
    RCC_CFGR0 &= ~HPRE;
    RCC_APB2PCENR |= PORT_D | USART1;
    GPIOD_OUTDR |= 1U << 6;
    GPIOD_CFGLR = (GPIOD_CFGLR & ~PD5_PD6) | PD5_SENDS | PD6_RECEIVES;
    USART1_BRR = (CLOCK_HZ + BAUD / 2U) / BAUD;
    USART1_CTLR1 = ENABLED;
}

/* Waits for an image to begin, and not long for the rest of it. */
static bool read_image(void)
{
    uint32_t done = 0;
    uint32_t pause = 0;

    while (done < sizeof image) {
        if ((USART1_STATR & RECEIVED) != 0) {
            image[done++] = (uint8_t)USART1_DATAR;
            pause = 0;
        } else if (done != 0 && ++pause == LONGEST_PAUSE) {
            return false;
        }
    }
    return true;
}

static void write_byte(char byte)
{
    while ((USART1_STATR & CAN_SEND) == 0) {
    }
    USART1_DATAR = (uint8_t)byte;
}

static void write_text(const char *text)
{
    while (*text != 0) {
        write_byte(*text++);
    }
}

/* The chip has no division, and classes have few digits. */
static void write_class(uint32_t number)
{
    static const uint8_t units[] = {100, 10, 1};
    bool is_leading = true;
    uint32_t i;

    for (i = 0; i < sizeof units; i++) {
        char digit = '0';
        for (; number >= units[i]; number -= units[i]) {
            digit++;
        }
        is_leading = is_leading && digit == '0' && units[i] != 1;
        if (!is_leading) {
            write_byte(digit);
        }
    }
}

int main(void)
{
    start_line();
    for (;;) {
        if (read_image()) {
            write_text("class ");
            write_class((uint32_t)model_classify(image, arena));
            write_text("\n");
        } else {
            write_text("incomplete\n");
        }
    }
}
