/* SPDX-License-Identifier: Apache-2.0 */
/* What operators ask of a consumer: offsets by queue, running info, the result of one message. */
#include "base/mem.h"
#include "codec/body_read.h"
#include "codec/body_write.h"

/* --- Offsets by queue ----------------------------------------------------------------------- */

void rmqi_queue_offsets_free(struct rmqi_queue_offset *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_queue_deinit(&rows[i].queue);
	rmqi_free(rows);
}

/* {"brokerName":..,"queueId":..,"topic":..}: as the name of a member. */
static void write_key(struct rmqi_jw *w, const struct rmqi_queue *q)
{
	struct rmqi_jw key = {.out = w->out};

	rmqi_jw_name_begin(w);
	rmqi_body_write_queue(&key, q);
	rmqi_jw_name_end(w);
}

static void write_offsets(struct rmqi_jw *w, const struct rmqi_queue_offset *rows, size_t count)
{
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < count; i++) {
		write_key(w, &rows[i].queue);
		rmqi_jw_i64(w, rows[i].offset);
	}
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_reset_offset_encode(const struct rmqi_queue_offset *rows, size_t count,
					struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "offsetTable");
	write_offsets(&w, rows, count);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_consumer_status_encode(const struct rmqi_queue_offset *rows, size_t count,
					   struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "consumerTable");
	rmqi_jw_open(&w, '{');
	rmqi_jw_close(&w, '}');
	rmqi_jw_name(&w, "messageQueueTable");
	write_offsets(&w, rows, count);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

/* A member of a map: its name is a queue, its value the offset. */
static void read_entry(const struct rmqi_json *value, struct rmqi_queue_offset *row,
		       enum rmq_error *err)
{
	rmqi_body_read_queue_name(value, &row->queue, err);
	if (rmqi_json_is(value, RMQI_JSON_INTEGER))
		row->offset = value->integer;
	else if (*err == RMQ_OK)
		*err = RMQ_ERR_PROTOCOL;
}

/* A row of the list for C. */
static void read_row(const struct rmqi_json *value, struct rmqi_queue_offset *row,
		     enum rmq_error *err)
{
	rmqi_body_read_queue(value, &row->queue, err);
	row->offset = rmqi_member_i64(value, "offset", 0, err);
}

static enum rmq_error read_offsets(struct rmqi_cursor body, const char *name,
				   struct rmqi_queue_offset **rows, size_t *count)
{
	struct rmqi_queue_offset *made;
	const struct rmqi_json *table;
	struct rmqi_json *root;
	size_t n = 0;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member(root, name);
	made = rmqi_body_array(rmqi_json_count(table), sizeof(*made), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK && rmqi_json_is(table, RMQI_JSON_ARRAY))
			read_row(value, &made[n++], &err);
		else if (err == RMQ_OK)
			read_entry(value, &made[n++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_queue_offsets_free(made, n);
		return err;
	}
	*rows = made;
	*count = n;
	return RMQ_OK;
}

enum rmq_error rmqi_reset_offset_decode(struct rmqi_cursor body, struct rmqi_queue_offset **rows,
					size_t *count)
{
	return read_offsets(body, "offsetTable", rows, count);
}

enum rmq_error rmqi_consumer_status_decode(struct rmqi_cursor body, struct rmqi_queue_offset **rows,
					   size_t *count)
{
	return read_offsets(body, "messageQueueTable", rows, count);
}

/* --- Running info ---------------------------------------------------------------------------- */

static void write_empty(struct rmqi_jw *w, const char *name)
{
	rmqi_jw_name(w, name);
	rmqi_jw_open(w, '{');
	rmqi_jw_close(w, '}');
}

static void write_process_queue(struct rmqi_jw *w, const struct rmqi_process_queue_info *q)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "cachedMsgCount", q->cached_count);
	rmqi_jw_member_i64(w, "cachedMsgMaxOffset", q->cached_max);
	rmqi_jw_member_i64(w, "cachedMsgMinOffset", q->cached_min);
	rmqi_jw_member_i64(w, "cachedMsgSizeInMiB", q->cached_mib);
	rmqi_jw_member_i64(w, "commitOffset", q->commit_offset);
	rmqi_jw_member_bool(w, "droped", false);
	rmqi_jw_member_i64(w, "lastConsumeTimestamp", q->last_consume_ms);
	rmqi_jw_member_i64(w, "lastLockTimestamp", q->last_lock_ms);
	rmqi_jw_member_i64(w, "lastPullTimestamp", q->last_pull_ms);
	rmqi_jw_member_bool(w, "locked", q->is_locked);
	rmqi_jw_member_i64(w, "transactionMsgCount", 0);
	rmqi_jw_member_i64(w, "transactionMsgMaxOffset", 0);
	rmqi_jw_member_i64(w, "transactionMsgMinOffset", 0);
	rmqi_jw_member_i64(w, "tryUnlockTimes", 0);
	rmqi_jw_close(w, '}');
}

