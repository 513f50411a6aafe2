/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "twin ss" tells its library in ss (ss_ask.c), by the environment.
 */
#ifndef TWIN_SS_ASK_H
#define TWIN_SS_ASK_H

#define SS_ASK_LIBRARY	"twin-ss.so"

/* The number of Twin's address family. */
#define SS_ASK_FAMILY	"TWIN_SS_FAMILY"

/* Set if ss shows none of the attributes that AF_INET's rows always have. */
#define SS_ASK_BARE	"TWIN_SS_BARE"

#endif
