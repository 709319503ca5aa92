/* SPDX-License-Identifier: 0BSD */
/*
 * All of an MNIST network in a CH32V003: a program fills the image and reads the class. Another
 * processor or a debugger can do so, too; both stay where they are.
 */
#include "model.h"
#include "stack.h"

#include <stdint.h>

uint8_t image[MODEL_IMAGE_BYTES];
volatile uint8_t ready; /* set to 1 when the image is there; 0 again when `answer` is its class */
volatile uint8_t answer;

static uint32_t arena[(MODEL_ARENA_BYTES + 3U) / 4U];

/* Start-up code asks for it, and nothing here measures the stack. */
void stack_start(void)
{
}

int main(void)
{
    for (;;) {
        while (ready == 0) {
        }
        answer = (uint8_t)model_classify(image, arena);
        ready = 0;
    }
}
