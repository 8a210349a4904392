/* SPDX-License-Identifier: Apache-2.0 */
#include "send/request.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/compress.h"
#include "codec/names.h"
#include "codec/properties.h"

enum { FIRST_RETRY_LEVEL = 3, DEFAULT_QUEUE_NUMS = 4 };

/*
 * What a broker or a client put into a message that was received before: it would
 * lie about the new one (MessageConst.java). UNIQ_KEY: every send gets its own.
 * A message that was never stored has none of them: their names are reserved.
 */
static const char *const stale[] = {RMQI_PROP_UNIQ_KEY,
				    RMQI_PROP_MSG_REGION,
				    RMQI_PROP_TRACE_ON,
				    RMQI_PROP_CLUSTER,
				    RMQI_PROP_REAL_TOPIC,
				    RMQI_PROP_REAL_QID,
				    RMQI_PROP_TRAN_MSG,
				    RMQI_PROP_PGROUP,
				    RMQI_PROP_MIN_OFFSET,
				    RMQI_PROP_MAX_OFFSET,
				    RMQI_PROP_RETRY_TOPIC,
				    RMQI_PROP_ORIGIN_MESSAGE_ID,
				    RMQI_PROP_RECONSUME_TIME,
				    RMQI_PROP_MAX_RECONSUME_TIMES,
				    RMQI_PROP_POP_CK,
				    RMQI_PROP_INNER_NUM,
				    "INNER_BASE",
				    "INNER_MULTI_QUEUE_OFFSET",
				    "POP_CK_OFFSET",
				    "1ST_POP_TIME",
				    "__transactionId__",
				    "TRAN_PREPARED_QUEUE_OFFSET",
				    "TRANSACTION_CHECK_TIMES",
				    "EXTEND_UNIQ_INFO",
				    "CONSUME_START_TIME",
				    "DUP_INFO",
				    RMQI_PROP_MSG_TYPE,
				    RMQI_PROP_ARRIVE_TIME,
				    "PUSH_REPLY_TIME",
				    "TIMER_ENQUEUE_MS",
				    "TIMER_DEQUEUE_MS",
				    "TIMER_ROLL_TIMES",
				    "TIMER_OUT_MS",
				    "TIMER_DEL_UNIQKEY",
				    "TIMER_DELAY_LEVEL",
				    "DLQ_ORIGIN_TOPIC",
				    "DLQ_ORIGIN_MESSAGE_ID",
				    "__BORNHOST",
				    "BORN_TIMESTAMP",
				    "__CRC32#"};

/* A message that was delivered late still carries what delayed it, beside REAL_TOPIC. */
static const char *const delays[] = {RMQI_PROP_DELAY, RMQI_PROP_TIMER_DELAY_SEC,
				     RMQI_PROP_TIMER_DELAY_MS, RMQI_PROP_TIMER_DELIVER_MS};

static enum rmq_error check_topic(const char *topic, struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));

	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	if (rmqi_topic_is_send_forbidden(rmqi_str(topic)))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "Sending message to topic[%s] is forbidden.", topic);
	return RMQ_OK;
}

static enum rmq_error check_body(const struct rmqi_client *client, size_t len,
				 struct rmq_error_detail *detail)
{
	size_t most = (size_t)rmqi_config_i64(rmqi_client_config(client), RMQI_CFG_maxMessageSize);

	if (len == 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the message body length is zero");
	if (len > most)
		return rmqi_detail_set(detail, RMQ_ERR_TOO_LARGE, RMQ_ERROR_FATAL,
				       "the message body has %zu bytes, maxMessageSize is %zu", len,
				       most);
	return RMQ_OK;
}

enum rmq_error rmqi_send_request_check(struct rmqi_client *client, const struct rmq_message *m,
				       struct rmq_error_detail *detail)
{
	enum rmq_error err = check_topic(m->topic, detail);

