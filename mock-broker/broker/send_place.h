/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_place.h - what a broker from 5.4.0 on makes of a priority, and one from 5.5.0 on of a lite topic
 * (SendMessageProcessor.sendMessage). A batch has neither.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_SEND_PLACE_H
#define MB_BROKER_SEND_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/body.h"
#include "mock-broker/broker/config.h"
#include "mock-broker/broker/send_properties.h"

/*
 * A priority of a message that is nothing before that (TopicMessageType.java): *queue_id becomes the queue of its
 * number, or the last one; true. Of another one the property is dropped. A lite topic is told by
 * INNER_MULTI_DISPATCH, in the place of what the client said there. *text, and with it *p, may become those of
 * `buf`.
 */
bool mb_send_place(enum mb_release release, const struct rmqi_topic_config *t,
		   struct rmqi_str *text, struct mb_send_properties *p, struct rmqi_buf *buf,
		   int32_t *queue_id);

#endif
