/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite.h - where the messages of a lite topic go (LiteShardingImpl.java of the broker): each has one broker, which
 * owns it, and another one would store messages that no subscriber of it looks for. Its bucket among the queues of
 * the parent topic names that broker; we send to the very queue. Brokers do not check it.
 *
 * The hash is Guava's Hashing.consistentHash, so that of all lite topics but few move when a queue comes.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_SEND_LITE_H
#define RMQI_SEND_LITE_H

#include <stddef.h>
#include <stdint.h>

#include "send/picker.h"

/* `hash`: Java's String.hashCode of the lite topic; buckets: from 1. The result is below it. */
size_t rmqi_lite_bucket(int32_t hash, size_t buckets);
/* `hash` must live as long. */
struct rmqi_picker rmqi_picker_lite(const int32_t *hash);

#endif
