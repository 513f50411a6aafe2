/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which address family is Twin's in the running kernel, and is it there.
 */
#ifndef TWIN_FAMILY_H
#define TWIN_FAMILY_H

int twin_family(void);
int probe_twin_family(void);
void require_twin_family(void);

#endif