	return err == RMQ_OK ? check_body(client, m->body_len, detail) : err;
}

static bool has_extra(const struct rmqi_send_extra *extra, const char *name)
{
	const char *const *pair = extra ? extra->properties : NULL;

	while (pair && *pair && strcmp(*pair, name) != 0)
		pair += 2;
	return pair && *pair;
}

/* A broker goes by the first of them that it finds, and forgets the others (TopicMessageType.java). A half message
 * would be read in its lite topic before it is committed. */
static enum rmq_error check_kinds(const struct rmq_message *m, unsigned kinds,
				  const struct rmqi_send_extra *extra,
				  struct rmq_error_detail *detail)
{
	unsigned place = kinds & (RMQI_MESSAGE_PRIORITY | RMQI_MESSAGE_LITE);
	const char *other = NULL;

	if (!place)
		return RMQ_OK;
	if (kinds & (RMQI_MESSAGE_DELAYED | RMQI_MESSAGE_TIMED))
		other = "a delay";
	else if (rmqi_message_property(m, RMQI_PROP_SHARDING_KEY) ||
		 has_extra(extra, RMQI_PROP_SHARDING_KEY))
		other = "a sharding key";
	else if (has_extra(extra, RMQI_PROP_TRAN_MSG))
		other = "a transaction";
	else if (place == (RMQI_MESSAGE_PRIORITY | RMQI_MESSAGE_LITE))
		other = "a lite topic";
	if (!other)
		return RMQ_OK;
	return rmqi_detail_set(
		detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
		"the message has a %s and %s: only one of a delay, a sharding key, a "
		"transaction, a priority and a lite topic is allowed",
		place & RMQI_MESSAGE_PRIORITY ? "priority" : "lite topic", other);
}

static void copy_properties(const struct rmq_message *m, struct rmqi_buf *out)
{
	const char *drop[RMQI_COUNT(stale) + RMQI_COUNT(delays) + 1];

	if (m->queue.queue_id < 0) {
		rmqi_message_wire_properties(m, NULL, out);
		return;
	}
	memset(drop, 0, sizeof(drop));
	rmqi_memcpy(drop, stale, sizeof(stale));
	if (rmqi_message_property(m, RMQI_PROP_REAL_TOPIC))
		rmqi_memcpy(drop + RMQI_COUNT(stale), delays, sizeof(delays));
	rmqi_message_wire_properties(m, drop, out);
}

/* All but those whose names are among the pairs, twice: what was received is copied as ever. */
static void copy_others(const struct rmq_message *m, const char *const *pairs, struct rmqi_buf *out)
{
	struct rmqi_buf all;
	struct rmqi_str rest, name, value;

	rmqi_buf_init(&all, 2 * RMQI_PROPERTIES_MAX);
	copy_properties(m, &all);
	rest = rmqi_cursor_str(rmqi_buf_cursor(&all));
	while (rmqi_properties_next(&rest, &name, &value)) {
		bool is_replaced = false;

		for (const char *const *pair = pairs; *pair && !is_replaced; pair += 2)
			is_replaced = rmqi_str_is(name, *pair);
		if (!is_replaced)
			rmqi_properties_add(out, name, value);
	}
	/* What did not fit, or memory that is out, is told by the buffer of the request. */
	if (rmqi_buf_status(&all) != RMQ_OK) {
		out->failed = true;
		out->error = rmqi_buf_status(&all);
	}
	rmqi_buf_deinit(&all);
}

void rmqi_send_properties_write(const struct rmq_message *m, const struct rmqi_send_extra *extra,
				const char *uniq_key, struct rmqi_buf *out)
{
	const char *const *pair = extra ? extra->properties : NULL;

	if (extra && extra->replaces)
		copy_others(m, extra->properties, out);
	else
		copy_properties(m, out);
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_UNIQ_KEY), rmqi_str(uniq_key));
	if (!rmqi_message_property(m, RMQI_PROP_WAIT))
		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_WAIT), RMQI_STR("true"));
	for (; pair && *pair; pair += 2)
		rmqi_properties_add(out, rmqi_str(pair[0]), rmqi_str(pair[1]));
}

