/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth_admin.c - users and their policies over the wire (AdminBrokerProcessor, 3001 to 3010).
 *
 * No answer holds a password. Every change is written before it is answered; one that cannot be is undone, and
 * answered with SYSTEM_ERROR: what was taken from a user must not be his again with the next start.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mock-broker/broker/auths.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

#define ONLY_SUPER_UPDATES "The super user can only be update by super user"

static void wipe(struct rmqi_buf *text)
{
	size_t len = text->len;
	uint8_t *at;

	rmqi_buf_cut(text, 0);
	if (len && rmqi_buf_reserve(text, len, &at) == RMQ_OK)
		explicit_bzero(at, len);
	rmqi_buf_deinit(text);
}

static enum rmq_error write_users(const struct mb_broker *b, struct rmqi_buf *out)
{
	rmqi_buf_init(out, RMQI_JSON_SIZE_MAX);
	mb_users_write(&b->auth.users, out);
	return rmqi_buf_status(out);
}

static enum rmq_error save(struct mb_broker *b)
{
	struct rmqi_buf text;
	enum rmq_error err = write_users(b, &text);

	if (err == RMQ_OK)
		err = mb_config_file_save_secret(b->store, MB_AUTH_FILE, b->log, &text);
	if (err != RMQ_OK) {
		wipe(&text);
		return err;
	}
	wipe(&b->auth_text);
	b->auth_text = text;
	return RMQ_OK;
}

/* To what was written last. */
static void undo(struct mb_broker *b)
{
	enum rmq_error err = mb_users_read(&b->auth.users, rmqi_buf_cursor(&b->auth_text));

	if (err != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: a change of the users is not undone: %s",
			 rmq_error_text(err));
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	return mb_users_read(arg, text);
}

enum rmq_error mb_auths_load(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	const struct mb_auth_config config = {
		.authenticates = c->authentication_enabled,
		.authorizes = c->authorization_enabled,
		.authentication_white = c->authentication_whitelist,
		.authorization_white = c->authorization_whitelist,
		.cluster = c->broker_cluster_name,
		.first_user = c->init_authentication_user,
		.inner_user = c->inner_client_credentials,
	};
	bool is_changed = false;
	enum rmq_error err;

	mb_auth_init(&b->auth, &config);
	b->has_auth = config.authenticates || config.authorizes ||
		      c->authentication_metadata_provider[0];
	if (!b->has_auth)
		return RMQ_OK;
	err = mb_config_file_load(b->store, MB_AUTH_FILE, b->log, decode, &b->auth.users);
	if (err == RMQ_OK)
		err = mb_auth_first_users(&b->auth, &is_changed, b->start_detail);
	if (err == RMQ_OK && is_changed)
		(void)!save(b);
	/* Whether it stands in the file or not: it is what a refused change goes back to. */
	if (err == RMQ_OK && b->auth_text.len == 0)
		err = write_users(b, &b->auth_text);
	return err;
}

void mb_auths_deinit(struct mb_broker *b)
{
	wipe(&b->auth_text);
	mb_auth_deinit(&b->auth);
}

/* --- Answers --------------------------------------------------------------------------------- */

static void answer_error(struct mb_request *r)
{
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
			"An system error occurred, please try again later.");
}

static void answer_done(struct mb_broker *b, struct mb_request *r, enum rmq_error err,
			const char *problem)
{
	if (err == RMQ_OK)
		err = save(b);
	if (err == RMQ_OK) {
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	} else if (err == RMQ_ERR_DENIED) {
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION, "%s",
				problem ? problem : "");
	} else {
		undo(b); /* half of it may be there */
		answer_error(r);
	}
}

/* False: there are no users here, and it was answered. */
static bool has_users(const struct mb_broker *b, struct mb_request *r)
{
	if (!b->has_auth)
		answer_error(r);
	return b->has_auth;
}

/* isNotSuperUserLogin: without a name nobody was asked for one. */
static bool is_no_super(const struct mb_broker *b, const struct mb_request *r)
{
	struct rmqi_str name = {0};
	const struct mb_user *u;

	(void)rmqi_command_ext(r->command, RMQI_EXT_ACCESS_KEY, &name);
	if (name.len == 0)
		return false;
	u = mb_users_find(&b->auth.users, name);
	return !u || u->type != MB_USER_SUPER;
}

/* --- Users -------------------------------------------------------------------------------------- */

static bool is_named(struct mb_request *r, struct rmqi_str name)
{
	if (rmqi_str_trim(name).len)
		return true;
	mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER, "The username is blank");
	return false;
}

