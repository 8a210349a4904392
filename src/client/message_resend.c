/* SPDX-License-Identifier: Apache-2.0 */
/* message_resend.c - a message that is sent once more, from a dead letter or any other. */
#include <string.h>

#include <rocketmq/admin_message.h>

#include "base/entry.h"
#include "client/message_impl.h"
#include "codec/names.h"
#include "codec/properties.h"

#define DLQ_ORIGIN_TOPIC "DLQ_ORIGIN_TOPIC" /* MessageConst.PROPERTY_DLQ_ORIGIN_TOPIC */

/* Of those that the system uses. Priority and lite topic have setters, which note the kind. */
static const char *const kept[] = {RMQI_PROP_KEYS, RMQI_PROP_TAGS, RMQI_PROP_WAIT,
				   RMQI_PROP_SHARDING_KEY};

static bool is_kept(const char *name)
{
	for (size_t i = 0; i < RMQI_COUNT(kept); i++)
		if (strcmp(name, kept[i]) == 0)
			return true;
	return !rmqi_properties_is_reserved(rmqi_str(name));
}

static bool is_of_group(const char *topic)
{
	return rmqi_topic_is_retry(rmqi_str(topic)) || rmqi_topic_is_dlq(rmqi_str(topic));
}

/* NULL: it does not say. */
static const char *origin_of(const struct rmq_message *m)
{
	static const char *const names[] = {RMQI_PROP_RETRY_TOPIC, DLQ_ORIGIN_TOPIC};

	if (!is_of_group(rmq_message_topic(m)))
		return rmq_message_topic(m);
	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		const char *topic = rmqi_message_property(m, names[i]);

		if (topic && topic[0] && !is_of_group(topic))
			return topic;
	}
	return NULL;
}

static enum rmq_error copy_properties(const struct rmq_message *from, struct rmq_message *to)
{
	struct rmqi_buf *out = &to->own->properties;
	const rmq_property *p;

	for (size_t i = 0; (p = rmq_message_property_at(from, i)); i++) {
		const char *name = rmq_property_name(p), *value = rmq_property_value(p);

		if (!is_kept(name))
			continue;
		rmqi_buf_add(out, name, strlen(name) + 1);
		rmqi_buf_add(out, value, strlen(value) + 1);
	}
	rmqi_message_refresh_views(to);
	return rmqi_buf_status(out);
}

static enum rmq_error copy_kind(const struct rmq_message *from, struct rmq_message *to)
{
	enum rmq_error err = RMQ_OK;

	if (rmq_message_priority(from) >= 0)
		err = rmq_message_set_priority(to, rmq_message_priority(from), NULL);
	if (err == RMQ_OK && rmq_message_lite_topic(from)[0])
		err = rmq_message_set_lite_topic(to, rmq_message_lite_topic(from), NULL);
	return err;
}

static enum rmq_error make(const struct rmq_message *from, struct rmq_message **out,
			   struct rmq_error_detail *detail)
{
	const char *topic = origin_of(from);
	struct rmq_message *m;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!topic)
		return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
				       "a message of topic %s does not say what topic it came from",
				       rmq_message_topic(from));
	m = rmq_message_new(topic, from->body, from->body_len);
	if (m)
		err = copy_properties(from, m);
	if (err == RMQ_OK)
		err = copy_kind(from, m);
	if (err == RMQ_OK) {
		m->flag = from->flag;
		*out = m;
		return RMQ_OK;
	}
	rmq_message_free(m);
	return rmqi_detail_set(detail, err, 0, "the message to send again: %s",
			       rmq_error_text(err));
}

enum rmq_error rmq_message_new_resend(const rmq_message *m, rmq_message **out,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "m", m) && rmqi_entry_has(&entry, "out", out))
		entry.error = make(m, out, entry.detail);
	return rmqi_entry_end(&entry);
}
