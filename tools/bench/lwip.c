// SPDX-License-Identifier: GPL-2.0
/*
 * lwIP instead of the kernel's stacks: a stack of the process's own, as liblwip has
 * it, on a tap device. The works that reach for it are those of net.c, rr.c, udp.c and
 * stream.c, compiled with lwip_names.h.
 */
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <netif/tapif.h>
#include <semaphore.h>
#include <stdlib.h>
#include "bench.h"

#define FIRST_ADDRESS	0x0a060000u	/* 10.6.0.0/24 */

static struct netif device;
static sem_t ready;

/* In lwIP's thread. All its tap devices have one Ethernet address, unless told another. */
static void add_device(void *argument)
{
	unsigned int number = *(const unsigned int *)argument;
	ip4_addr_t address = { .addr = htonl(FIRST_ADDRESS + number) };
	ip4_addr_t mask = { .addr = htonl(0xffffff00u) };

	if (!netif_add(&device, &address, &mask, NULL, NULL, tapif_init, tcpip_input))
		bench_fail("lwIP: netif_add");
	device.hwaddr[5] = number;
	netif_set_default(&device);
	netif_set_up(&device);
	netif_set_link_up(&device);
	sem_post(&ready);
}

/* @tap: "tap" and the last byte of the address */
void bench_own_stack(const char *tap)
{
	unsigned int number = atoi(tap + 3);

	sem_init(&ready, 0, 0);
	setenv("PRECONFIGURED_TAPIF", tap, 1);
	tcpip_init(add_device, &number);
	sem_wait(&ready);
}
