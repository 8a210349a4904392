/* SPDX-License-Identifier: Apache-2.0 */
/* reset.c - what the offsets of a group are, and what they are to be (ResetOffsetByTimeCommand.java, CloneGroupOffsetCommand.java). */
#include "admin/reset.h"

#include <stdarg.h>
#include <string.h>

#include "admin/groups.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/names.h"

/* What is asked about a queue: what the group has, and where it is to go. */
enum { BEFORE, TARGET, LIMIT, QUESTIONS };

void rmqi_reset_fail(struct rmq_queue_reset *row, enum rmq_error error, unsigned flags,
		     const char *format, ...)
{
	va_list args;

	row->after = -1;
	row->error = error;
	row->detail = rmqi_detail_new();
	va_start(args, format);
	rmqi_detail_vset(row->detail, error, flags, format, args);
	va_end(args);
}

void rmqi_reset_settle(struct rmq_queue_reset *row, const struct rmqi_ask *ask)
{
	if (ask->error == RMQ_OK || row->error != RMQ_OK)
		return;
	row->after = -1;
	row->error = ask->error;
	row->detail = rmqi_detail_new();
	rmqi_detail_copy(row->detail, ask->detail);
}

bool rmqi_reset_moves(const struct rmqi_reset *r, const struct rmq_queue_reset *row)
{
	if (row->error != RMQ_OK || row->after < 0)
		return false;
	return r->what->is_force || row->before < 0 || row->after < row->before;
}

static void ask_target(const struct rmqi_reset *r, struct rmq_queue_reset *row,
		       struct rmqi_ask *asks, union rmqi_queue_header *h)
{
	const struct rmqi_queue *q = row->place;

	if (r->from_group) {
		rmqi_queue_ask_committed(&asks[TARGET], q, &h[TARGET], r->from_group, &row->after);
		return;
	}
	switch (r->what->to) {
	case RMQI_RESET_EARLIEST:
		rmqi_queue_ask_min(&asks[TARGET], q, &h[TARGET], &row->after);
		break;
	case RMQI_RESET_TIME:
		rmqi_queue_ask_at(&asks[TARGET], q, &h[TARGET], r->what->value, &row->after);
		break;
	case RMQI_RESET_OFFSET:
		rmqi_queue_ask_min(&asks[TARGET], q, &h[TARGET], &row->min);
		rmqi_queue_ask_max(&asks[LIMIT], q, &h[LIMIT], &row->max);
		break;
	case RMQI_RESET_LATEST:
		rmqi_queue_ask_max(&asks[TARGET], q, &h[TARGET], &row->after);
		break;
	}
}

static void settle(const struct rmqi_reset *r, struct rmq_queue_reset *row, struct rmqi_ask *asks,
		   size_t per_row)
{
	for (size_t k = 0; k < per_row; k++)
		rmqi_reset_settle(row, &asks[k]);
	if (row->error != RMQ_OK || r->from_group || r->what->to != RMQI_RESET_OFFSET)
		return;
	row->after = r->what->value;
	if (row->after < row->min || row->after > row->max)
		rmqi_reset_fail(row, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				"%lld is outside of queue %d of broker %s, which has %lld..%lld",
				(long long)r->what->value, (int)row->queue.queue_id,
				row->queue.broker_name, (long long)row->min, (long long)row->max);
}

/* Fills before and after of all rows. */
static enum rmq_error look(const struct rmqi_reset *r)
{
	struct rmq_queue_resets *all = r->resets;
	size_t per_row = !r->from_group && r->what->to == RMQI_RESET_OFFSET ? QUESTIONS : LIMIT;
	struct rmqi_ask *asks = rmqi_calloc(all->count * per_row + 1, sizeof(*asks));
	union rmqi_queue_header *headers = rmqi_calloc(all->count * per_row + 1, sizeof(*headers));
	enum rmq_error err = asks && headers ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	for (size_t i = 0; i < all->count && err == RMQ_OK; i++) {
		struct rmq_queue_reset *row = &all->rows[i];
		struct rmqi_ask *its = &asks[i * per_row];

		rmqi_queue_ask_committed(&its[BEFORE], row->place, &headers[i * per_row], r->group,
					 &row->before);
		ask_target(r, row, its, &headers[i * per_row]);
		for (size_t k = 0; k < per_row; k++) {
			its[k].address = rmqi_topic_route_address(
				all->route, row->queue.broker_name, 0, true, NULL);
			its[k].broker_name = row->queue.broker_name;
		}
	}
	if (err == RMQ_OK) {
		rmqi_asking(r->admin->client, asks, all->count * per_row, r->deadline_us);
		for (size_t i = 0; i < all->count; i++)
			settle(r, &all->rows[i], &asks[i * per_row], per_row);
		rmqi_asking_deinit(asks, all->count * per_row);
	}
	rmqi_free(asks);
	rmqi_free(headers);
	return err;
}

