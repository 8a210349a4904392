/* SPDX-License-Identifier: Apache-2.0 */
/* access_policies.c - what users may do at brokers. */
#include "admin/access.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* Each text as it is escaped at worst, and the rest; lists get quotes around every piece. */
enum { BODY_MAX = 4 * 8 * RMQI_POLICY_TEXT_MAX + 1024 };

/* --- Orders ------------------------------------------------------------------------------------------ */

static enum rmq_error tell(struct rmq_admin *a, const char *cluster, const char *subject,
			   const struct rmqi_buf *body, int64_t deadline_us,
			   struct rmq_error_detail *detail)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(body);
	struct rmqi_h_create_acl h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_AUTH_CREATE_ACL,
					.desc = &rmqi_desc_create_acl,
					.header = &h,
					.body = &bytes,
					.body_count = 1};

	RMQI_SET(&h, create_acl, subject, rmqi_str(subject));
	return rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
}

/* To create one that is there is to alter it (AuthorizationMetadataManagerImpl.createAcl). */
enum rmq_error rmqi_admin_set_policy(struct rmq_admin *a, const char *cluster,
				     const struct rmqi_policy_wish *wish,
				     const struct rmq_admin_options *options,
				     struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_buf body;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&body, BODY_MAX);
	err = rmqi_policy_encode(wish->subject, wish->resource, wish->actions, wish->source_ips,
				 wish->is_allowed ? "Allow" : "Deny", &body);
	if (err == RMQ_OK)
		err = tell(a, cluster, wish->subject, &body, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	rmqi_buf_deinit(&body);
	return err;
}

enum rmq_error rmqi_admin_delete_policy(struct rmq_admin *a, const char *cluster,
					const char *subject, const char *resource,
					const struct rmq_admin_options *options,
					struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_h_delete_acl h = {0};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_AUTH_DELETE_ACL, .desc = &rmqi_desc_delete_acl, .header = &h};
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	RMQI_SET(&h, delete_acl, subject, rmqi_str(subject));
	if (resource)
		RMQI_SET(&h, delete_acl, resource, rmqi_str(resource));
	return rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
}

/* --- Lists ------------------------------------------------------------------------------------------- */

static enum rmq_error read_policies(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_policy_list_decode(answer->body, arg);
}

/* A row for each that it has, whose texts move there; or one that says why there are none. */
static enum rmq_error add_rows(struct rmq_policies *l, struct rmqi_ask *ask,
			       struct rmqi_policy_list *from)
{
	enum rmq_error err = RMQ_OK;

	if (ask->error != RMQ_OK)
		return rmqi_broker_row_init(&l->rows[l->count++].broker, ask);
	for (size_t i = 0; i < from->count && err == RMQ_OK; i++) {
		struct rmq_policy *row = &l->rows[l->count++];

		row->info = from->items[i];
		from->items[i] = (struct rmqi_policy_info){0};
		err = rmqi_broker_row_init(&row->broker, ask);
	}
	return err;
}

static enum rmq_error gather(struct rmqi_survey *s, struct rmqi_policy_list *lists,
			     struct rmq_policies **out)
{
	size_t room = s->count;
	struct rmq_policies *l;
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
		rmqi_policies_free(l);
	return err;
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     struct rmq_policies **out, struct rmq_error_detail *detail)
{
	struct rmqi_policy_list *lists = rmqi_calloc(s->count, sizeof(*lists));
	enum rmq_error err;

	if (!lists)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_policies;
		s->asks[i].arg = &lists[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err == RMQ_OK) {
		err = gather(s, lists, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	for (size_t i = 0; i < s->count; i++)
		rmqi_policy_list_deinit(&lists[i]);
	rmqi_free(lists);
	return err;
}

static enum rmq_error ask(struct rmq_admin *a, const char *cluster,
			  const struct rmqi_outgoing *request,
			  const struct rmq_admin_options *options, struct rmq_policies **out,
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

enum rmq_error rmqi_admin_policies(struct rmq_admin *a, const char *cluster,
				   const char *subject_filter, const char *resource_filter,
				   const struct rmq_admin_options *options,
				   struct rmq_policies **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_list_acls h = {0};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_AUTH_LIST_ACL, .desc = &rmqi_desc_list_acls, .header = &h};

	if (subject_filter)
		RMQI_SET(&h, list_acls, subjectFilter, rmqi_str(subject_filter));
	if (resource_filter)
		RMQI_SET(&h, list_acls, resourceFilter, rmqi_str(resource_filter));
	return ask(a, cluster, &request, options, out, detail);
}

enum rmq_error rmqi_admin_subject_policies(struct rmq_admin *a, const char *cluster,
					   const char *subject,
					   const struct rmq_admin_options *options,
					   struct rmq_policies **out,
					   struct rmq_error_detail *detail)
{
	struct rmqi_h_get_acl h = {0};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_AUTH_GET_ACL, .desc = &rmqi_desc_get_acl, .header = &h};

	RMQI_SET(&h, get_acl, subject, rmqi_str(subject));
	return ask(a, cluster, &request, options, out, detail);
}

void rmqi_policies_free(struct rmq_policies *l)
{
	for (size_t i = 0; l && i < l->count; i++) {
		rmqi_policy_info_deinit(&l->rows[i].info);
		rmqi_broker_row_deinit(&l->rows[i].broker);
	}
	rmqi_free(l);
}
