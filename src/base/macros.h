/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macros.h - compiler attributes and the few macros that have no better home.
 */
#ifndef RMQI_BASE_MACROS_H
#define RMQI_BASE_MACROS_H

#include <stddef.h>

#define RMQI_MUST_USE __attribute__((warn_unused_result))
#define RMQI_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define RMQI_COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* The object that holds `member` at `ptr`. */
#define RMQI_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
