/* SPDX-License-Identifier: Apache-2.0 */
#include "client/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/compress.h"
#include "codec/properties.h"

enum { PLAIN_MAX = 64 * 1024 * 1024 /* a decompressed body */ };

char *rmqi_reply_topic(const char *cluster)
{
	static const char suffix[] = "_REPLY_TOPIC";
	size_t len = strlen(cluster);
	char *topic = rmqi_alloc(len + sizeof(suffix));

	if (!topic)
		return NULL;
	rmqi_memcpy(topic, cluster, len);
	rmqi_memcpy(topic + len, suffix, sizeof(suffix));
	return topic;
}

/* --- Made ----------------------------------------------------------------------------------------- */

static void add_pair(struct rmqi_buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	rmqi_buf_add(out, name, strlen(name) + 1);
	rmqi_buf_add(out, value, strlen(value) + 1);
}

/* Its getters look at these. */
static enum rmq_error show_properties(struct rmq_message *m)
{
	m->properties = (const char *)rmqi_buf_data(&m->own->properties);
	m->properties_len = m->own->properties.len;
	return rmqi_buf_status(&m->own->properties);
}

static struct rmq_message *make(const struct rmq_message *request, const char *cluster,
				const void *body, size_t len)
{
	char *topic = rmqi_reply_topic(cluster);
	struct rmq_message *m = topic ? rmq_message_new(topic, body, len) : NULL;
	struct rmqi_buf *to;

	rmqi_free(topic);
	if (!m)
		return NULL;
	to = &m->own->properties;
	add_pair(to, RMQI_PROP_MSG_TYPE, "reply");
	add_pair(to, RMQI_PROP_CORRELATION_ID,
		 rmqi_message_property(request, RMQI_PROP_CORRELATION_ID));
	add_pair(to, RMQI_PROP_REPLY_TO_CLIENT,
		 rmqi_message_property(request, RMQI_PROP_REPLY_TO_CLIENT));
	add_pair(to, RMQI_PROP_TTL, rmqi_message_property(request, RMQI_PROP_TTL));
	if (show_properties(m) == RMQ_OK)
		return m;
	rmq_message_free(m);
	return NULL;
}

/* What is missing? NULL: nothing. */
static const char *what_is_missing(const struct rmq_message *request)
{
	static const char *const needed[] = {RMQI_PROP_CORRELATION_ID, RMQI_PROP_REPLY_TO_CLIENT,
					     RMQI_PROP_CLUSTER};

	for (size_t i = 0; i < RMQI_COUNT(needed); i++)
		if (!rmqi_message_property(request, needed[i]))
			return needed[i];
	return NULL;
}

enum rmq_error rmqi_reply_new(const struct rmq_message *request, const void *body, size_t len,
			      struct rmq_message **out, struct rmq_error_detail *detail)
{
	const char *missing = what_is_missing(request);
	struct rmq_message *m;

	if (missing)
		return rmqi_detail_set(
			detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			"the message of topic %s is no request: it has no property %s, which %s",
			request->topic, missing,
			strcmp(missing, RMQI_PROP_CLUSTER) == 0
				? "a broker of 4.6 or newer gives to what it stores"
				: "who asks sets (rmq_producer_request, DefaultMQProducer.request)");
	m = make(request, rmqi_message_property(request, RMQI_PROP_CLUSTER), body, len);
	if (!m)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	m->is_reply = true;
	*out = m;
	return RMQ_OK;
}

/* --- Taken ---------------------------------------------------------------------------------------- */

static enum rmq_error take_body(struct rmq_message *m, int32_t sys_flag, struct rmqi_cursor body)
{
	int type = (sys_flag & RMQI_SYS_COMPRESSION_MASK) >> RMQI_SYS_COMPRESSION_SHIFT;
	struct rmqi_body *own = NULL;
	struct rmqi_buf plain;
	enum rmq_error err = RMQ_OK;

	rmqi_buf_init(&plain, PLAIN_MAX);
	if (sys_flag & RMQI_SYS_COMPRESSED) {
		err = rmqi_decompress(type, body, &plain);
		body = rmqi_buf_cursor(&plain);
	}
	if (err == RMQ_OK)
		own = rmqi_body_copy(body.ptr, body.len);
	rmqi_buf_deinit(&plain);
	if (!own)
		return err == RMQ_OK ? RMQ_ERR_NO_MEMORY : err;
	rmqi_body_unref(m->own->body);
	m->own->body = own;
	m->sys_flag = sys_flag & ~RMQI_SYS_COMPRESSED;
	m->body = own->bytes;
	m->body_len = own->len;
	return RMQ_OK;
}

static enum rmq_error take_properties(struct rmq_message *m, struct rmqi_str text, int64_t now_ms)
{
	struct rmqi_buf *to = &m->own->properties;
	struct rmqi_str name, value;
	char now[24];

	while (rmqi_properties_next(&text, &name, &value)) {
		/* What stands behind an inner NUL is lost, as in every received message. */
		rmqi_buf_add(to, name.ptr, strnlen(name.ptr, name.len));
		rmqi_buf_add_u8(to, 0);
		rmqi_buf_add(to, value.ptr, strnlen(value.ptr, value.len));
		rmqi_buf_add_u8(to, 0);
	}
	snprintf(now, sizeof(now), "%lld", (long long)now_ms);
	add_pair(to, RMQI_PROP_ARRIVE_TIME, now);
	return show_properties(m);
}

/* It says which queue, but not of which broker. */
static enum rmq_error take_queue(struct rmq_message *m, int32_t queue_id)
{
	size_t len = strlen(m->topic);

	m->own->queue = rmqi_alloc(len + 2);
	if (!m->own->queue)
		return RMQ_ERR_NO_MEMORY;
	rmqi_memcpy(m->own->queue, m->topic, len + 1);
	m->own->queue[len + 1] = '\0';
	m->queue = (struct rmq_queue){m->own->queue, m->own->queue + len + 1,
				      queue_id >= 0 ? queue_id : 0};
	return RMQ_OK;
}

static enum rmq_error fill(struct rmq_message *m, const struct rmqi_h_reply_message *h,
			   struct rmqi_cursor body, int64_t now_ms)
{
	enum rmq_error err = take_body(m, h->sysFlag, body);

	if (err == RMQ_OK)
		err = take_properties(m, h->properties, now_ms);
	if (err == RMQ_OK)
		err = take_queue(m, h->queueId);
	m->flag = h->flag;
	rmqi_message_set_times(m, h->reconsumeTimes);
	m->born_ms = h->bornTimestamp;
	m->store_ms = h->storeTimestamp;
	/* What cannot be read stays 0.0.0.0:0. */
	(void)rmqi_host_parse(h->bornHost, &m->born_host);
	(void)rmqi_host_parse(h->storeHost, &m->store_host);
	return err;
}

enum rmq_error rmqi_reply_decode(const struct rmqi_h_reply_message *h, struct rmqi_cursor body,
				 int64_t now_ms, struct rmq_message **out)
{
	char *topic = rmqi_str_dup(h->topic);
	struct rmq_message *m = topic ? rmq_message_new(topic, NULL, 0) : NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	rmqi_free(topic);
	if (!m)
		return err;
	err = fill(m, h, body, now_ms);
	if (err == RMQ_OK)
		*out = m;
	else
		rmq_message_free(m);
	return err;
}
