/* SPDX-License-Identifier: Apache-2.0 */
/*
 * denial.h - is an answer a refusal for want of credentials or permissions? The codes
 * alone do not say so:
 *
 *     SYSTEM_ERROR (1)     ACL 1: the text of an AclException; anything else that went wrong, too
 *     NO_PERMISSION (16)   ACL 2.0 and proxies: the text alone; a broker or topic that may not be
 *                          read or written says "... is forbidden"
 *
 * So it is the words of the remark that tell: doc/reference/acl.md lists them.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_DENIAL_H
#define RMQI_CODEC_DENIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

bool rmqi_is_denial(int32_t code, struct rmqi_str remark);

#endif
