/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the wire room needs of the kernel, for builds in user space.
 */
#ifndef TWIN_WIRE_USER_H
#define TWIN_WIRE_USER_H

#include <arpa/inet.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define __force
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#endif