/* The body, as far as it can be read; the name is that of the header. */
static void put_user(struct mb_broker *b, struct mb_request *r, struct rmqi_str name,
		     bool is_new)
{
	struct rmqi_json *root = NULL;
	struct mb_user_info info;
	const struct mb_user *old = mb_users_find(&b->auth.users, name);
	const char *problem = NULL;
	enum rmq_error err = rmqi_json_parse(r->command->body, &root);

	mb_user_info_read(root, &info);
	info.name = name;
	if (err != RMQ_OK) {
		answer_error(r);
	} else if (info.type == MB_USER_SUPER && is_no_super(b, r)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s",
				is_new ? "The super user can only be create by super user"
				       : ONLY_SUPER_UPDATES);
	} else if (!is_new && old && old->type == MB_USER_SUPER && is_no_super(b, r)) {
		answer_done(b, r, RMQ_ERR_DENIED, ONLY_SUPER_UPDATES);
	} else {
		err = is_new ? mb_users_create(&b->auth.users, &info, &problem)
			     : mb_users_update(&b->auth.users, &info, &problem);
		answer_done(b, r, err, problem);
	}
	rmqi_json_free(root);
}

static void create_user(void *arg, struct mb_request *r)
{
	const struct rmqi_h_create_user *h = r->header;

	if (has_users(arg, r) && is_named(r, h->username))
		put_user(arg, r, h->username, true);
}

static void update_user(void *arg, struct mb_request *r)
{
	const struct rmqi_h_update_user *h = r->header;

	if (has_users(arg, r) && is_named(r, h->username))
		put_user(arg, r, h->username, false);
}

static void delete_user(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_delete_user *h = r->header;
	const struct mb_user *u;

	if (!has_users(b, r))
		return;
	u = mb_users_find(&b->auth.users, h->username);
	if (rmqi_str_trim(h->username).len == 0) {
		answer_done(b, r, RMQ_ERR_DENIED, "username can not be blank");
	} else if (u && u->type == MB_USER_SUPER && is_no_super(b, r)) {
		answer_done(b, r, RMQ_ERR_DENIED, ONLY_SUPER_UPDATES);
	} else {
		mb_users_delete(&b->auth.users, h->username);
		answer_done(b, r, RMQ_OK, NULL);
	}
}

static void get_user(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_user *h = r->header;
	struct rmqi_jw w = {.out = &b->body};
	const struct mb_user *u;

	if (!has_users(b, r) || !is_named(r, h->username))
		return;
	u = mb_users_find(&b->auth.users, h->username);
	rmqi_buf_reset(&b->body);
	if (u)
		mb_user_write(u, &w);
	mb_answer_body(&r->ticket, &b->body);
}

static bool contains(const char *text, struct rmqi_str part)
{
	for (; part.len && *text; text++)
		if (strncmp(text, part.ptr, part.len) == 0)
			return true;
	return part.len == 0;
}

static void list_users(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_list_users *h = r->header;
	struct rmqi_str filter = rmqi_str_trim(h->filter).len ? h->filter : (struct rmqi_str){0};
	struct rmqi_jw w = {.out = &b->body};
	size_t shown = 0;

	if (!has_users(b, r))
		return;
	rmqi_buf_reset(&b->body);
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < b->auth.users.count; i++) {
		if (!contains(b->auth.users.at[i]->name, filter))
			continue;
		mb_user_write(b->auth.users.at[i], &w);
		shown++;
	}
	rmqi_jw_close(&w, ']');
	if (shown == 0)
		rmqi_buf_reset(&b->body);
	mb_answer_body(&r->ticket, &b->body);
}

/* --- Policies ------------------------------------------------------------------------------------- */

/* "User:name": the name; ptr NULL: no subject. */
static struct rmqi_str subject_of(struct rmqi_str text)
{
	struct rmqi_str type;
	struct rmqi_str name = rmqi_str_cut(text, ":", &type, NULL);

	if (type.len != 4 || strncasecmp(type.ptr, "User", 4) != 0)
		return (struct rmqi_str){0};
	return name.ptr ? name : rmqi_str("");
}

static enum rmq_error update_policies(struct mb_broker *b, struct rmqi_str name,
				      const struct rmqi_json *acl, const char **problem)
{
	struct mb_user *u = mb_users_find(&b->auth.users, name);
	struct mb_policies news = {0};
	enum rmq_error err = mb_policies_read(acl, &news, problem);

	if (err == RMQ_OK && !u) {
		mb_policies_deinit(&news);
		*problem = NULL;
		return RMQ_ERR_NOT_FOUND;
	}
	return err == RMQ_OK ? mb_policies_update(&u->policies, &news) : err;
}

static void put_acl(struct mb_broker *b, struct mb_request *r, struct rmqi_str subject)
{
	struct rmqi_json *root = NULL;
	const char *problem = NULL;
	enum rmq_error err = rmqi_json_parse(r->command->body, &root);
	struct rmqi_str name = subject_of(rmqi_json_text(rmqi_json_get(root, "subject")));

	if (!name.ptr)
		name = subject_of(subject);
	if (err != RMQ_OK || rmqi_json_count(rmqi_json_get(root, "policies")) == 0) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "The body of acl is null");
	} else if (!name.ptr) {
		answer_error(r);
	} else {
		err = update_policies(b, name, root, &problem);
		if (err == RMQ_ERR_NOT_FOUND)
			mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION,
					"The subject of User:%.*s is not exist.",
					RMQI_STR_ARG(name));
		else
			answer_done(b, r, err, problem);
	}
	rmqi_json_free(root);
}