/* What is not moved stays where it is. */
static void keep_others(const struct rmqi_reset *r)
{
	for (size_t i = 0; i < r->resets->count; i++) {
		struct rmq_queue_reset *row = &r->resets->rows[i];

		if (row->error == RMQ_OK && !rmqi_reset_moves(r, row))
			row->after = row->before;
	}
}

static bool is_wanted(const struct rmq_offset_reset *what, const struct rmqi_queue *q)
{
	return !what->broker_name || (strcmp(what->broker_name, q->broker_name) == 0 &&
				      what->queue_id == q->queue_id);
}

/* Takes over the reference of the route. */
static struct rmq_queue_resets *resets_new(struct rmqi_topic_route *route,
					   const struct rmq_offset_reset *what)
{
	struct rmq_queue_resets *all = rmqi_calloc(1, sizeof(*all));

	if (all)
		all->rows = rmqi_calloc(route->subscribe_count + 1, sizeof(*all->rows));
	if (!all || !all->rows) {
		rmqi_free(all);
		rmqi_topic_route_unref(route);
		return NULL;
	}
	all->route = route;
	for (size_t i = 0; i < route->subscribe_count; i++) {
		const struct rmqi_queue *q = &route->subscribe[i];

		if (is_wanted(what, q))
			all->rows[all->count++] = (struct rmq_queue_reset){
				.queue = {q->topic, q->broker_name, q->queue_id},
				.place = q,
				.before = -1,
				.after = -1,
			};
	}
	return all;
}

static enum rmq_error judge(const struct rmqi_reset *r, struct rmq_error_detail *detail)
{
	const struct rmq_queue_resets *all = r->resets;

	for (size_t i = 0; i < all->count; i++)
		if (all->rows[i].error == RMQ_OK)
			return RMQ_OK;
	if (all->count == 0)
		return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0,
				       "topic %s has no queue %d at a broker %s to be read", r->topic,
				       (int)r->what->queue_id,
				       r->what->broker_name ? r->what->broker_name : "");
	return rmqi_asking_tell(detail, all->rows[0].error, all->rows[0].detail);
}

static enum rmq_error run(struct rmqi_reset *r, struct rmq_error_detail *detail)
{
	enum rmq_error err = look(r);

	if (err == RMQ_OK && !r->what->is_dry_run)
		err = rmqi_reset_apply(r);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	keep_others(r);
	return judge(r, detail);
}

static enum rmq_error start(struct rmqi_reset *r, struct rmq_queue_resets **out,
			    struct rmq_error_detail *detail)
{
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_client_fresh_route(r->admin->client, r->topic, r->deadline_us,
						     &route, detail);

	if (err != RMQ_OK)
		return err;
	r->resets = resets_new(route, r->what);
	if (!r->resets)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = run(r, detail);
	if (err == RMQ_OK)
		*out = r->resets;
	else
		rmqi_queue_resets_free(r->resets);
	return err;
}

static enum rmq_error check(struct rmq_admin *a, const char *group, const char *topic,
			    struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err == RMQ_OK && problem)
		err = rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				      problem);
	return err;
}

enum rmq_error rmqi_admin_reset_offsets(struct rmq_admin *a, const char *group, const char *topic,
					const struct rmq_offset_reset *what,
					const struct rmq_admin_options *options,
					struct rmq_queue_resets **out,
					struct rmq_error_detail *detail)
{
	struct rmqi_reset r = {.admin = a,
			       .topic = topic,
			       .group = group,
			       .what = what,
			       .deadline_us = rmqi_admin_deadline(a, options)};
	enum rmq_error err = check(a, group, topic, detail);

	return err == RMQ_OK ? start(&r, out, detail) : err;
}

enum rmq_error rmqi_admin_clone_offsets(struct rmq_admin *a, const char *from_group,
					const char *to_group, const char *topic, bool is_dry_run,
					const struct rmq_admin_options *options,
					struct rmq_queue_resets **out,
					struct rmq_error_detail *detail)
{
	const struct rmq_offset_reset what = {
		.to = RMQI_RESET_OFFSET, .is_force = true, .is_dry_run = is_dry_run};
	struct rmqi_reset r = {.admin = a,
			       .topic = topic,
			       .group = to_group,
			       .from_group = from_group,
			       .what = &what,
			       .deadline_us = rmqi_admin_deadline(a, options)};
	enum rmq_error err = check(a, from_group, topic, detail);

	if (err == RMQ_OK)
		err = check(a, to_group, topic, detail);
	return err == RMQ_OK ? start(&r, out, detail) : err;
}

void rmqi_queue_resets_free(struct rmq_queue_resets *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		rmq_error_detail_free(r->rows[i].detail);
	rmqi_free(r->rows);
	rmqi_topic_route_unref(r->route);
	rmqi_free(r);
}
