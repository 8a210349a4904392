/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/put_message.h"

#include "base/detail.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"

static void add(struct rmqi_buf *out, const char *name, struct rmqi_str value)
{
	if (value.len > 0)
		rmqi_properties_add(out, rmqi_str(name), value);
}

static enum rmq_error choose_queue(struct mb_broker *b, const struct mb_new_message *m,
				   int32_t *queue_id, struct rmq_error_detail *detail)
{
	const struct mb_topic *t = mb_topic_find(b, m->topic);
	int32_t count = t ? t->config.write_queue_nums : 0;

	if (!t)
		return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
				       "there is no topic \"%.*s\"", RMQI_STR_ARG(m->topic));
	if (m->queue_id >= count || count == 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "\"%.*s\" has %d queues, none of number %d",
				       RMQI_STR_ARG(m->topic), (int)count, (int)m->queue_id);
	*queue_id = m->queue_id >= 0 ? m->queue_id
				     : (int32_t)rmqi_rand_below(&b->rand, (uint64_t)count);
	return RMQ_OK;
}

static enum rmq_error store(struct mb_broker *b, const struct mb_new_message *m,
			    struct rmqi_str properties, struct mb_new_place *out,
			    struct rmq_error_detail *detail)
{
	struct rmqi_stored_message stored = {
		.topic = m->topic,
		.queue_id = out->queue_id,
		.born_timestamp = mb_broker_wall_ms(b),
		.born_host = b->store_host,
		.store_host = b->store_host,
		.body = m->body,
		.properties = properties,
	};
	struct mb_put_result put;

	mb_store_put(b->store, &stored, &put);
	if (!mb_put_is_stored(put.status))
		return rmqi_detail_set(detail, RMQ_ERR_IO, 0, "the message is not stored: %s",
				       mb_put_status_name(put.status));
	mb_figures_put(b, m->topic, put.count, put.store_timestamp);
	b->put_count += put.count;
	b->put_bytes += put.size;
	out->queue_offset = put.queue_offset;
	return RMQ_OK;
}

enum rmq_error mb_put_message(struct mb_broker *b, const struct mb_new_message *m,
			      struct mb_new_place *out, struct rmq_error_detail *detail)
{
	enum rmq_error err = choose_queue(b, m, &out->queue_id, detail);
	struct rmqi_buf properties;
	size_t len;

	if (err != RMQ_OK)
		return err;
	len = rmqi_uniq_next(&b->uniq, out->message_id);
	out->message_id[len] = '\0';
	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	rmqi_buf_add_str(&properties, m->properties);
	add(&properties, RMQI_PROP_KEYS, m->keys);
	add(&properties, RMQI_PROP_TAGS, m->tags);
	add(&properties, RMQI_PROP_UNIQ_KEY, rmqi_str_n(out->message_id, len));
	err = rmqi_buf_status(&properties);
	if (err == RMQ_OK)
		err = store(b, m, rmqi_cursor_str(rmqi_buf_cursor(&properties)), out, detail);
	rmqi_buf_deinit(&properties);
	return err;
}
