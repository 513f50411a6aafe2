// SPDX-License-Identifier: GPL-2.0
#include "family.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../uapi/linux/twin.h"
#include "util.h"

#define FAMILY_PARAMETER "/sys/module/twin/parameters/family"

/* A build for the tests of this tool can name a family that every kernel has. */
#ifndef TWIN_FAMILY_DEFAULT
#define TWIN_FAMILY_DEFAULT AF_TWIN
#endif

/* The module can be loaded with another number where a kernel has 18 taken. */
static int read_family_parameter(void)
{
	FILE *file = fopen(FAMILY_PARAMETER, "re");
	int family = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &family) != 1)
		family = 0;
	fclose(file);
	return family;
}

int twin_family(void)
{
	static int family;

	if (!family)
		family = read_family_parameter();
	if (!family)
		family = TWIN_FAMILY_DEFAULT;
	return family;
}

/* Return: 0, or the negative errno of socket(). The kernel loads an installed module by this. */
int probe_twin_family(void)
{
	int fd = socket(twin_family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * Without the module the kernel would take a message for the family as one for any family, and
 * answer with the addresses of its own stack.
 */
void require_twin_family(void)
{
	int error = probe_twin_family();

	if (error == -EAFNOSUPPORT)
		fail("this kernel has no Twin: load the module (insmod twin.ko) first");
	if (error)
		fail("cannot open a socket of Twin's: %s", strerror(-error));
}
