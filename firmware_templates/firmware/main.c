/* SPDX-License-Identifier: 0BSD */
/*
 * Firmware that serves the link and nothing else.
 */
#include "link.h"
#include "machine.h"

int main(void)
{
    machine_start();
    link_start();
    for (;;) {
        if (!link_poll()) {
            machine_idle();
        }
    }
}
