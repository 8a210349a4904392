/* SPDX-License-Identifier: Apache-2.0 */
#include "send/request.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
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
				    "ARRIVE_TIME",
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
static const char *const delays[] = {RMQI_PROP_DELAY, "TIMER_DELAY_SEC", "TIMER_DELAY_MS",
				     "TIMER_DELIVER_MS"};

static enum rmq_error check_topic(const char *topic, struct rmq_error_detail *detail)
{
	char why[256];
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

static void copy_properties(struct rmqi_send_request *r, const struct rmq_message *m)
{
	const char *drop[RMQI_COUNT(stale) + RMQI_COUNT(delays) + 1] = {NULL};

	if (m->queue.queue_id < 0) {
		rmqi_message_wire_properties(m, NULL, &r->properties);
		return;
	}
	rmqi_memcpy(drop, stale, sizeof(stale));
	if (rmqi_message_property(m, RMQI_PROP_REAL_TOPIC))
		rmqi_memcpy(drop + RMQI_COUNT(stale), delays, sizeof(delays));
	rmqi_message_wire_properties(m, drop, &r->properties);
}

static enum rmq_error write_properties(struct rmqi_send_request *r, const struct rmq_message *m,
				       struct rmq_error_detail *detail)
{
	enum rmq_error err;

	copy_properties(r, m);
	rmqi_properties_add(&r->properties, RMQI_STR(RMQI_PROP_UNIQ_KEY), rmqi_str(r->uniq_key));
	if (!rmqi_message_property(m, RMQI_PROP_WAIT))
		rmqi_properties_add(&r->properties, RMQI_STR(RMQI_PROP_WAIT), RMQI_STR("true"));
	err = rmqi_buf_status(&r->properties);
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
static void fill_header(struct rmqi_send_request *r, struct rmqi_client *client, const char *group,
			const char *topic)
{
	r->header.producerGroup = rmqi_str(group);
	r->header.topic = rmqi_str(topic);
	r->header.bornTimestamp = rmqi_clock_wall_ms(rmqi_client_clock(client));
	RMQI_SET(&r->header, send_message, properties,
		 rmqi_cursor_str(rmqi_buf_cursor(&r->properties)));
	RMQI_SET(&r->header, send_message, unitMode, false);
	RMQI_SET(&r->header, send_message, batch, false);
}

enum rmq_error rmqi_send_request_init(struct rmqi_send_request *r, struct rmqi_client *client,
				      const char *group, const struct rmq_message *m,
				      struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(client);
	enum rmq_error err;

	rmqi_buf_init(&r->properties, RMQI_PROPERTIES_MAX);
	/* LZ4 wants room for its worst case, also when less comes of it; and the topic. */
	rmqi_buf_init(&r->own, m->body_len + m->body_len / 1024 + 512);
	r->header = (struct rmqi_h_send_message){0};
	err = check_topic(m->topic, detail);
	if (err == RMQ_OK)
		err = check_body(client, m->body_len, detail);
	if (err != RMQ_OK)
		return err;
	rmqi_uniq_next(rmqi_client_uniq(client), r->uniq_key);
	err = write_properties(r, m, detail);
	if (err == RMQ_OK)
		err = write_body(r, config, m, detail);
	if (err != RMQ_OK)
		return err;
	fill_header(r, client, group, m->topic);
	r->header.defaultTopic = rmqi_str(rmqi_config_str(config, RMQI_CFG_createTopicKey));
	r->header.defaultTopicQueueNums =
		(int32_t)rmqi_config_i64(config, RMQI_CFG_defaultTopicQueueNums);
	r->header.flag = m->flag;
	RMQI_SET(&r->header, send_message, reconsumeTimes, 0);
	return RMQ_OK;
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
					   : FIRST_RETRY_LEVEL + m->reconsume_times;
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
	int32_t times =
		retry->delay_level < 0 ? retry->max_reconsume_times + 1 : m->reconsume_times + 1;

	rmqi_buf_init(&r->properties, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&r->own, 0);
	r->header = (struct rmqi_h_send_message){0};
	r->uniq_key[0] = '\0';
	r->body = rmqi_cursor(m->body, m->body_len);
	write_retry_properties(&r->properties, retry);
	fill_header(r, client, group, retry->retry_topic);
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
	size_t body_len = r->body.len;
	enum rmq_error err;

	if (!is_own) {
		rmqi_buf_reset(&r->own);
		rmqi_buf_add(&r->own, r->body.ptr, body_len);
	}
	/* What a useless compression has left behind its result is not sent. */
	body_len = r->own.len;
	rmqi_buf_add(&r->own, name.ptr, name.len);
	rmqi_buf_add_u8(&r->own, 0);
	err = rmqi_buf_status(&r->own);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	r->body = rmqi_cursor(rmqi_buf_data(&r->own), body_len);
	*topic = (const char *)rmqi_buf_data(&r->own) + body_len;
	r->header.topic = rmqi_str_n(*topic, name.len);
	return RMQ_OK;
}

void rmqi_send_request_deinit(struct rmqi_send_request *r)
{
	rmqi_buf_deinit(&r->properties);
	rmqi_buf_deinit(&r->own);
}
