/* SPDX-License-Identifier: Apache-2.0 */
/* What a message tells of itself, but for its properties. */
#include "base/queue.h"
#include "client/message_impl.h"
#include "codec/properties.h"

const char *rmq_message_topic(const struct rmq_message *m)
{
	return m ? m->topic + m->hidden : "";
}

const void *rmq_message_body(const struct rmq_message *m, size_t *len)
{
	if (len)
		*len = m ? m->body_len : 0;
	return m && m->body_len > 0 ? (const void *)m->body : "";
}

int32_t rmq_message_flag(const struct rmq_message *m)
{
	return m ? m->flag : 0;
}

/*
 * The texts that are rarely asked for are made by the first who asks. A received
 * message is read by any thread, so one makes them and the others wait the
 * fraction of a microsecond that it takes.
 */
static void make_texts(const struct rmq_message *m)
{
	struct rmq_message *w = (struct rmq_message *)(uintptr_t)m;
	struct rmqi_message_texts *to = m->texts;

	if (!rmqi_message_begin(&w->is_told))
		return;
	to->offset_id[0] = to->born[0] = to->store[0] = '\0';
	if (m->queue.queue_id >= 0) {
		/* A reply came without having been read from a log. */
		if (m->physical_offset >= 0)
			rmqi_offset_id(&m->store_host, m->physical_offset, to->offset_id);
		rmqi_host_text(&m->born_host, to->born, sizeof(to->born));
		rmqi_host_text(&m->store_host, to->store, sizeof(to->store));
	}
	rmqi_message_end(&w->is_told);
}

const char *rmq_message_offset_id(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->texts->offset_id;
}

const char *rmq_message_id(const struct rmq_message *m)
{
	const char *uniq = rmq_message_property(m, RMQI_PROP_UNIQ_KEY);

	return uniq ? uniq : rmq_message_offset_id(m);
}

const char *rmq_message_born_host(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->texts->born;
}

const char *rmq_message_store_host(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->texts->store;
}

const struct rmq_queue *rmq_message_queue(const struct rmq_message *m)
{
	return rmqi_queue_or_none(m ? &m->queue : NULL);
}

int64_t rmq_message_queue_offset(const struct rmq_message *m)
{
	return m ? m->queue_offset : -1;
}

int64_t rmq_message_commit_log_offset(const struct rmq_message *m)
{
	return m ? m->physical_offset : -1;
}

int32_t rmq_message_reconsume_times(const struct rmq_message *m)
{
	return m ? rmqi_message_times(m) : 0;
}

int64_t rmq_message_born_ms(const struct rmq_message *m)
{
	return m ? m->born_ms : 0;
}

int64_t rmq_message_store_ms(const struct rmq_message *m)
{
	return m ? m->store_ms : 0;
}

int32_t rmq_message_sys_flag(const struct rmq_message *m)
{
	return m ? m->sys_flag : 0;
}
