/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - the record of the cluster (rocketmq/mock_record.h). */
#include "mock-broker/control/control.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"
#include "mock-broker/record/dump.h"
#include "mock-broker/record/requests.h"

enum {
	LIMIT_USUAL = 100,
	LIMIT_MAX = 10000,
	WAIT_USUAL_MS = 10 * 1000,
	WAIT_SLICE_MS = 200 /* after which it is looked whether the cluster ends */
};

static const char *filter_of(struct mb_ask *a)
{
	return a->args.filter.len ? rmqi_buf_text(&a->args.filter) : NULL;
}

/* From [begin] on, so many. */
static void write_requests(struct mb_ask *a, const struct rmq_mock_requests *l, size_t begin,
			   size_t count)
{
	rmqi_buf_add_u8(a->out, '[');
	for (size_t i = begin; i < begin + count; i++) {
		mb_json_comma(a->out);
		mb_dump_json(&l->at[i], a->out);
	}
	rmqi_buf_add_u8(a->out, ']');
}

enum rmq_error mb_control_requests(struct mb_ask *a)
{
	int64_t limit = LIMIT_USUAL, after = 0;
	struct rmq_mock_requests *l = NULL;
	size_t begin = 0, count;
	enum rmq_error err = mb_args_within(&a->args, "limit", 1, LIMIT_MAX, &limit, a->detail);

	if (err == RMQ_OK)
		err = mb_args_within(&a->args, "after", 0, INT64_MAX, &after, a->detail);
	if (err == RMQ_OK)
		err = mb_cluster_requests(a->cluster, filter_of(a), &l, a->detail);
	if (err != RMQ_OK)
		return err;
	while (begin < l->count && l->at[begin].seen->number <= (uint64_t)after)
		begin++;
	count = l->count - begin < (size_t)limit ? l->count - begin : (size_t)limit;
	if (mb_args_number(&a->args, "newest", 0))
		begin = l->count - count;
	write_requests(a, l, begin, count);
	mb_requests_free(l);
	return RMQ_OK;
}

enum rmq_error mb_control_requests_clear(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_clear_requests(a->cluster, a->detail));
}

static enum rmq_error wait_wanted(struct mb_ask *a, size_t count, int64_t left)
{
	enum rmq_error err;

	do {
		int64_t slice = left < WAIT_SLICE_MS ? left : WAIT_SLICE_MS;

		if (!mb_control_is_wanted(a))
			return RMQ_ERR_CANCELLED;
		err = mb_cluster_wait_requests(a->cluster, filter_of(a), count, slice, a->detail);
		left -= slice;
	} while (err == RMQ_ERR_TIMEOUT && left > 0);
	return err;
}

enum rmq_error mb_control_requests_wait(struct mb_ask *a)
{
	int64_t count = 1;
	enum rmq_error err =
		mb_args_within(&a->args, "count", 0, INT32_MAX, &count, a->detail);

	if (err == RMQ_OK)
		err = mb_control_begin_wait(a);
	if (err != RMQ_OK)
		return err;
	err = wait_wanted(a, (size_t)count, mb_args_number(&a->args, "timeout", WAIT_USUAL_MS));
	mb_control_end_wait(a);
	return mb_control_done(a, err);
}
