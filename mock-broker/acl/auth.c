/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/auth.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/ticket.h"

#define UNIQUE_MSG_QUERY_FLAG "_UNIQUE_KEY_QUERY"

enum {
	VERSION_4_9_3 = 399 /* the last one whose clients leave that field out of the signature */
};

static bool is_listed(const char *codes, int32_t code)
{
	struct rmqi_str rest = rmqi_str(codes), one;
	bool more = rest.len > 0;
	int32_t value;

	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (rmqi_str_to_i32(rmqi_str_trim(one), &value) && value == code)
			return true;
	}
	return false;
}

static bool refuse(const struct mb_ticket *t, const char *before, struct rmqi_str name,
		   const char *behind)
{
	mb_answer_error(t, RMQI_RESP_NO_PERMISSION, "%s%.*s%s", before, RMQI_STR_ARG(name), behind);
	return false;
}

/* --- Who it is -------------------------------------------------------------------------------- */

static bool is_signed(const struct mb_user *u, const struct rmqi_command *c)
{
	struct rmqi_ext ext[RMQI_EXT_MAX];
	struct rmqi_signed what = {.extra = ext, .body = &c->body, .body_count = 1};
	struct rmqi_str signature = {0};

	for (size_t i = 0; i < c->ext_count; i++)
		if (c->version > VERSION_4_9_3 ||
		    !rmqi_str_is(c->ext[i].key, UNIQUE_MSG_QUERY_FLAG))
			ext[what.extra_count++] = c->ext[i];
	return rmqi_command_ext(c, RMQI_EXT_SIGNATURE, &signature) &&
	       rmqi_signature_is(u->signer, &what, signature);
}

static bool authenticates(struct mb_auth *a, const struct mb_ticket *t,
			  const struct rmqi_command *c)
{
	struct rmqi_str name = {0};
	const struct mb_user *u;

	if (!a->config.authenticates || is_listed(a->config.authentication_white, c->code))
		return true;
	(void)rmqi_command_ext(c, RMQI_EXT_ACCESS_KEY, &name);
	if (name.len == 0)
		return refuse(t, "username cannot be null.", name, "");
	u = mb_users_find(&a->users, name);
	if (!u)
		return refuse(t, "User:", name, " is not found.");
	if (u->status == MB_USER_DISABLE)
		return refuse(t, "User:", name, " is disabled.");
	if (!is_signed(u, c))
		return refuse(t, "check signature failed.", (struct rmqi_str){0}, "");
	return true;
}

/* --- What he may do ------------------------------------------------------------------------------ */

static bool refuse_need(const struct mb_ticket *t, const struct mb_user *u,
			const struct mb_need *need, const char *problem)
{
	static const char *const types[] = {"Unknown", "Any", "Cluster", "Namespace", "Topic", "Group"};
	char ip[64];
	char *colon;

	rmqi_host_text(rmqi_conn_peer_host(t->conn), ip, sizeof(ip));
	colon = strrchr(ip, ':');
	if (colon)
		*colon = 0;
	mb_answer_error(t, RMQI_RESP_NO_PERMISSION,
			"User:%s has no permission to access %s:%.*s from %s, %s", u->name,
			types[need->type], need->name.ptr ? (int)need->name.len : 4,
			need->name.ptr ? need->name.ptr : "null", ip, problem);
	return false;
}

static bool may_all(const struct mb_auth *a, const struct mb_ticket *t, struct rmqi_str name,
		    const struct mb_needs *needs)
{
	const struct rmqi_host *peer = rmqi_conn_peer_host(t->conn);
	const struct mb_user *u = mb_users_find(&a->users, name);

	if (!name.ptr)
		return refuse(t,
			      "Authorization failed. Please verify your access rights and try "
			      "again.",
			      name, "");
	if (!u)
		return refuse(t, "User:", name, " not found.");
	for (size_t i = 0; i < needs->count && u->type != MB_USER_SUPER; i++) {
		const char *problem = mb_policies_problem(&u->policies, &needs->at[i], peer);

		if (problem)
			return refuse_need(t, u, &needs->at[i], problem);
	}
	return true;
}

static bool authorizes(struct mb_auth *a, const struct mb_ticket *t, const struct rmqi_command *c)
{
	struct rmqi_str name = {0};
	struct mb_needs needs;
	bool may = true;
	enum rmq_error err;

	if (!a->config.authorizes || c->ext_count == 0 ||
	    is_listed(a->config.authorization_white, c->code))
		return true;
	mb_needs_init(&needs);
	err = mb_needs_auth(&needs, c, rmqi_str(a->config.cluster));
	if (rmqi_command_ext(c, RMQI_EXT_ACCESS_KEY, &name) && !name.ptr)
		name.ptr = "";
	if (err != RMQ_OK)
		may = refuse(t, "parse authorization context error.", (struct rmqi_str){0}, "");
	else if (needs.count)
		may = may_all(a, t, name, &needs);
	mb_needs_deinit(&needs);
	return may;
}

static bool admits(struct mb_gate *g, const struct mb_ticket *t, const struct rmqi_command *c)
{
	struct mb_auth *a = RMQI_CONTAINER(g, struct mb_auth, gate);

	return authenticates(a, t, c) && authorizes(a, t, c);
}

/* --- Life ----------------------------------------------------------------------------------------------- */

void mb_auth_init(struct mb_auth *a, const struct mb_auth_config *config)
{
	*a = (struct mb_auth){.gate = {.admits = admits}, .config = *config};
}

void mb_auth_deinit(struct mb_auth *a)
{
	mb_users_deinit(&a->users);
}

static enum rmq_error first_user(struct mb_auth *a, const char *text, const char *name_key,
				 const char *password_key, bool *is_changed)
{
	struct rmqi_json *root = NULL;
	struct mb_user_info info = {.type = MB_USER_SUPER};
	const char *problem = NULL;
	enum rmq_error err;

	if (!text[0])
		return RMQ_OK;
	err = rmqi_json_parse(rmqi_cursor(text, strlen(text)), &root);
	info.name = rmqi_json_text(rmqi_json_get(root, name_key));
	info.password = rmqi_json_text(rmqi_json_get(root, password_key));
	if (err == RMQ_OK && !mb_users_find(&a->users, info.name)) {
		err = mb_users_create(&a->users, &info, &problem);
		*is_changed |= err == RMQ_OK;
	}
	rmqi_json_free(root);
	return err;
}

enum rmq_error mb_auth_first_users(struct mb_auth *a, bool *is_changed,
				   struct rmq_error_detail *detail)
{
	enum rmq_error err =
		first_user(a, a->config.first_user, "username", "password", is_changed);

	if (err != RMQ_OK && err != RMQ_ERR_NO_MEMORY)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "initAuthenticationUser is no "
				       "{\"username\":\"...\",\"password\":\"...\"}");
	if (err == RMQ_OK)
		err = first_user(a, a->config.inner_user, "accessKey", "secretKey", is_changed);
	if (err != RMQ_OK && err != RMQ_ERR_NO_MEMORY)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "innerClientAuthenticationCredentials is no "
				       "{\"accessKey\":\"...\",\"secretKey\":\"...\"}");
	return err;
}