static void write_status(struct rmqi_jw *w, const struct rmqi_consume_status *s)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "consumeFailedMsgs", s->consume_failed_count);
	rmqi_jw_member_real(w, "consumeFailedTPS", s->consume_failed_tps);
	rmqi_jw_member_real(w, "consumeOKTPS", s->consume_ok_tps);
	rmqi_jw_member_real(w, "consumeRT", s->consume_rt_ms);
	rmqi_jw_member_real(w, "pullRT", s->pull_rt_ms);
	rmqi_jw_member_real(w, "pullTPS", s->pull_tps);
	rmqi_jw_close(w, '}');
}

static void write_queues(struct rmqi_jw *w, const struct rmqi_running_info *info)
{
	rmqi_jw_name(w, "mqTable");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < info->queue_count; i++) {
		write_key(w, info->queues[i].queue);
		write_process_queue(w, &info->queues[i]);
	}
	rmqi_jw_close(w, '}');
}

static void write_pops(struct rmqi_jw *w, const struct rmqi_running_info *info)
{
	rmqi_jw_name(w, "mqPopTable");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < info->pop_count; i++) {
		write_key(w, info->pops[i].queue);
		rmqi_jw_open(w, '{');
		rmqi_jw_member_bool(w, "dropped", false);
		rmqi_jw_member_i64(w, "lastPopTimestamp", info->pops[i].last_pop_ms);
		rmqi_jw_member_i64(w, "waitAckCount", info->pops[i].wait_ack_count);
		rmqi_jw_close(w, '}');
	}
	rmqi_jw_close(w, '}');
}

static void write_properties(struct rmqi_jw *w, const struct rmqi_running_info *info)
{
	rmqi_jw_name(w, "properties");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < info->property_count; i++)
		rmqi_jw_member_str(w, info->properties[i].name, info->properties[i].value);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_running_info_encode(const struct rmqi_running_info *info, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	write_pops(&w, info);
	write_queues(&w, info);
	write_properties(&w, info);
	rmqi_jw_name(&w, "statusTable");
	rmqi_jw_open(&w, '{');
	for (size_t i = 0; i < info->status_count; i++) {
		rmqi_jw_name(&w, info->statuses[i].topic);
		write_status(&w, &info->statuses[i]);
	}
	rmqi_jw_close(&w, '}');
	rmqi_jw_name(&w, "subscriptionSet");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < info->subscription_count; i++)
		rmqi_body_write_subscription(&w, info->subscriptions[i]);
	rmqi_jw_close(&w, ']');
	write_empty(&w, "userConsumerInfo");
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

/* autoCommit is what an orderly listener of Java may turn off. */
enum rmq_error rmqi_direct_result_encode(const char *result, bool is_orderly, const char *remark,
					 int64_t spent_ms, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_bool(&w, "autoCommit", true);
	rmqi_jw_member_str(&w, "consumeResult", result);
	rmqi_jw_member_bool(&w, "order", is_orderly);
	rmqi_jw_member_str(&w, "remark", remark);
	rmqi_jw_member_i64(&w, "spentTimeMills", spent_ms);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}
