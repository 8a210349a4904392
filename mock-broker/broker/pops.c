/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pops.c - the state of POP comes and goes.
 */
#include <stdio.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"
#include "mock-broker/broker/revive_log.h"

enum { TEXT_MAX = 64 * 1024, ANSWER_MAX = 32 * 1024 * 1024 };

static void on_save(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, pops.save);

	mb_revive_log_commit(b);
}

enum rmq_error mb_pops_init(struct mb_broker *b)
{
	struct mb_pops *p = &b->pops;

	mb_check_points_init(&p->points);
	rmqi_buf_init(&p->text, TEXT_MAX);
	rmqi_buf_init(&p->properties, TEXT_MAX);
	rmqi_buf_init(&p->recoded, ANSWER_MAX);
	rmqi_buf_init(&p->starts, TEXT_MAX * 16);
	rmqi_buf_init(&p->offsets, TEXT_MAX * 16);
	rmqi_buf_init(&p->orders, TEXT_MAX * 16);
	snprintf(p->revive_topic, sizeof(p->revive_topic), "rmq_sys_REVIVE_LOG_%s",
		 b->config->broker_cluster_name);
	return rmqi_timer_init(&p->save, rmqi_loop_inner_timers(b->loop), on_save);
}

void mb_pops_deinit(struct mb_broker *b)
{
	struct mb_pops *p = &b->pops;

	rmqi_timer_deinit(&p->save);
	rmqi_timer_deinit(&p->revive);
	mb_check_points_deinit(&p->points);
	rmqi_free(p->logs);
	rmqi_buf_deinit(&p->text);
	rmqi_buf_deinit(&p->properties);
	rmqi_buf_deinit(&p->recoded);
	rmqi_buf_deinit(&p->starts);
	rmqi_buf_deinit(&p->offsets);
	rmqi_buf_deinit(&p->orders);
}

enum rmq_error mb_pops_load(struct mb_broker *b)
{
	enum rmq_error err = mb_revive_load(b);

	return err != RMQ_OK ? err : mb_pop_orders_load(b);
}

static void forget_queue(struct mb_broker *b, struct mb_pop_queue *q)
{
	uint64_t start;
	void *point;

	/* A removal moves what stands behind it, so one round may miss some. */
	for (bool is_over = false; !is_over;) {
		is_over = true;
		for (size_t at = 0; rmqi_imap_next(&q->points, &at, &start, &point);) {
			mb_revive_forget(b, point);
			is_over = false;
		}
	}
	mb_pop_order_clear(b, q);
}

static void forget_line(struct mb_broker *b, struct mb_pop_line *line)
{
	uint64_t id;
	void *queue;

	for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);)
		forget_queue(b, queue);
	mb_pop_line_remove(&b->pops.points, line);
}

void mb_pops_forget_topic(struct mb_broker *b, struct rmqi_str topic)
{
	struct mb_pop_topic *t = rmqi_map_get(&b->pops.points.topics, topic);

	if (!t)
		return;
	RMQI_LIST_EACH(node, &t->lines)
		forget_line(b, RMQI_LIST_ITEM(node, struct mb_pop_line, of_topic));
	if (rmqi_list_is_empty(&t->lines))
		rmqi_free(rmqi_map_remove(&b->pops.points.topics, topic));
}

void mb_pops_start(struct mb_broker *b)
{
	mb_revive_start(b);
}

void mb_pops_save(struct mb_broker *b)
{
	mb_revive_log_commit(b);
	mb_pop_orders_save(b, true);
}
