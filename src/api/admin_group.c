/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/admin_group.h>

#include "admin/groups.h"
#include "api/entry_checks.h"
#include "base/mem.h"
#include "base/queue.h"

static const char *text(const char *t)
{
	return t ? t : "";
}

/* --- Which there are ---------------------------------------------------------------------------- */

enum rmq_error rmq_admin_groups(rmq_admin *a, const char *cluster, const rmq_admin_options *options,
				rmq_groups **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_groups(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_groups_free(rmq_groups *g)
{
	rmqi_groups_free(g);
}

size_t rmq_groups_count(const rmq_groups *g)
{
	return g ? g->count : 0;
}

const rmq_group *rmq_groups_at(const rmq_groups *g, size_t index)
{
	return index < rmq_groups_count(g) ? &g->list[index] : NULL;
}

const char *rmq_group_name(const rmq_group *g)
{
	return g ? text(g->name) : "";
}

bool rmq_group_is_system(const rmq_group *g)
{
	return g && g->name && rmqi_group_is_system(g->name);
}

enum rmq_error rmq_group_error(const rmq_group *g)
{
	return g ? g->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_group_detail(const rmq_group *g)
{
	return g ? g->broker.detail : NULL;
}

const char *rmq_group_broker_name(const rmq_group *g)
{
	return g ? text(g->broker.broker_name) : "";
}

/* --- Members --------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_group_members(rmq_admin *a, const char *cluster, const char *group,
				       const rmq_admin_options *options, rmq_group_members **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error =
			rmqi_admin_group_members(a, cluster, group, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_group_producers(rmq_admin *a, const char *cluster, const char *group,
					 const rmq_admin_options *options, rmq_group_members **out,
					 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_group_producers(a, cluster, group, options, out,
							 entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_group_members_free(rmq_group_members *m)
{
	rmqi_group_members_free(m);
}

size_t rmq_group_members_count(const rmq_group_members *m)
{
	return m ? m->count : 0;
}

const rmq_group_member *rmq_group_members_at(const rmq_group_members *m, size_t index)
{
	return index < rmq_group_members_count(m) ? &m->list[index] : NULL;
}

const char *rmq_group_member_client_id(const rmq_group_member *m)
{
	return m ? text(m->connection.client_id) : "";
}

const char *rmq_group_member_address(const rmq_group_member *m)
{
	return m ? text(m->connection.address) : "";
}

const char *rmq_group_member_language(const rmq_group_member *m)
{
	return m ? text(m->connection.language) : "";
}

int rmq_group_member_version(const rmq_group_member *m)
{
	return m && m->broker.error == RMQ_OK ? m->connection.version : -1;
}

enum rmq_error rmq_group_member_error(const rmq_group_member *m)
{
	return m ? m->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_group_member_detail(const rmq_group_member *m)
{
	return m ? m->broker.detail : NULL;
}

const char *rmq_group_member_broker_name(const rmq_group_member *m)
{
	return m ? text(m->broker.broker_name) : "";
}

const char *rmq_group_members_consume_type(const rmq_group_members *m)
{
	return m ? text(m->consume_type) : "";
}

const char *rmq_group_members_message_model(const rmq_group_members *m)
{
	return m ? text(m->message_model) : "";
}

const char *rmq_group_members_consume_from_where(const rmq_group_members *m)
{
	return m ? text(m->consume_from_where) : "";
}

/* A subscription of the codec is what the handle stands for. */
static const struct rmqi_subscription *inside(const rmq_group_subscription *s)
{
	return (const struct rmqi_subscription *)(const void *)s;
}

size_t rmq_group_members_subscription_count(const rmq_group_members *m)
{
	return m ? m->subscription_count : 0;
}

const rmq_group_subscription *rmq_group_members_subscription_at(const rmq_group_members *m,
								size_t index)
{
	return index < rmq_group_members_subscription_count(m)
		       ? (const rmq_group_subscription *)(const void *)m->subscriptions[index]
		       : NULL;
}

const char *rmq_group_subscription_topic(const rmq_group_subscription *s)
{
	return s ? text(inside(s)->topic) : "";
}

const char *rmq_group_subscription_expression(const rmq_group_subscription *s)
{
	return s ? text(inside(s)->sub_string) : "";
}

const char *rmq_group_subscription_type(const rmq_group_subscription *s)
{
	return s ? text(inside(s)->expression_type) : "";
}

enum rmq_error rmq_admin_member_info(rmq_admin *a, const char *cluster, const char *group,
				     const char *client_id, const rmq_admin_options *options,
				     char **json, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "client_id", client_id) && rmqi_entry_has(&entry, "json", json))
		entry.error = rmqi_admin_member_info(a, cluster, group, client_id, options, json,
						     entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_member_info_free(char *json)
{
	rmqi_free(json);
}

/* --- Lag --------------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_group_lag(rmq_admin *a, const char *cluster, const char *group,
				   const char *topic, bool with_owners,
				   const rmq_admin_options *options, rmq_group_lag **out,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_group_lag(a, cluster, group, topic, with_owners, options,
						   out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_group_lag_free(rmq_group_lag *l)
{
	rmqi_group_lag_free(l);
}

size_t rmq_group_lag_count(const rmq_group_lag *l)
{
	return l ? l->count : 0;
}

const rmq_queue_lag *rmq_group_lag_at(const rmq_group_lag *l, size_t index)
{
	return index < rmq_group_lag_count(l) ? &l->rows[index] : NULL;
}

int64_t rmq_group_lag_total(const rmq_group_lag *l)
{
	return l ? l->total : 0;
}

int64_t rmq_group_lag_in_flight(const rmq_group_lag *l)
{
	return l ? l->in_flight : 0;
}

double rmq_group_lag_tps(const rmq_group_lag *l)
{
	return l ? l->tps : 0;
}

size_t rmq_group_lag_topic_count(const rmq_group_lag *l)
{
	return l ? l->topic_count : 0;
}

const rmq_topic_lag *rmq_group_lag_topic_at(const rmq_group_lag *l, size_t index)
{
	return index < rmq_group_lag_topic_count(l) ? &l->topics[index] : NULL;
}

const char *rmq_topic_lag_topic(const rmq_topic_lag *t)
{
	return t ? t->topic : "";
}

int64_t rmq_topic_lag_total(const rmq_topic_lag *t)
{
	return t ? t->total : 0;
}

int64_t rmq_topic_lag_in_flight(const rmq_topic_lag *t)
{
	return t ? t->in_flight : 0;
}

const struct rmq_queue *rmq_queue_lag_queue(const rmq_queue_lag *q)
{
	return rmqi_queue_or_none(q ? &q->queue : NULL);
}

enum rmq_error rmq_queue_lag_error(const rmq_queue_lag *q)
{
	return q ? q->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_queue_lag_detail(const rmq_queue_lag *q)
{
	return q ? q->broker.detail : NULL;
}

int64_t rmq_queue_lag_broker_offset(const rmq_queue_lag *q)
{
	return q ? q->broker_offset : -1;
}

int64_t rmq_queue_lag_consumer_offset(const rmq_queue_lag *q)
{
	return q ? q->consumer_offset : -1;
}

int64_t rmq_queue_lag_pull_offset(const rmq_queue_lag *q)
{
	return q ? q->pull_offset : -1;
}

int64_t rmq_queue_lag_behind(const rmq_queue_lag *q)
{
	return rmq_queue_lag_error(q) == RMQ_OK ? q->broker_offset - q->consumer_offset : -1;
}

int64_t rmq_queue_lag_in_flight(const rmq_queue_lag *q)
{
	if (rmq_queue_lag_error(q) != RMQ_OK || q->pull_offset < 0)
		return -1;
	return q->pull_offset > q->consumer_offset ? q->pull_offset - q->consumer_offset : 0;
}

int64_t rmq_queue_lag_stored_at(const rmq_queue_lag *q)
{
	return q ? q->last_ms : -1;
}

const char *rmq_queue_lag_owner(const rmq_queue_lag *q)
{
	return q ? text(q->owner) : "";
}
