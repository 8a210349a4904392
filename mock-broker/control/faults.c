/* SPDX-License-Identifier: Apache-2.0 */
/* faults.c - the fault rules of the cluster (rocketmq/mock_fault.h). */
#include "base/detail.h"
#include "mock-broker/cluster_faults.h"
#include "mock-broker/control/control.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"
#include "mock-broker/rules/fault.h"

enum {
	WAIT_USUAL_MS = 10 * 1000,
	WAIT_SLICE_MS = 200 /* after which it is looked whether somebody still waits */
};

static uint64_t id_of(const struct mb_ask *a)
{
	int64_t id = mb_args_number(&a->args, "id", 0);

	return id > 0 ? (uint64_t)id : 0;
}

enum rmq_error mb_control_faults(struct mb_ask *a)
{
	struct rmq_mock_fault_list *list;
	enum rmq_error err = mb_cluster_list_faults(
		a->cluster, mb_args_number(&a->args, "unspent", 0) != 0, &list, a->detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_add_u8(a->out, '[');
	for (size_t i = 0; i < list->count; i++) {
		mb_json_comma(a->out);
		rmqi_buf_add_u8(a->out, '{');
		mb_json_i64(a->out, "id", (int64_t)list->entries[i].id);
		mb_json_i64(a->out, "hits", (int64_t)list->entries[i].hits);
		mb_json_name(a->out, "rule");
		rmqi_buf_add_text(a->out, list->entries[i].text);
		rmqi_buf_add_u8(a->out, '}');
	}
	rmqi_buf_add_u8(a->out, ']');
	mb_fault_list_free(list);
	return RMQ_OK;
}

enum rmq_error mb_control_fault_add(struct mb_ask *a)
{
	struct rmq_mock_fault *f = NULL;
	uint64_t id = 0;
	enum rmq_error err = mb_fault_parse(a->text, &f, a->detail);

	if (err == RMQ_OK)
		err = mb_cluster_add_fault(a->cluster, f, &id, a->detail);
	mb_fault_free(f);
	if (err != RMQ_OK)
		return err;
	a->status = 201;
	rmqi_buf_addf(a->out, "{\"id\":%llu}", (unsigned long long)id);
	return RMQ_OK;
}

static enum rmq_error wait_wanted(struct mb_ask *a, uint64_t hits, int64_t max_ms)
{
	int64_t left = max_ms;
	enum rmq_error err;

	do {
		int64_t slice = left < WAIT_SLICE_MS ? left : WAIT_SLICE_MS;

		if (!mb_control_is_wanted(a))
			return RMQ_ERR_CANCELLED;
		err = mb_cluster_wait_fault(a->cluster, id_of(a), hits, slice, a->detail);
		left -= slice;
	} while (err == RMQ_ERR_TIMEOUT && left > 0);
	if (err != RMQ_ERR_TIMEOUT)
		return err;
	/* What was said of it is of the last slice. */
	return rmqi_detail_set(a->detail, err, RMQ_ERROR_RETRIABLE,
			       "fault %llu has acted %llu of %llu times within %lld ms",
			       (unsigned long long)id_of(a),
			       (unsigned long long)mb_cluster_fault_hits(a->cluster, id_of(a)),
			       (unsigned long long)hits, (long long)max_ms);
}

enum rmq_error mb_control_fault_wait(struct mb_ask *a)
{
	int64_t hits = mb_args_number(&a->args, "hits", 1);
	enum rmq_error err;

	if (hits < 0)
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "hits: %lld is less than 0", (long long)hits);
	err = mb_control_begin_wait(a);
	if (err != RMQ_OK)
		return err;
	err = wait_wanted(a, (uint64_t)hits, mb_args_number(&a->args, "timeout", WAIT_USUAL_MS));
	mb_control_end_wait(a);
	if (err == RMQ_OK)
		rmqi_buf_addf(a->out, "{\"hits\":%llu}",
			      (unsigned long long)mb_cluster_fault_hits(a->cluster, id_of(a)));
	return err;
}

enum rmq_error mb_control_fault_remove(struct mb_ask *a)
{
	bool was_there = false;
	enum rmq_error err = mb_cluster_remove_fault(a->cluster, id_of(a), &was_there, a->detail);

	if (err == RMQ_OK && !was_there)
		return rmqi_detail_set(a->detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
				       "there is no fault %s", mb_args_text(&a->args, "id"));
	return mb_control_done(a, err);
}
