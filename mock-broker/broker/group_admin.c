/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_admin.c - consumer groups are made, altered, deleted and shown
 * (AdminBrokerProcessor.updateAndCreateSubscriptionGroup, deleteSubscriptionGroup).
 */
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

/* True: the group was taken; else it was answered. */
static bool update_one(struct mb_broker *b, struct mb_request *r, const struct rmqi_json *config)
{
	char problem[512];
	enum rmq_error err = mb_group_update(b, config, problem, sizeof(problem));

	if (err == RMQ_ERR_INVALID_ARGUMENT)
		mb_answer_error(&r->ticket,
				mb_release_bad_parameter((enum mb_release)b->config->release), "%s",
				problem);
	else if (err == RMQ_ERR_BROKER)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", problem);
	else if (err != RMQ_OK)
		mb_answer_failure(&r->ticket, err);
	return err == RMQ_OK;
}

static void update_group(void *arg, struct mb_request *r)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(r->command->body, &root);

	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	if (update_one(arg, r, root))
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	rmqi_json_free(root);
}

static void update_groups(void *arg, struct mb_request *r)
{
	struct rmqi_json *root;
	bool is_taken = true;
	enum rmq_error err = rmqi_json_parse(r->command->body, &root);

	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	RMQI_JSON_EACH(one, rmqi_json_get(root, "groupConfigList")) {
		is_taken = is_taken && update_one(arg, r, one);
	}
	if (is_taken)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	rmqi_json_free(root);
}

static void delete_group(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_delete_subscription_group *h = r->header;

	mb_group_delete(b, h->groupName);
	if (h->cleanOffset || h->removeOffset)
		mb_offsets_remove_group(&b->offsets, h->groupName);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

/* Who names no page gets all. */
static struct mb_page page_of(const struct mb_groups *groups,
			      const struct rmqi_h_get_all_subscription_group *h)
{
	size_t total = groups->by_name.count;

	if (!RMQI_HAS(h, get_all_subscription_group, groupSeq) &&
	    !RMQI_HAS(h, get_all_subscription_group, maxGroupNum) && h->dataVersion.len == 0)
		return (struct mb_page){0, total};
	return mb_page_of(&groups->version, total, h->groupSeq, h->maxGroupNum, h->dataVersion);
}

static void get_all_groups(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_h_get_all_subscription_group_response answer = {0};
	struct rmqi_cursor piece;
	struct rmqi_outgoing response = {.desc = &rmqi_desc_get_all_subscription_group_response,
					 .header = &answer,
					 .body = &piece,
					 .body_count = 1};
	struct mb_page page = page_of(&b->groups, r->header);
	enum rmq_error err;

	rmqi_buf_reset(&b->body);
	err = mb_groups_write_page(&b->groups, false, page.first, page.count, &b->body);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	RMQI_SET(&answer, get_all_subscription_group_response, totalGroupNum,
		 (int32_t)b->groups.by_name.count);
	piece = rmqi_buf_cursor(&b->body);
	mb_answer(&r->ticket, &response);
}

static void get_group_config(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_subscription_group_config *h = r->header;
	const struct mb_group *g;
	enum rmq_error err;

	g = mb_group_get(b, h->group);
	if (!g) {
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"No group in this broker. group: %.*s", RMQI_STR_ARG(h->group));
		return;
	}
	rmqi_buf_reset(&b->body);
	err = mb_group_write(g, &b->body);
	if (err == RMQ_OK)
		mb_answer_body(&r->ticket, &b->body);
	else
		mb_answer_failure(&r->ticket, err);
}

const struct mb_handler mb_group_handlers[] = {
	{RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, update_group},
	{RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, update_groups},
	{RMQI_REQ_DELETE_SUBSCRIPTIONGROUP, delete_group},
	{MB_LENIENT | RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, get_all_groups},
	{RMQI_REQ_GET_SUBSCRIPTIONGROUP_CONFIG, get_group_config},
	{0, NULL},
};
