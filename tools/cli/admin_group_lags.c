/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_lags.c - "group lag" without a group: how far each one is behind, in all.
 */
#include <stdio.h>

#include "tools/cli/admin_group_lag.h"
#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/table.h"

/* -1: nobody could be asked. */
static int64_t count_members(const struct args *a, struct admin *admin, const char *group)
{
	rmq_group_members *members = NULL;
	int64_t count = 0;

	if (rmq_admin_group_members(admin->admin, args_text(a, OPTION_cluster), group, admin->options,
				    &members, NULL) != RMQ_OK)
		return -1;
	for (size_t i = 0; i < rmq_group_members_count(members); i++)
		count += rmq_group_member_error(rmq_group_members_at(members, i)) == RMQ_OK;
	rmq_group_members_free(members);
	return count;
}

/* A broker that gave no answer is missing in the sums: the row says so. */
static int add_answer(struct table *t, const rmq_group_lag *lag)
{
	const rmq_queue_lag *q;
	char rate[64], problem[512] = "";
	int status = CLI_OK;

	for (size_t i = 0; (q = rmq_group_lag_at(lag, i)); i++) {
		enum rmq_error err = rmq_queue_lag_error(q);

		if (err == RMQ_OK)
			continue;
		snprintf(problem, sizeof(problem), "%s: %s", rmq_queue_lag_queue(q)->broker_name,
			 cause_of(err, rmq_queue_lag_detail(q)));
		status = status_of(err);
	}
	snprintf(rate, sizeof(rate), "%.1f", rmq_group_lag_tps(lag));
	table_number(t, rmq_group_lag_total(lag));
	table_number(t, rmq_group_lag_in_flight(lag));
	table_text(t, rate);
	table_text(t, problem);
	return status;
}

static int add_group(struct table *t, const struct args *a, struct admin *admin, const char *group)
{
	rmq_group_lag *lag = NULL;
	rmq_error_detail *detail = NULL;
	int64_t members = count_members(a, admin, group);
	enum rmq_error err = rmq_admin_group_lag(admin->admin, args_text(a, OPTION_cluster), group, NULL,
						 false, admin->options, &lag, &detail);
	int status = CLI_OK;

	table_text(t, group);
	if (members >= 0)
		table_number(t, members);
	else
		table_none(t);
	if (err == RMQ_OK) {
		status = add_answer(t, lag);
	} else {
		for (int i = 0; i < 3; i++)
			table_none(t);
		table_text(t, cause_of(err, detail));
		status = status_of(err);
	}
	rmq_error_detail_free(detail);
	rmq_group_lag_free(lag);
	return status;
}

static int add_groups(struct table *t, const struct args *a, struct admin *admin, const rmq_groups *groups)
{
	const rmq_group *g;
	int status = CLI_OK, one;

	for (size_t i = 0; (g = rmq_groups_at(groups, i)) && !stop_wanted(); i++) {
		if (rmq_group_error(g) != RMQ_OK) {
			complain("%s: %s", rmq_group_broker_name(g),
				 cause_of(rmq_group_error(g), rmq_group_detail(g)));
			status = status_of(rmq_group_error(g));
			continue;
		}
		if (rmq_group_is_system(g) && !args_has(a, OPTION_all))
			continue;
		one = add_group(t, a, admin, rmq_group_name(g));
		status = one == CLI_OK ? status : one;
	}
	return status;
}

int lags_print(const struct args *a, struct admin *admin)
{
	static const struct column columns[] = {
		{"GROUP", "group", false},        {"MEMBERS", "members", true},
		{"LAG", "lag", true},             {"IN FLIGHT", "inFlight", true},
		{"OUT/S", "outPerSecond", true},  {"ERROR", "error", false},
	};
	rmq_groups *groups = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_admin_groups(admin->admin, args_text(a, OPTION_cluster), admin->options,
					      &groups, &detail);
	struct table *t;
	int status, printed;

	if (err != RMQ_OK)
		return complain_of("groups", err, detail);
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	status = t ? add_groups(t, a, admin, groups) : CLI_FAILED;
	rmq_groups_free(groups);
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}