enum rmq_error rmqi_send_properties_tell(enum rmq_error err, struct rmq_error_detail *detail)
{
	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "the properties of the message are over %d bytes",
				       RMQI_PROPERTIES_MAX);
	return err == RMQ_OK ? RMQ_OK : rmqi_detail_set(detail, err, 0, "out of memory");
}

static enum rmqi_compression compression(const struct rmq_config *config)
{
	/* In the order of the key's choices. */
	static const enum rmqi_compression types[] = {RMQI_LZ4, RMQI_ZSTD, RMQI_ZLIB};

	return types[rmqi_config_i64(config, RMQI_CFG_compressType)];
}

/* Compresses when the body is long and gets shorter by it. */
static enum rmq_error write_body(struct rmqi_send_request *r, const struct rmq_config *config,
				 const struct rmq_message *m, struct rmq_error_detail *detail)
{
	enum rmqi_compression type = compression(config);
	enum rmq_error err;

	r->body = rmqi_cursor(m->body, m->body_len);
	if (m->body_len < (size_t)rmqi_config_i64(config, RMQI_CFG_compressMsgBodyOverHowmuch))
		return RMQ_OK;
	err = rmqi_compress(type, (int)rmqi_config_i64(config, RMQI_CFG_compressLevel), r->body,
			    &r->own);
	if (err == RMQ_ERR_UNSUPPORTED)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "compressType %s is not built into this library",
				       rmqi_config_str(config, RMQI_CFG_compressType));
	/* A body that does not shrink goes as it is. */
	if (err == RMQ_ERR_TOO_LARGE || (err == RMQ_OK && r->own.len >= m->body_len))
		return RMQ_OK;
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "the body cannot be compressed: %s",
				       rmq_error_text(err));
	r->body = rmqi_buf_cursor(&r->own);
	r->header.sysFlag |= RMQI_SYS_COMPRESSED | ((int32_t)type << RMQI_SYS_COMPRESSION_SHIFT);
	return RMQ_OK;
}

/* What every send says. The properties are written. */
static void fill_header(struct rmqi_send_request *r, int64_t wall_ms, const char *group,
			const char *topic)
{
	r->messages = 1;
	r->header.producerGroup = rmqi_str(group);
	r->header.topic = rmqi_str(topic);
	r->header.bornTimestamp = wall_ms;
	RMQI_SET(&r->header, send_message, properties,
		 rmqi_cursor_str(rmqi_buf_cursor(&r->properties)));
	RMQI_SET(&r->header, send_message, unitMode,
		 rmqi_config_bool(rmqi_client_config(r->client), RMQI_CFG_unitMode));
	RMQI_SET(&r->header, send_message, batch, false);
}

static int64_t wall_ms(const struct rmqi_client *client)
{
	return rmqi_clock_wall_ms(rmqi_client_clock(client));
}

static void fill_producer_header(struct rmqi_send_request *r, struct rmqi_client *client,
				 int64_t wall_ms, const char *group, const char *topic)
{
	const struct rmq_config *config = rmqi_client_config(client);

	fill_header(r, wall_ms, group, topic);
	r->header.defaultTopic = rmqi_str(rmqi_config_str(config, RMQI_CFG_createTopicKey));
	r->header.defaultTopicQueueNums =
		(int32_t)rmqi_config_i64(config, RMQI_CFG_defaultTopicQueueNums);
	RMQI_SET(&r->header, send_message, reconsumeTimes, 0);
}

enum rmq_error rmqi_send_request_init(struct rmqi_send_request *r, struct rmqi_client *client,
				      const char *group, const struct rmq_message *m,
				      const struct rmqi_send_extra *extra,
				      struct rmq_error_detail *detail)
{
	rmqi_buf_init(&r->properties, 0);
	rmqi_buf_init(&r->own, 0);
	r->shared = NULL;
	return rmqi_send_request_renew(r, client, group, m, extra, detail);
}

