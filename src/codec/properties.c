/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/properties.h"

#include <string.h>

#include "base/str.h"
#include "codec/writer.h"

enum { NAME_END = 1, PAIR_END = 2 }; /* MessageDecoder.NAME_VALUE_SEPARATOR, PROPERTY_SEPARATOR */

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

/* MessageConst.STRING_HASH_SET, with what later releases have added to it */
static const struct rmqi_str reserved[] = {
	NAME("KEYS"),
	NAME("TAGS"),
	NAME("WAIT"),
	NAME("DELAY"),
	NAME("RETRY_TOPIC"),
	NAME("REAL_TOPIC"),
	NAME("REAL_QID"),
	NAME("TRAN_MSG"),
	NAME("PGROUP"),
	NAME("MIN_OFFSET"),
	NAME("MAX_OFFSET"),
	NAME("BUYER_ID"),
	NAME("ORIGIN_MESSAGE_ID"),
	NAME("TRANSFER_FLAG"),
	NAME("CORRECTION_FLAG"),
	NAME("MQ2_FLAG"),
	NAME("RECONSUME_TIME"),
	NAME("MAX_RECONSUME_TIMES"),
	NAME("MSG_REGION"),
	NAME("TRACE_ON"),
	NAME("UNIQ_KEY"),
	NAME("EXTEND_UNIQ_INFO"),
	NAME("CONSUME_START_TIME"),
	NAME("DUP_INFO"),
	NAME("TRAN_PREPARED_QUEUE_OFFSET"),
	NAME("INSTANCE_ID"),
	NAME("CORRELATION_ID"),
	NAME("REPLY_TO_CLIENT"),
	NAME("TTL"),
	NAME("MSG_TYPE"),
	NAME("ARRIVE_TIME"),
	NAME("PUSH_REPLY_TIME"),
	NAME("CLUSTER"),
	NAME("POP_CK"),
	NAME("POP_CK_OFFSET"),
	NAME("1ST_POP_TIME"),
	NAME("INNER_MULTI_QUEUE_OFFSET"),
	NAME("TIMER_DELAY_SEC"),
	NAME("TIMER_DELAY_MS"),
	NAME("TIMER_DELIVER_MS"),
	NAME("TIMER_ENQUEUE_MS"),
	NAME("TIMER_DEQUEUE_MS"),
	NAME("TIMER_ROLL_TIMES"),
	NAME("TIMER_OUT_MS"),
	NAME("TIMER_DEL_UNIQKEY"),
	NAME("TIMER_DELAY_LEVEL"),
	NAME("__BORNHOST"),
	NAME("BORN_TIMESTAMP"),
	NAME("__CRC32#"),
	NAME("DLQ_ORIGIN_TOPIC"),
	NAME("DLQ_ORIGIN_MESSAGE_ID"),
	NAME("ORIGIN_GROUP"),       /* 5.3.4 */
	NAME("_SYS_MSG_PRIORITY_"), /* 5.4.0 */
	NAME("__LITE_TOPIC"),       /* 5.5.0 */
};

/* Cuts the first `separator` out of *s: what stands before it, or all when there is none. */
static struct rmqi_str take_until(struct rmqi_str *s, char separator, bool *found)
{
	const char *end = s->len ? memchr(s->ptr, separator, s->len) : NULL;
	struct rmqi_str head = *s;

	*found = end != NULL;
	if (!end) {
		*s = rmqi_str_n(NULL, 0);
		return head;
	}
	head.len = (size_t)(end - s->ptr);
	*s = rmqi_str_n(end + 1, s->len - head.len - 1);
	return head;
}

bool rmqi_properties_next(struct rmqi_str *rest, struct rmqi_str *name, struct rmqi_str *value)
{
	while (rest->len > 0) {
		bool found;
		struct rmqi_str behind = take_until(rest, PAIR_END, &found);
		struct rmqi_str head = take_until(&behind, NAME_END, &found);

		/* Name and value not empty: that is also Java's "at least 3 characters". */
		if (found && head.len > 0 && behind.len > 0) {
			*name = head;
			*value = behind;
			return true;
		}
	}
	return false;
}

/* Most messages have not what is asked for: a quick look instead of a walk. False is certain. */
static bool may_have(struct rmqi_str text, struct rmqi_str name)
{
	const char *at, *end;

	if (name.len == 0 || text.len <= name.len)
		return false;
	at = text.ptr;
	end = at + text.len;
	while ((at = memchr(at, name.ptr[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) <= name.len)
			return false;
		if (at[name.len] == NAME_END && memcmp(at, name.ptr, name.len) == 0)
			return true;
		at++;
	}
	return false;
}

bool rmqi_properties_get(struct rmqi_str text, const char *name, struct rmqi_str *value)
{
	struct rmqi_str wanted = rmqi_str(name), at, found;
	bool is_found = false;

	if (!may_have(text, wanted))
		return false;
	while (rmqi_properties_next(&text, &at, &found)) {
		if (!rmqi_str_eq(at, wanted))
			continue;
		*value = found;
		is_found = true;
	}
	return is_found;
}

void rmqi_properties_add(struct rmqi_buf *out, struct rmqi_str name, struct rmqi_str value)
{
	struct rmqi_writer w = {.at = rmqi_buf_extend(out, name.len + value.len + 2)};

	if (!w.at)
		return;
	rmqi_writer_raw(&w, name.ptr, name.len);
	rmqi_writer_raw_u8(&w, NAME_END);
	rmqi_writer_raw(&w, value.ptr, value.len);
	rmqi_writer_raw_u8(&w, PAIR_END);
}

static bool contains(const char *const *names, struct rmqi_str name)
{
	for (; *names; names++)
		if (rmqi_str_is(name, *names))
			return true;
	return false;
}

void rmqi_properties_copy_without(struct rmqi_buf *out, struct rmqi_str text,
				  const char *const *drop)
{
	struct rmqi_str name, value;

	while (rmqi_properties_next(&text, &name, &value))
		if (!contains(drop, name))
			rmqi_properties_add(out, name, value);
}

bool rmqi_properties_is_reserved(struct rmqi_str name)
{
	for (size_t i = 0; i < RMQI_COUNT(reserved); i++)
		if (rmqi_str_eq(name, reserved[i]))
			return true;
	return false;
}