static void create_acl(void *arg, struct mb_request *r)
{
	const struct rmqi_h_create_acl *h = r->header;

	if (has_users(arg, r))
		put_acl(arg, r, h->subject);
}

static void update_acl(void *arg, struct mb_request *r)
{
	const struct rmqi_h_update_acl *h = r->header;

	if (has_users(arg, r))
		put_acl(arg, r, h->subject);
}

/* NULL: there is none, and it was answered. */
static struct mb_user *acl_of(struct mb_broker *b, struct mb_request *r, struct rmqi_str subject)
{
	struct rmqi_str name = subject_of(subject);
	struct mb_user *u = name.ptr ? mb_users_find(&b->auth.users, name) : NULL;

	if (!u)
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION, "%s",
				name.ptr ? "The subject is not exist." : "The subject is null.");
	return u;
}

static void delete_acl(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_delete_acl *h = r->header;
	enum mb_policy_type type = h->policyType.len == 7 &&
						   strncasecmp(h->policyType.ptr, "Default", 7) == 0
					   ? MB_POLICY_DEFAULT
					   : MB_POLICY_CUSTOM;
	struct mb_resource resource = {0};
	struct mb_user *u;
	enum rmq_error err;

	u = has_users(b, r) ? acl_of(b, r, h->subject) : NULL;
	if (!u)
		return;
	if (u->policies.count == 0) {
		answer_done(b, r, RMQ_ERR_DENIED, "The acl is not exist.");
		return;
	}
	err = mb_resource_parse(h->resource, &resource);
	if (err == RMQ_OK)
		mb_policies_delete(&u->policies, type, &resource);
	else if (err == RMQ_ERR_NOT_FOUND)
		mb_policies_deinit(&u->policies);
	mb_resource_deinit(&resource);
	answer_done(b, r, err == RMQ_ERR_NOT_FOUND ? RMQ_OK : err, NULL);
}

static void write_acl(const struct mb_user *u, struct rmqi_str filter, struct rmqi_jw *w)
{
	char subject[MB_USER_TEXT_MAX + 8];

	(void)snprintf(subject, sizeof(subject), "User:%s", u->name);
	rmqi_jw_open(w, '{');
	mb_policies_write(&u->policies, filter, w);
	rmqi_jw_member_str(w, "subject", subject);
	rmqi_jw_close(w, '}');
}

static void get_acl(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_acl *h = r->header;
	struct rmqi_jw w = {.out = &b->body};
	const struct mb_user *u = has_users(b, r) ? acl_of(b, r, h->subject) : NULL;

	if (!u)
		return;
	rmqi_buf_reset(&b->body);
	if (u->policies.count)
		write_acl(u, (struct rmqi_str){0}, &w);
	mb_answer_body(&r->ticket, &b->body);
}

static bool is_subject_shown(const struct mb_user *u, struct rmqi_str filter)
{
	char subject[MB_USER_TEXT_MAX + 8];

	(void)snprintf(subject, sizeof(subject), "User:%s", u->name);
	return rmqi_str_trim(filter).len == 0 || contains(subject, filter);
}

static void list_acls(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_list_acls *h = r->header;
	struct rmqi_jw w = {.out = &b->body};
	size_t shown = 0;

	if (!has_users(b, r))
		return;
	rmqi_buf_reset(&b->body);
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < b->auth.users.count; i++) {
		const struct mb_user *u = b->auth.users.at[i];

		if (!is_subject_shown(u, h->subjectFilter) ||
		    !mb_policies_hold(&u->policies, h->resourceFilter))
			continue;
		write_acl(u, h->resourceFilter, &w);
		shown++;
	}
	rmqi_jw_close(&w, ']');
	if (shown == 0)
		rmqi_buf_reset(&b->body);
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_auth_handlers[] = {
	{RMQI_REQ_AUTH_CREATE_USER, create_user}, {RMQI_REQ_AUTH_UPDATE_USER, update_user},
	{RMQI_REQ_AUTH_DELETE_USER, delete_user}, {RMQI_REQ_AUTH_GET_USER, get_user},
	{RMQI_REQ_AUTH_LIST_USER, list_users},	  {RMQI_REQ_AUTH_CREATE_ACL, create_acl},
	{RMQI_REQ_AUTH_UPDATE_ACL, update_acl},	  {RMQI_REQ_AUTH_DELETE_ACL, delete_acl},
	{RMQI_REQ_AUTH_GET_ACL, get_acl},	  {RMQI_REQ_AUTH_LIST_ACL, list_acls},
	{0, NULL},
};