enum rmq_error rmqi_send_request_renew(struct rmqi_send_request *r, struct rmqi_client *client,
				       const char *group, const struct rmq_message *m,
				       const struct rmqi_send_extra *extra,
				       struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(client);
	unsigned kinds = rmqi_message_kinds(m);
	int64_t now_ms = wall_ms(client);
	enum rmq_error err;

	rmqi_buf_reset(&r->properties);
	rmqi_buf_reset(&r->own);
	r->properties.max = RMQI_PROPERTIES_MAX;
	/* LZ4 wants room for its worst case, also when less comes of it; and the topic. */
	r->own.max = m->body_len + m->body_len / 1024 + 512;
	r->code = m->is_reply ? RMQI_REQ_SEND_REPLY_MESSAGE_V2 : RMQI_REQ_SEND_MESSAGE_V2;
	r->need = rmqi_need_of(kinds);
	r->header = (struct rmqi_h_send_message){.sysFlag = extra ? extra->sys_flag : 0};
	r->client = client;
	r->ids = NULL;
	r->source = m->own ? m->own->body : NULL; /* of a received one: none */
	r->shared = NULL;
	err = rmqi_send_request_check(client, m, detail);
	if (err == RMQ_OK && kinds != 0)
		err = check_kinds(m, kinds, extra, detail);
	if (err != RMQ_OK)
		return err;
	if (extra && extra->uniq_key)
		snprintf(r->uniq_key, sizeof(r->uniq_key), "%s", extra->uniq_key);
	else
		rmqi_uniq_next_at(rmqi_client_uniq(client), now_ms, r->uniq_key);
	rmqi_send_properties_write(m, extra, r->uniq_key, &r->properties);
	err = rmqi_send_properties_tell(rmqi_buf_status(&r->properties), detail);
	if (err == RMQ_OK)
		err = write_body(r, config, m, detail);
	if (err != RMQ_OK)
		return err;
	fill_producer_header(r, client, now_ms, group, m->topic);
	r->header.flag = m->flag;
	return RMQ_OK;
}

/* --- A batch -------------------------------------------------------------------------------- */

enum rmq_error rmqi_send_request_init_batch(struct rmqi_send_request *r, struct rmqi_client *client,
					    const char *group, const char *topic, bool waits,
					    struct rmqi_cursor body)
{
	rmqi_buf_init(&r->properties, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&r->own, 0);
	r->need = NULL; /* no kind goes in a batch */
	r->code = RMQI_REQ_SEND_BATCH_MESSAGE;
	r->header = (struct rmqi_h_send_message){0};
	r->client = client;
	r->uniq_key[0] = '\0';
	r->ids = NULL;
	r->source = NULL;
	r->shared = NULL;
	r->body = body;
	rmqi_properties_add(&r->properties, RMQI_STR(RMQI_PROP_WAIT),
			    waits ? RMQI_STR("true") : RMQI_STR("false"));
	fill_producer_header(r, client, wall_ms(client), group, topic);
	RMQI_SET(&r->header, send_message, batch, true);
	return rmqi_buf_status(&r->properties);
}

/* --- To the retry topic ------------------------------------------------------------------- */

/* What MessageAccessor.clearProperty takes out there, and what is set anew. */
static const char *const not_again[] = {RMQI_PROP_TRAN_MSG,
					RMQI_PROP_RECONSUME_TIME,
					RMQI_PROP_MAX_RECONSUME_TIMES,
					RMQI_PROP_DELAY,
					RMQI_PROP_RETRY_TOPIC,
					RMQI_PROP_ORIGIN_MESSAGE_ID,
					NULL};

struct rmqi_str rmqi_send_message_id(const struct rmq_message *m, char buf[RMQI_ID_SIZE])
{
	const char *uniq = rmqi_message_property(m, RMQI_PROP_UNIQ_KEY);

	if (uniq)
		return rmqi_str(uniq);
	return rmqi_str_n(buf, rmqi_offset_id(&m->store_host, m->physical_offset, buf));
}

