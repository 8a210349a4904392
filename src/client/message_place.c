/* SPDX-License-Identifier: Apache-2.0 */
/* The setters that say where within its topic a message belongs: its priority, its lite topic. */
#include <stdio.h>
#include <string.h>

#include "base/detail_out.h"
#include "client/message.h"
#include "codec/lite.h"
#include "codec/properties.h"

/* Instead of what all of `old` said; `value` NULL: none. */
static enum rmq_error put_place(struct rmq_message *m, const char *const *old, const char *value,
				enum rmqi_message_kind kind)
{
	enum rmq_error err = rmqi_message_replace(m, old, old[0], value);

	if (err == RMQ_OK)
		m->kinds = (m->kinds & ~(unsigned)kind) | (value ? kind : 0u);
	return err;
}

enum rmq_error rmq_message_set_priority(struct rmq_message *m, int priority,
					rmq_error_detail **detail)
{
	static const char *const old[] = {RMQI_PROP_PRIORITY, NULL};
	enum rmq_error err = rmqi_message_check_own(m, __func__, detail);
	char text[16];

	if (err != RMQ_OK)
		return err;
	if (priority < -1)
		return rmqi_detail_argument(detail,
					    "%s: priority is %d, allowed are -1 (none) and from 0",
					    __func__, priority);
	snprintf(text, sizeof(text), "%d", priority);
	return rmqi_message_changed(
		put_place(m, old, priority < 0 ? NULL : text, RMQI_MESSAGE_PRIORITY), __func__,
		RMQI_PROP_PRIORITY, detail);
}

/* A broker dispatches a message into the queue that INNER_MULTI_DISPATCH names; a received message says there
 * what its broker made of the old lite topic. */
enum rmq_error rmq_message_set_lite_topic(struct rmq_message *m, const char *lite_topic,
					  rmq_error_detail **detail)
{
	static const char *const old[] = {RMQI_PROP_LITE_TOPIC, RMQI_PROP_MULTI_DISPATCH,
					  RMQI_PROP_MULTI_OFFSET, NULL};
	enum rmq_error err = rmqi_message_check_own(m, __func__, detail);
	size_t len = lite_topic ? strlen(lite_topic) : 0;

	if (err != RMQ_OK)
		return err;
	if (lite_topic && (len == 0 || len > RMQI_LITE_TOPIC_MAX))
		return rmqi_detail_argument(
			detail, "%s: lite_topic has %zu bytes, allowed are NULL and 1..%d bytes",
			__func__, len, RMQI_LITE_TOPIC_MAX);
	if (lite_topic && strspn(lite_topic, RMQI_LITE_TOPIC_LETTERS) < len)
		return rmqi_detail_argument(
			detail, "%s: lite_topic is \"%s\", allowed are letters, digits, - and _",
			__func__, lite_topic);
	return rmqi_message_changed(put_place(m, old, lite_topic, RMQI_MESSAGE_LITE), __func__,
				    RMQI_PROP_LITE_TOPIC, detail);
}

/* Message.getPriority: what is no number is none. */
int rmq_message_priority(const struct rmq_message *m)
{
	const char *text = m ? rmqi_message_property(m, RMQI_PROP_PRIORITY) : NULL;
	int32_t priority;

	if (!text || !rmqi_str_to_i32(rmqi_str(text), &priority) || priority < 0)
		return -1;
	return priority;
}

const char *rmq_message_lite_topic(const struct rmq_message *m)
{
	const char *text = m ? rmqi_message_property(m, RMQI_PROP_LITE_TOPIC) : NULL;

	return text ? text : "";
}
