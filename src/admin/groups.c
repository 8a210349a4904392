/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - which groups the brokers of a cluster know. */
#include "admin/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/codes.h"

/* SubscriptionGroupManager.init, MixAll.CID_RMQ_SYS_PREFIX */
bool rmqi_group_is_system(const char *name)
{
	static const char *const fixed[] = {
		"TOOLS_CONSUMER",       "FILTERSRV_CONSUMER",  "SELF_TEST_C_GROUP",
		"SELF_TEST_P_GROUP",    "CID_ONS-HTTP-PROXY",  "CID_ONSAPI_PULL",
		"CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",   "CID_RMQ_SYS_TRANS",
		"SCHEDULE_CONSUMER",    "CLIENT_INNER_PRODUCER"};

	for (size_t i = 0; i < RMQI_COUNT(fixed); i++)
		if (strcmp(name, fixed[i]) == 0)
			return true;
	return rmqi_str_has_prefix(rmqi_str(name), "CID_RMQ_SYS_");
}

static enum rmq_error read_groups(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_group_table_decode(answer->body, arg);
}

static int compare(const void *a, const void *b)
{
	const struct rmq_group *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The names of all, each once. */
static void merge(struct rmq_groups *g, struct rmqi_group_table *tables, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < tables[i].count; k++) {
			g->list[g->count++].name = tables[i].groups[k].group_name;
			tables[i].groups[k].group_name = NULL;
		}
	if (g->count > 0)
		qsort(g->list, g->count, sizeof(*g->list), compare);
	for (size_t i = 0; i < g->count; i++) {
		if (kept > 0 && strcmp(g->list[kept - 1].name, g->list[i].name) == 0)
			rmqi_free(g->list[i].name);
		else
			g->list[kept++].name = g->list[i].name;
	}
	for (size_t i = kept; i < g->count; i++)
		g->list[i].name = NULL;
	g->count = kept;
}

static enum rmq_error gather(struct rmqi_survey *s, struct rmqi_group_table *tables,
			     struct rmq_groups **out)
{
	struct rmq_groups *g = rmqi_calloc(1, sizeof(*g));
	size_t total = s->count;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < s->count; i++)
		total += tables[i].count;
	if (g)
		g->list = rmqi_calloc(total, sizeof(*g->list));
	if (!g || !g->list) {
		rmqi_free(g);
		return RMQ_ERR_NO_MEMORY;
	}
	merge(g, tables, s->count);
	for (size_t i = 0; i < s->count && err == RMQ_OK; i++)
		if (s->asks[i].error != RMQ_OK)
			err = rmqi_broker_row_init(&g->list[g->count++].broker, &s->asks[i]);
	if (err == RMQ_OK)
		*out = g;
	else
		rmqi_groups_free(g);
	return err;
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     struct rmq_groups **out, struct rmq_error_detail *detail)
{
	struct rmqi_group_table *tables = rmqi_calloc(s->count, sizeof(*tables));
	enum rmq_error err;

	if (!tables)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_groups;
		s->asks[i].arg = &tables[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err == RMQ_OK) {
		err = gather(s, tables, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	for (size_t i = 0; i < s->count; i++)
		rmqi_group_table_deinit(&tables[i]);
	rmqi_free(tables);
	return err;
}

enum rmq_error rmqi_admin_groups(struct rmq_admin *a, const char *cluster,
				 const struct rmq_admin_options *options, struct rmq_groups **out,
				 struct rmq_error_detail *detail)
{
	static const struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG};
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_survey s;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_survey_begin(&s, a, cluster, &request, deadline_us, detail);
	if (err == RMQ_OK)
		err = survey(&s, a, deadline_us, out, detail);
	rmqi_survey_deinit(&s);
	return err;
}

void rmqi_groups_free(struct rmq_groups *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->count; i++) {
		rmqi_free(g->list[i].name);
		rmqi_broker_row_deinit(&g->list[i].broker);
	}
	rmqi_free(g->list);
	rmqi_free(g);
}
