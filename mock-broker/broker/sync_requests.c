/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_requests.c - tables that only a slave asks for (AdminBrokerProcessor,
 * QueryAssignmentProcessor); topics, groups and consumer offsets are asked for by others, too.
 */
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/store/big_endian.h"

static void answer_text(struct mb_broker *b, struct mb_request *r)
{
	if (b->body.len > 0 && rmqi_buf_status(&b->body) == RMQ_OK)
		mb_answer_body(&r->ticket, &b->body);
	else
		mb_answer_failure(&r->ticket, RMQ_ERR_NO_MEMORY);
}

static void get_delay_offsets(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;

	rmqi_buf_reset(&b->body);
	(void)!mb_schedule_write(&b->schedule, false, &b->body);
	answer_text(b, r);
}

static void get_request_modes(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;

	rmqi_buf_reset(&b->body);
	mb_request_modes_write(&b->request_modes, false, &b->body);
	answer_text(b, r);
}

/* TimerCheckpoint.encode: lastReadTimeMs, lastTimerLogFlushPos, lastTimerQueueOffset,
 * masterTimerQueueOffset, then a data version. There is no log of the wheel here (timers.h). */
static void get_timer_check_point(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	uint8_t bytes[MB_TIMER_CHECK_POINT_SIZE] = {0};
	struct rmqi_cursor piece = rmqi_cursor(bytes, sizeof(bytes));
	struct rmqi_outgoing response = {.body = &piece, .body_count = 1};
	int64_t end = mb_store_max_offset(b->store, RMQI_STR(MB_TIMER_TOPIC), 0);

	mb_put_i64(bytes, b->timers.delivered_ms > 0 ? b->timers.delivered_ms : 0);
	mb_put_i64(bytes + 2 * sizeof(int64_t), end);
	mb_put_i64(bytes + 3 * sizeof(int64_t), end);
	mb_answer(&r->ticket, &response);
}

/* TimerMetrics.encode: nothing is counted. */
static void get_timer_metrics(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;

	rmqi_buf_reset(&b->body);
	rmqi_buf_addf(&b->body,
		      "{\"dataVersion\":{\"counter\":0,\"stateVersion\":0,\"timestamp\":%lld},"
		      "\"timingCount\":{}}",
		      (long long)b->boot_ms);
	answer_text(b, r);
}

const struct mb_handler mb_sync_handlers[] = {
	{RMQI_REQ_GET_ALL_DELAY_OFFSET, get_delay_offsets},
	{RMQI_REQ_GET_ALL_MESSAGE_REQUEST_MODE, get_request_modes},
	{RMQI_REQ_GET_TIMER_CHECK_POINT, get_timer_check_point},
	{RMQI_REQ_GET_TIMER_METRICS, get_timer_metrics},
	{0, NULL},
};
