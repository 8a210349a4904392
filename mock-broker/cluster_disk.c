/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster_disk.h"

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

/* NULL: *err says why. The disk is there as long as the cluster, and has its own lock. */
static struct mb_slot *find(struct rmq_mock_cluster *c, const char *broker, enum rmq_error *err,
			    struct rmq_error_detail *detail)
{
	struct mb_slot *s = NULL;

	*err = mb_cluster_check_caller(c, detail);
	if (*err != RMQ_OK)
		return NULL;
	s = mb_cluster_find_broker(c, broker, detail);
	*err = s ? RMQ_OK : RMQ_ERR_NOT_FOUND;
	return s;
}

enum rmq_error mb_cluster_disk_used(struct rmq_mock_cluster *c, const char *broker, int percent,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err;
	struct mb_slot *s = find(c, broker, &err, detail);

	if (s)
		mb_disk_set_used(&s->disk, percent);
	return err;
}

enum rmq_error mb_cluster_disk_slow(struct rmq_mock_cluster *c, const char *broker,
				    int64_t sync_ms, struct rmq_error_detail *detail)
{
	enum rmq_error err;
	struct mb_slot *s = find(c, broker, &err, detail);

	if (s)
		mb_disk_set_slow(&s->disk, sync_ms);
	return err;
}

enum rmq_error mb_cluster_disk_fail(struct rmq_mock_cluster *c, const char *broker,
				    enum mb_disk_op op, uint64_t nth, uint64_t count, int cause,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err;
	struct mb_slot *s = find(c, broker, &err, detail);

	if (s)
		mb_disk_fail(&s->disk, op, nth, count, cause);
	return err;
}

enum rmq_error mb_cluster_crash_power(struct rmq_mock_cluster *c, const char *broker,
				      struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_broker(c, broker, detail);
	enum rmq_error err;

	if (!s)
		return RMQ_ERR_NOT_FOUND;
	/* STARTING: nobody else starts it meanwhile. */
	err = mb_slot_stop(c, s, true, MB_SLOT_STARTING, detail);
	if (err != RMQ_OK)
		return err;
	err = mb_disk_cut_power(&s->disk, &s->power);
	mb_slot_settle(c, s, MB_SLOT_STOPPED);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "the store of %s: %s", broker,
				       rmq_error_text(err));
	return RMQ_OK;
}
