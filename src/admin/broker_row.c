/* SPDX-License-Identifier: Apache-2.0 */
/* broker_row.c - brokers as rows of a list, and one question to all of a cluster. */
#include "admin/cluster.h"
#include "admin/groups.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/names.h"

enum rmq_error rmqi_broker_row_init(struct rmqi_broker_row *row, struct rmqi_ask *ask)
{
	*row = (struct rmqi_broker_row){
		.broker_name = rmqi_strdup(ask->broker_name),
		.address = ask->address ? rmqi_strdup(ask->address) : NULL,
		.error = ask->error,
		.detail = rmqi_ask_take_detail(ask),
	};
	return row->broker_name && (row->address || !ask->address) ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

void rmqi_broker_row_deinit(struct rmqi_broker_row *row)
{
	rmqi_free(row->broker_name);
	rmqi_free(row->address);
	rmq_error_detail_free(row->detail);
}

enum rmq_error rmqi_survey_check(struct rmq_admin *a, const char *group,
				 struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_group_problem(rmqi_str(group), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err == RMQ_OK && problem)
		err = rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				      problem);
	return err;
}

enum rmq_error rmqi_survey_begin(struct rmqi_survey *s, struct rmq_admin *a, const char *cluster,
				 const struct rmqi_outgoing *request, int64_t deadline_us,
				 struct rmq_error_detail *detail)
{
	enum rmq_error err;

	*s = (struct rmqi_survey){.count = 0};
	err = rmqi_cluster_find(a->client, cluster, deadline_us, &s->info, detail);
	if (err != RMQ_OK)
		return err;
	s->asks = rmqi_cluster_asks(&s->info, request);
	if (!s->asks)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	s->count = s->info.broker_count;
	return RMQ_OK;
}

enum rmq_error rmqi_survey_ask(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			       struct rmq_error_detail *detail)
{
	rmqi_asking(a->client, s->asks, s->count, deadline_us);
	return rmqi_asking_judge(s->asks, s->count, detail);
}

void rmqi_survey_deinit(struct rmqi_survey *s)
{
	rmqi_asking_deinit(s->asks, s->count);
	rmqi_free(s->asks);
	rmqi_cluster_info_deinit(&s->info);
}
