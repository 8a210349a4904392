/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_update.h - settings that may be changed while the broker runs, and over the wire
 * (AdminBrokerProcessor.updateBrokerConfig, 25).
 *
 * Apache changes every key but a few that stand on a block-list, which is how CVE-2023-33246 came about.
 * Here it is the other way round: `configAllowList` names, separated by ';', what may be changed; it is empty
 * unless told otherwise, and can only name keys that act at once and are numbers, booleans or choices. So no
 * path, no address and no name ever comes over the wire. A request changes all that it names, or nothing.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_BROKER_CONFIG_UPDATE_H
#define MB_BROKER_CONFIG_UPDATE_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/broker/config.h"

enum { MB_CONFIG_UPDATE_MAX = 64 * 1024 }; /* bytes of a request's body */

/* RMQ_ERR_CONFIG: it names a key that cannot be changed while the broker runs; `detail` (may be NULL) says
 * which. Thread: any. */
enum rmq_error mb_config_allow_list_check(struct rmqi_str list,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Is the key on the list? */
bool mb_config_is_allowed(struct rmqi_str list, struct rmqi_str key);
/* Applies lines "key=value". RMQ_ERR_DENIED: a key is not on config->config_allow_list; RMQ_ERR_CONFIG: a value is
 * not of its type or range, or a line is none. Nothing is changed then, and `problem` is a sentence. */
enum rmq_error mb_config_update(struct mb_broker_config *config, struct rmqi_str text,
				char *problem, size_t size) RMQI_MUST_USE;

#endif
