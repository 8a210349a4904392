/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_config.c - how a group is set on each broker.
 *
 * GET_SUBSCRIPTIONGROUP_CONFIG would make the group where groups are made by themselves, so all are asked for.
 */
#include <string.h>

#include "admin/groups.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"

/* A row that is asked for. */
struct wanted {
	const char *group;
	const char *broker_name;
	struct rmqi_group_config *config;
};

static enum rmq_error read_group(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct wanted *w = arg;
	struct rmqi_group_table table;
	enum rmq_error err = rmqi_group_table_decode(answer->body, &table);

	if (err != RMQ_OK)
		return err;
	err = RMQ_ERR_NOT_FOUND;
	for (size_t i = 0; i < table.count && err != RMQ_OK; i++) {
		if (strcmp(table.groups[i].group_name, w->group) != 0)
			continue;
		*w->config = table.groups[i];
		table.groups[i] = (struct rmqi_group_config){0};
		err = RMQ_OK;
	}
	rmqi_group_table_deinit(&table);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "says that broker %s has no group %s",
				w->broker_name, w->group);
	return err;
}

static enum rmq_error settle(struct rmqi_survey *s, struct rmq_group_configs *c)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < s->count && err == RMQ_OK; i++)
		err = rmqi_broker_row_init(&c->rows[i].broker, &s->asks[i]);
	return err;
}

static enum rmq_error fill(struct rmqi_survey *s, struct rmq_admin *a, const char *group,
			   int64_t deadline_us, struct rmq_group_configs *c,
			   struct rmq_error_detail *detail)
{
	struct wanted *wanted = rmqi_calloc(s->count, sizeof(*wanted));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	c->rows = rmqi_calloc(s->count, sizeof(*c->rows));
	if (wanted && c->rows) {
		c->count = s->count;
		for (size_t i = 0; i < s->count; i++) {
			wanted[i] = (struct wanted){group, s->asks[i].broker_name,
						    &c->rows[i].config};
			s->asks[i].read = read_group;
			s->asks[i].arg = &wanted[i];
		}
		err = rmqi_survey_ask(s, a, deadline_us, detail);
		if (err == RMQ_OK)
			err = settle(s, c);
	}
	rmqi_free(wanted);
	if (err == RMQ_ERR_NO_MEMORY)
		rmqi_detail_set(detail, err, 0, "out of memory");
	return err;
}

static enum rmq_error make(struct rmqi_survey *s, struct rmq_admin *a, const char *group,
			   int64_t deadline_us, struct rmq_group_configs **out,
			   struct rmq_error_detail *detail)
{
	struct rmq_group_configs *c = rmqi_calloc(1, sizeof(*c));
	enum rmq_error err;

	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = fill(s, a, group, deadline_us, c, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_group_configs_free(c);
	return err;
}

enum rmq_error rmqi_admin_group_config(struct rmq_admin *a, const char *cluster, const char *group,
				       const struct rmq_admin_options *options,
				       struct rmq_group_configs **out,
				       struct rmq_error_detail *detail)
{
	static const struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG};
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_survey s;
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_survey_begin(&s, a, cluster, &request, deadline_us, detail);
	if (err == RMQ_OK)
		err = make(&s, a, group, deadline_us, out, detail);
	rmqi_survey_deinit(&s);
	return err;
}

void rmqi_group_configs_free(struct rmq_group_configs *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		rmqi_broker_row_deinit(&c->rows[i].broker);
		rmqi_group_config_deinit(&c->rows[i].config);
	}
	rmqi_free(c->rows);
	rmqi_free(c);
}
