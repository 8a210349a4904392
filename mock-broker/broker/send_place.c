/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/send_place.h"

#include "codec/properties.h"

#define LMQ_PREFIX "%LMQ%$" /* LiteUtil.java */

/* TopicMessageType.parseFromMessageProperty */
static bool is_only_priority(const struct mb_send_properties *p)
{
	return !p->is_transaction && !p->has_delay && !p->is_timer && !p->is_sharded;
}

/* Message.getPriority: what is below 0 or no number is none. */
static bool has_priority(const struct mb_send_properties *p, int32_t *priority)
{
	return p->priority.len > 0 && rmqi_str_to_i32(p->priority, priority) && *priority >= 0;
}

/* Without what `drop` names, and with the queue of the lite topic, if there is one. Too long now: as it was. */
static void rewrite(const char *topic, struct rmqi_str *text, struct mb_send_properties *p,
		    const char *const *drop, struct rmqi_buf *buf)
{
	rmqi_buf_reset(buf);
	rmqi_properties_copy_without(buf, *text, drop);
	if (topic)
		rmqi_buf_addf(buf, "%s\1%s%s$%.*s\2", RMQI_PROP_MULTI_DISPATCH, LMQ_PREFIX, topic,
			      RMQI_STR_ARG(p->lite_topic));
	if (rmqi_buf_status(buf) != RMQ_OK)
		return;
	*text = rmqi_cursor_str(rmqi_buf_cursor(buf));
	mb_send_properties_read(*text, p);
}

bool mb_send_place(enum mb_release release, const struct rmqi_topic_config *t,
		   struct rmqi_str *text, struct mb_send_properties *p, struct rmqi_buf *buf,
		   int32_t *queue_id)
{
	const char *drop[4] = {NULL};
	size_t drops = 0;
	bool is_lite = p->lite_topic.len > 0 && release >= MB_RELEASE_5_5;
	int32_t priority;
	bool is_ranked = release >= MB_RELEASE_5_4 && has_priority(p, &priority);

	if (is_lite) {
		drop[drops++] = RMQI_PROP_MULTI_DISPATCH;
		drop[drops++] = RMQI_PROP_MULTI_OFFSET;
	}
	if (is_ranked && !is_only_priority(p))
		drop[drops++] = RMQI_PROP_PRIORITY;
	if (drops > 0)
		rewrite(is_lite ? t->topic_name : NULL, text, p, drop, buf);
	if (!is_ranked || !is_only_priority(p))
		return false;
	*queue_id = priority < t->write_queue_nums ? priority : t->write_queue_nums - 1;
	return true;
}
