/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names for what its coding style expects of a compiler, in user space.
 */
#ifndef TWIN_COMPILER_H
#define TWIN_COMPILER_H

#include <linux/types.h>

#define __noreturn __attribute__((__noreturn__))
#define __printf(format, first) __attribute__((__format__(printf, format, first)))
#define __aligned(bytes) __attribute__((__aligned__(bytes)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;

#endif
