/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_api.c - <rocketmq/mock_message.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_message.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/messages.h"

enum rmq_error rmq_mock_cluster_messages(rmq_mock_cluster *c, const char *topic,
					 rmq_mock_messages **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = mb_cluster_messages(c, topic, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_mock_messages_count(const rmq_mock_messages *l)
{
	return l ? l->count : 0;
}

const rmq_mock_message *rmq_mock_messages_at(const rmq_mock_messages *l, size_t i)
{
	return l && i < l->count ? &l->at[i] : NULL;
}

void rmq_mock_messages_free(rmq_mock_messages *l)
{
	mb_messages_free(l);
}

const char *rmq_mock_message_broker(const rmq_mock_message *m)
{
	return m ? m->broker : "";
}

const char *rmq_mock_message_topic(const rmq_mock_message *m)
{
	return m ? m->topic : "";
}

int rmq_mock_message_queue_id(const rmq_mock_message *m)
{
	return m ? m->queue_id : -1;
}

int64_t rmq_mock_message_queue_offset(const rmq_mock_message *m)
{
	return m ? m->queue_offset : -1;
}

int64_t rmq_mock_message_log_offset(const rmq_mock_message *m)
{
	return m ? m->log_offset : -1;
}

const void *rmq_mock_message_body(const rmq_mock_message *m, size_t *len)
{
	if (len)
		*len = m ? m->body.len : 0;
	/* A NUL was put behind it when it was made: nothing is written here. */
	return m && m->body.len ? (const void *)rmqi_buf_data(&m->body) : "";
}

const char *rmq_mock_message_property(const rmq_mock_message *m, const char *name)
{
	return m && name ? mb_message_property(m, name) : NULL;
}

int32_t rmq_mock_message_sys_flag(const rmq_mock_message *m)
{
	return m ? m->sys_flag : 0;
}

int rmq_mock_message_reconsume_times(const rmq_mock_message *m)
{
	return m ? m->reconsume_times : 0;
}

int64_t rmq_mock_message_born_ms(const rmq_mock_message *m)
{
	return m ? m->born_ms : -1;
}

int64_t rmq_mock_message_stored_ms(const rmq_mock_message *m)
{
	return m ? m->stored_ms : -1;
}