static void write_retry_properties(struct rmqi_buf *out, const struct rmqi_retry *retry)
{
	const struct rmq_message *m = retry->message;
	const char *origin = rmqi_message_property(m, RMQI_PROP_ORIGIN_MESSAGE_ID);
	int level = retry->delay_level > 0 ? retry->delay_level
					   : FIRST_RETRY_LEVEL + rmqi_message_times(m);
	char id[RMQI_ID_SIZE], text[16];

	rmqi_message_wire_properties(m, not_again, out);
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_ORIGIN_MESSAGE_ID),
			    origin ? rmqi_str(origin) : rmqi_send_message_id(m, id));
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_RETRY_TOPIC), rmqi_str(m->topic));
	snprintf(text, sizeof(text), "%d", level);
	if (retry->delay_level >= 0)
		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_DELAY), rmqi_str(text));
}

enum rmq_error rmqi_send_request_init_retry(struct rmqi_send_request *r, struct rmqi_client *client,
					    const char *group, const struct rmqi_retry *retry)
{
	const struct rmq_message *m = retry->message;
	/* Straight to the dead letters: as if all deliveries were used up. */
	int32_t before =
		retry->delay_level < 0 ? retry->max_reconsume_times : rmqi_message_times(m);
	int32_t times = before < INT32_MAX ? before + 1 : before;

	rmqi_buf_init(&r->properties, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&r->own, 0);
	r->code = RMQI_REQ_SEND_MESSAGE_V2;
	r->need = NULL;
	r->header = (struct rmqi_h_send_message){0};
	r->client = client;
	r->uniq_key[0] = '\0';
	r->ids = NULL;
	r->source = NULL;
	r->shared = NULL;
	r->body = rmqi_cursor(m->body, m->body_len);
	write_retry_properties(&r->properties, retry);
	fill_header(r, wall_ms(client), group, retry->retry_topic);
	r->header.defaultTopic = RMQI_STR(RMQI_DEFAULT_TOPIC);
	r->header.defaultTopicQueueNums = DEFAULT_QUEUE_NUMS;
	r->header.flag = m->flag;
	RMQI_SET(&r->header, send_message, reconsumeTimes, times);
	RMQI_SET(&r->header, send_message, maxReconsumeTimes, retry->max_reconsume_times);
	return rmqi_buf_status(&r->properties);
}

enum rmq_error rmqi_send_request_own(struct rmqi_send_request *r, const char **topic,
				     struct rmq_error_detail *detail)
{
	struct rmqi_str name = r->header.topic;
	bool is_own = r->header.sysFlag & RMQI_SYS_COMPRESSED;
	bool is_shared = !is_own && r->source && r->body.len >= RMQI_BODY_SHARE_FROM;
	size_t copied = is_own || is_shared ? 0 : r->body.len;
	size_t body_len;
	enum rmq_error err;
	uint8_t *at;

	/* What a useless compression has left is not sent. */
	if (!is_own)
		rmqi_buf_reset(&r->own);
	/* All at once: no byte more than is needed waits. */
	err = rmqi_buf_reserve(&r->own, copied + name.len + 1, &at);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	rmqi_buf_add(&r->own, r->body.ptr, copied);
	body_len = r->own.len;
	rmqi_buf_add(&r->own, name.ptr, name.len);
	rmqi_buf_add_u8(&r->own, 0);
	err = rmqi_buf_status(&r->own);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	if (is_shared)
		r->shared = rmqi_body_ref(r->source);
	else
		r->body = rmqi_cursor(rmqi_buf_data(&r->own), body_len);
	r->source = NULL;
	*topic = (const char *)rmqi_buf_data(&r->own) + body_len;
	r->header.topic = rmqi_str_n(*topic, name.len);
	return RMQ_OK;
}

void rmqi_send_request_rest(struct rmqi_send_request *r, size_t keep)
{
	rmqi_body_unref(r->shared);
	r->shared = NULL;
	rmqi_buf_reset(&r->properties);
	rmqi_buf_reset(&r->own);
	rmqi_buf_trim(&r->properties, keep);
	rmqi_buf_trim(&r->own, keep);
}

void rmqi_send_request_deinit(struct rmqi_send_request *r)
{
	rmqi_body_unref(r->shared);
	r->shared = NULL;
	rmqi_buf_deinit(&r->properties);
	rmqi_buf_deinit(&r->own);
}
