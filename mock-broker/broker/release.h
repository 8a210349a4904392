/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release.h - which release of Apache RocketMQ a broker is taken for (its key `emulate`).
 *
 *     4.9   no POP, timed messages, static topics, attributes; parameters that are wrong are answered with 1
 *     5.3   what is written anywhere here without a release
 *     5.4   priorities, pops from the last queue down
 *     5.5   lite topics
 *
 * A code that came later, or went before, has no handler there: REQUEST_CODE_NOT_SUPPORTED
 * (RequestCode.java of 4.9.7, 5.3.3, 5.4.0 and 5.5.0, compared). What else differs asks for the release where
 * it is done.
 *
 * Pure; thread: any.
 */
#ifndef MB_BROKER_RELEASE_H
#define MB_BROKER_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

enum mb_release { MB_RELEASE_4_9, MB_RELEASE_5_3, MB_RELEASE_5_4, MB_RELEASE_5_5 };

/* As they are written in a file, in the order of the enum. */
#define MB_RELEASES "4.9|5.3|5.4|5.5"

/* MQVersion.java: the place in the enum, and its name. */
int32_t mb_release_version(enum mb_release release);
const char *mb_release_name(enum mb_release release);
/* Has a broker of that release a handler for the request? True for codes that nobody knows. */
bool mb_release_knows(enum mb_release release, int32_t code);
/* What it answers to a parameter that is wrong: INVALID_PARAMETER came with 5.3.2. */
int32_t mb_release_bad_parameter(enum mb_release release);

#endif
