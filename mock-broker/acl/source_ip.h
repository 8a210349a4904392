/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_ip.h - addresses of policies: "10.1.2.3", "10.0.0.0/8", "fd00::/8" (IPAddressUtils).
 *
 * Thread: any.
 */
#ifndef MB_ACL_SOURCE_IP_H
#define MB_ACL_SOURCE_IP_H

#include <stdbool.h>

#include "base/str.h"
#include "codec/message.h"

bool mb_source_ip_is_valid(struct rmqi_str text);
/* Is the peer within it? An address that is none holds nobody. */
bool mb_source_ip_has(struct rmqi_str text, const struct rmqi_host *peer);

#endif
