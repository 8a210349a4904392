/* SPDX-License-Identifier: Apache-2.0 */
/* access_users.c - users of brokers. A password is wiped where it was written for the way. */
#include <string.h>
#include <strings.h>

#include "admin/access.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* Name and password as they are escaped at worst, and the rest. */
enum { BODY_SIZE = 2 * 6 * RMQI_USER_TEXT_MAX + 256 };

static const char *const types[] = {NULL, "Normal", "Super"};
static const char *const statuses[] = {NULL, "enable", "disable"};

enum rmq_user_type rmqi_user_type(const char *name)
{
	for (int i = RMQ_USER_TYPE_NORMAL; name && i <= RMQ_USER_TYPE_SUPER; i++)
		if (strcasecmp(types[i], name) == 0)
			return (enum rmq_user_type)i;
	return RMQ_USER_TYPE_UNTOLD;
}

enum rmq_user_status rmqi_user_status(const char *name)
{
	for (int i = RMQ_USER_STATUS_ENABLED; name && i <= RMQ_USER_STATUS_DISABLED; i++)
		if (strcasecmp(statuses[i], name) == 0)
			return (enum rmq_user_status)i;
	return RMQ_USER_STATUS_UNTOLD;
}

/* --- Orders ------------------------------------------------------------------------------------------ */

static enum rmq_error tell(struct rmq_admin *a, const char *cluster, bool is_new,
			   const char *name, const struct rmqi_buf *body, int64_t deadline_us,
			   struct rmq_error_detail *detail)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(body);
	struct rmqi_h_create_user create = {0};
	struct rmqi_h_update_user update = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_AUTH_CREATE_USER,
					.desc = &rmqi_desc_create_user,
					.header = &create,
					.body = &bytes,
					.body_count = 1};

	RMQI_SET(&create, create_user, username, rmqi_str(name));
	RMQI_SET(&update, update_user, username, rmqi_str(name));
	if (!is_new) {
		request.code = RMQI_REQ_AUTH_UPDATE_USER;
		request.desc = &rmqi_desc_update_user;
		request.header = &update;
	}
	return rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
}

enum rmq_error rmqi_admin_put_user(struct rmq_admin *a, const char *cluster, bool is_new,
				   const struct rmqi_user_wish *wish,
				   const struct rmq_admin_options *options,
				   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	uint8_t bytes[BODY_SIZE];
	struct rmqi_buf body;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&body, sizeof(bytes)); /* it never takes memory of its own */
	rmqi_buf_lend(&body, bytes, sizeof(bytes));
	err = rmqi_user_encode(wish->name, wish->password, types[wish->type],
			       statuses[wish->status], &body);
	if (err == RMQ_OK)
		err = tell(a, cluster, is_new, wish->name, &body, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	rmqi_buf_deinit(&body);
	explicit_bzero(bytes, sizeof(bytes));
	return err;
}

enum rmq_error rmqi_admin_delete_user(struct rmq_admin *a, const char *cluster, const char *name,
				      const struct rmq_admin_options *options,
				      struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_h_delete_user h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_AUTH_DELETE_USER,
					.desc = &rmqi_desc_delete_user,
					.header = &h};
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	RMQI_SET(&h, delete_user, username, rmqi_str(name));
	return rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
}

/* --- Lists ------------------------------------------------------------------------------------------- */

static enum rmq_error read_users(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_user_list_decode(answer->body, arg);
}

/* A row for each that it has, whose texts move there; or one that says why there are none. */
static enum rmq_error add_rows(struct rmq_users *l, struct rmqi_ask *ask,
			       struct rmqi_user_list *from)
{
	enum rmq_error err = RMQ_OK;

	if (ask->error != RMQ_OK)
		return rmqi_broker_row_init(&l->rows[l->count++].broker, ask);
	for (size_t i = 0; i < from->count && err == RMQ_OK; i++) {
		struct rmq_user *row = &l->rows[l->count++];

		row->info = from->items[i];
		from->items[i] = (struct rmqi_user_info){0};
		err = rmqi_broker_row_init(&row->broker, ask);
	}
	return err;
}

static enum rmq_error gather(struct rmqi_survey *s, struct rmqi_user_list *lists,
			     struct rmq_users **out)
{
	size_t room = s->count;
	struct rmq_users *l;
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
		rmqi_users_free(l);
	return err;
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     struct rmq_users **out, struct rmq_error_detail *detail)
{
	struct rmqi_user_list *lists = rmqi_calloc(s->count, sizeof(*lists));
	enum rmq_error err;

	if (!lists)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_users;
		s->asks[i].arg = &lists[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err == RMQ_OK) {
		err = gather(s, lists, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	for (size_t i = 0; i < s->count; i++)
		rmqi_user_list_deinit(&lists[i]);
	rmqi_free(lists);
	return err;
}

static enum rmq_error ask(struct rmq_admin *a, const char *cluster,
			  const struct rmqi_outgoing *request,
			  const struct rmq_admin_options *options, struct rmq_users **out,
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

enum rmq_error rmqi_admin_users(struct rmq_admin *a, const char *cluster, const char *filter,
				const struct rmq_admin_options *options, struct rmq_users **out,
				struct rmq_error_detail *detail)
{
	struct rmqi_h_list_users h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_AUTH_LIST_USER,
					.desc = &rmqi_desc_list_users,
					.header = &h};

	if (filter)
		RMQI_SET(&h, list_users, filter, rmqi_str(filter));
	return ask(a, cluster, &request, options, out, detail);
}

enum rmq_error rmqi_admin_find_user(struct rmq_admin *a, const char *cluster, const char *name,
				    const struct rmq_admin_options *options,
				    struct rmq_users **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_user h = {0};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_AUTH_GET_USER, .desc = &rmqi_desc_get_user, .header = &h};

	RMQI_SET(&h, get_user, username, rmqi_str(name));
	return ask(a, cluster, &request, options, out, detail);
}

void rmqi_users_free(struct rmq_users *l)
{
	for (size_t i = 0; l && i < l->count; i++) {
		rmqi_user_info_deinit(&l->rows[i].info);
		rmqi_broker_row_deinit(&l->rows[i].broker);
	}
	rmqi_free(l);
}
