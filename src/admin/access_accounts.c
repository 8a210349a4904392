/* SPDX-License-Identifier: Apache-2.0 */
/* access_accounts.c - accounts of plain_acl.yml (UpdateAccessConfigSubCommand.java of 4.9 and its like). */
#include "admin/access.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* --- Orders ------------------------------------------------------------------------------------------ */

static enum rmq_error tell(struct rmq_admin *a, const char *cluster,
			   const struct rmqi_outgoing *request,
			   const struct rmq_admin_options *options,
			   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	return err == RMQ_OK ? rmqi_cluster_tell(a->client, cluster, request, deadline_us, detail)
			     : err;
}

enum rmq_error rmqi_admin_set_account(struct rmq_admin *a, const char *cluster,
				      const struct rmq_account_settings *s,
				      const struct rmq_admin_options *options,
				      struct rmq_error_detail *detail)
{
	struct rmqi_h_create_access_config h = {.accessKey = rmqi_str(s->access_key)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_ACL_CONFIG,
					.desc = &rmqi_desc_create_access_config,
					.header = &h};

	RMQI_SET(&h, create_access_config, admin, s->is_admin);
	if (s->secret_key)
		RMQI_SET(&h, create_access_config, secretKey, rmqi_str(s->secret_key));
	if (s->white_remote_address)
		RMQI_SET(&h, create_access_config, whiteRemoteAddress,
			 rmqi_str(s->white_remote_address));
	if (s->default_topic_permission)
		RMQI_SET(&h, create_access_config, defaultTopicPerm,
			 rmqi_str(s->default_topic_permission));
	if (s->default_group_permission)
		RMQI_SET(&h, create_access_config, defaultGroupPerm,
			 rmqi_str(s->default_group_permission));
	if (s->topic_permissions)
		RMQI_SET(&h, create_access_config, topicPerms, rmqi_str(s->topic_permissions));
	if (s->group_permissions)
		RMQI_SET(&h, create_access_config, groupPerms, rmqi_str(s->group_permissions));
	return tell(a, cluster, &request, options, detail);
}

enum rmq_error rmqi_admin_delete_account(struct rmq_admin *a, const char *cluster,
					 const char *access_key,
					 const struct rmq_admin_options *options,
					 struct rmq_error_detail *detail)
{
	struct rmqi_h_delete_access_config h = {.accessKey = rmqi_str(access_key)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_DELETE_ACL_CONFIG,
					.desc = &rmqi_desc_delete_access_config,
					.header = &h};

	return tell(a, cluster, &request, options, detail);
}

enum rmq_error rmqi_admin_set_global_white_addresses(struct rmq_admin *a, const char *cluster,
						     const char *addresses,
						     const struct rmq_admin_options *options,
						     struct rmq_error_detail *detail)
{
	struct rmqi_h_update_global_white_addrs_config h = {.globalWhiteAddrs =
								    rmqi_str(addresses)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_GLOBAL_WHITE_ADDRS_CONFIG,
					.desc = &rmqi_desc_update_global_white_addrs_config,
					.header = &h};

	return tell(a, cluster, &request, options, detail);
}

/* --- Lists ------------------------------------------------------------------------------------------- */

static enum rmq_error read_accounts(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_account_list_decode(answer->body, arg);
}

/* A row for each that it has, whose texts move there; or one that says why there are none. */
static enum rmq_error add_rows(struct rmq_accounts *l, struct rmqi_ask *ask,
			       struct rmqi_account_list *from)
{
	enum rmq_error err = RMQ_OK;

	if (ask->error != RMQ_OK)
		return rmqi_broker_row_init(&l->rows[l->count++].broker, ask);
	for (size_t i = 0; i < from->count && err == RMQ_OK; i++) {
		struct rmq_account *row = &l->rows[l->count++];

		row->info = from->items[i];
		from->items[i] = (struct rmqi_account_info){0};
		err = rmqi_broker_row_init(&row->broker, ask);
	}
	return err;
}

static enum rmq_error gather(struct rmqi_survey *s, struct rmqi_account_list *lists,
			     struct rmq_accounts **out)
{
	size_t room = s->count;
	struct rmq_accounts *l;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < s->count; i++)
		room += lists[i].count;
	l = rmqi_calloc(1, sizeof(*l) + room * sizeof(l->rows[0]));
	if (!l)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < s->count && err == RMQ_OK; i++)
		err = add_rows(l, &s->asks[i], &lists[i]);
	if (err == RMQ_OK)
		*out = l;
	else
		rmqi_accounts_free(l);
	return err;
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     struct rmq_accounts **out, struct rmq_error_detail *detail)
{
	struct rmqi_account_list *lists = rmqi_calloc(s->count, sizeof(*lists));
	enum rmq_error err;

	if (!lists)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_accounts;
		s->asks[i].arg = &lists[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err == RMQ_OK) {
		err = gather(s, lists, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	for (size_t i = 0; i < s->count; i++)
		rmqi_account_list_deinit(&lists[i]);
	rmqi_free(lists);
	return err;
}

static enum rmq_error ask(struct rmq_admin *a, const char *cluster,
			  const struct rmqi_outgoing *request,
			  const struct rmq_admin_options *options, struct rmq_accounts **out,
			  struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_survey s;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_survey_begin(&s, a, cluster, request, deadline_us, detail);
	if (err == RMQ_OK)
		err = survey(&s, a, deadline_us, out, detail);
	rmqi_survey_deinit(&s);
	return err;
}

enum rmq_error rmqi_admin_accounts(struct rmq_admin *a, const char *cluster,
				   const struct rmq_admin_options *options,
				   struct rmq_accounts **out, struct rmq_error_detail *detail)
{
	static const struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_BROKER_CLUSTER_ACL_CONFIG};

	return ask(a, cluster, &request, options, out, detail);
}

void rmqi_accounts_free(struct rmq_accounts *l)
{
	for (size_t i = 0; l && i < l->count; i++) {
		rmqi_account_info_deinit(&l->rows[i].info);
		rmqi_broker_row_deinit(&l->rows[i].broker);
	}
	rmqi_free(l);
}
