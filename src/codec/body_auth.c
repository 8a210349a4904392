/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_auth.h"

#include "base/mem.h"
#include "codec/body_read.h"

enum { LIST_TEXT_MAX = 1024 * 1024 };

/* NULL without an error: there is no body. */
static enum rmq_error parse(struct rmqi_cursor body, struct rmqi_json **out)
{
	struct rmqi_json *root = NULL;
	enum rmq_error err;

	*out = NULL;
	if (rmqi_cursor_str(body).len == 0)
		return RMQ_OK;
	err = rmqi_json_parse(body, &root);
	if (err == RMQ_OK)
		err = rmqi_json_resolve(root);
	if (err == RMQ_OK && root->kind != RMQI_JSON_ARRAY && root->kind != RMQI_JSON_OBJECT)
		err = RMQ_ERR_PROTOCOL;
	if (err == RMQ_OK)
		*out = root;
	else
		rmqi_json_free(root);
	return err;
}

/* The list's, or the one that stands alone. */
static const struct rmqi_json *first_of(const struct rmqi_json *root)
{
	return rmqi_json_is(root, RMQI_JSON_ARRAY) ? rmqi_json_first(root) : root;
}

static size_t count_of(const struct rmqi_json *root)
{
	if (!root)
		return 0;
	return root->kind == RMQI_JSON_ARRAY ? rmqi_json_count(root) : 1;
}

/* --- Users ----------------------------------------------------------------------------------------- */

static enum rmq_error read_user(const struct rmqi_json *value, struct rmqi_user_info *out)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(value, RMQI_JSON_OBJECT))
		return RMQ_ERR_PROTOCOL;
	out->name = rmqi_member_text_required(value, "username", &err);
	out->type = rmqi_member_text_or(value, "userType", "", &err);
	out->status = rmqi_member_text_or(value, "userStatus", "", &err);
	return err;
}

enum rmq_error rmqi_user_list_decode(struct rmqi_cursor body, struct rmqi_user_list *out)
{
	struct rmqi_user_list made = {0};
	struct rmqi_json *root;
	const struct rmqi_json *value;
	enum rmq_error err = parse(body, &root);

	if (err != RMQ_OK)
		return err;
	made.count = count_of(root);
	made.items = rmqi_body_array(made.count, sizeof(*made.items), &err);
	value = first_of(root);
	for (size_t i = 0; err == RMQ_OK && i < made.count; i++, value = value->next)
		err = read_user(value, &made.items[i]);
	rmqi_json_free(root);
	if (err == RMQ_OK)
		*out = made;
	else
		rmqi_user_list_deinit(&made);
	return err;
}

void rmqi_user_info_deinit(struct rmqi_user_info *u)
{
	rmqi_free(u->name);
	rmqi_free(u->type);
	rmqi_free(u->status);
	*u = (struct rmqi_user_info){0};
}

void rmqi_user_list_deinit(struct rmqi_user_list *l)
{
	for (size_t i = 0; l->items && i < l->count; i++)
		rmqi_user_info_deinit(&l->items[i]);
	rmqi_free(l->items);
	*l = (struct rmqi_user_list){0};
}

enum rmq_error rmqi_user_encode(const char *name, const char *password, const char *type,
				const char *status, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "password", password);
	rmqi_jw_member_str(&w, "userStatus", status);
	rmqi_jw_member_str(&w, "userType", type);
	rmqi_jw_member_str(&w, "username", name);
	rmqi_jw_close(&w, '}');
	return rmqi_buf_status(out);
}

/* --- Policies -------------------------------------------------------------------------------------- */

/* A list of texts with "," between; a text alone as it is; absent and null: "". */
static char *read_texts(const struct rmqi_json *object, const char *name, enum rmq_error *err)
{
	const struct rmqi_json *list = rmqi_member(object, name);
	struct rmqi_buf text;
	char *made = NULL;

	if (!rmqi_json_is(list, RMQI_JSON_ARRAY))
		return rmqi_member_text_or(object, name, "", err);
	rmqi_buf_init(&text, LIST_TEXT_MAX);
	RMQI_JSON_EACH(one, list) {
		if (text.len > 0)
			rmqi_buf_add_text(&text, ",");
		rmqi_buf_add_str(&text, rmqi_json_text(one));
	}
	if (*err == RMQ_OK)
		*err = rmqi_buf_status(&text);
	if (*err == RMQ_OK) {
		made = rmqi_str_dup(rmqi_str_n((const char *)rmqi_buf_data(&text), text.len));
		*err = made ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	rmqi_buf_deinit(&text);
	return made;
}

static enum rmq_error read_entry(const struct rmqi_json *acl, const struct rmqi_json *policy,
				 const struct rmqi_json *entry, struct rmqi_policy_info *out)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(entry, RMQI_JSON_OBJECT))
		return RMQ_ERR_PROTOCOL;
	out->subject = rmqi_member_text_required(acl, "subject", &err);
	out->type = rmqi_member_text_or(policy, "policyType", "", &err);
	out->resource = rmqi_member_text_or(entry, "resource", "", &err);
	out->actions = read_texts(entry, "actions", &err);
	out->source_ips = read_texts(entry, "sourceIps", &err);
	out->decision = rmqi_member_text_or(entry, "decision", "", &err);
	return err;
}

static const struct rmqi_json *entries_of(const struct rmqi_json *policy, enum rmq_error *err)
{
	return rmqi_member_of_kind(policy, "entries", RMQI_JSON_ARRAY, err);
}

static size_t count_entries(const struct rmqi_json *root, enum rmq_error *err)
{
	const struct rmqi_json *acl = first_of(root);
	size_t count = 0;

	for (size_t i = count_of(root); i > 0; i--, acl = acl->next) {
		const struct rmqi_json *policies =
			rmqi_member_of_kind(acl, "policies", RMQI_JSON_ARRAY, err);

		RMQI_JSON_EACH(policy, policies)
			count += rmqi_json_count(entries_of(policy, err));
	}
	return count;
}

static enum rmq_error read_acl(const struct rmqi_json *acl, struct rmqi_policy_list *made,
			       size_t *at)
{
	enum rmq_error err = RMQ_OK;
	const struct rmqi_json *policies =
		rmqi_member_of_kind(acl, "policies", RMQI_JSON_ARRAY, &err);

	if (!rmqi_json_is(acl, RMQI_JSON_OBJECT))
		return RMQ_ERR_PROTOCOL;
	RMQI_JSON_EACH(policy, policies) {
		const struct rmqi_json *entries = entries_of(policy, &err);

		if (!rmqi_json_is(policy, RMQI_JSON_OBJECT))
			return RMQ_ERR_PROTOCOL;
		RMQI_JSON_EACH(entry, entries) {
			if (err == RMQ_OK)
				err = read_entry(acl, policy, entry, &made->items[(*at)++]);
		}
	}
	return err;
}

enum rmq_error rmqi_policy_list_decode(struct rmqi_cursor body, struct rmqi_policy_list *out)
{
	struct rmqi_policy_list made = {0};
	struct rmqi_json *root;
	const struct rmqi_json *acl;
	size_t at = 0;
	enum rmq_error err = parse(body, &root);

	if (err != RMQ_OK)
		return err;
	made.count = count_entries(root, &err);
	made.items = rmqi_body_array(made.count, sizeof(*made.items), &err);
	acl = first_of(root);
	for (size_t i = count_of(root); err == RMQ_OK && i > 0; i--, acl = acl->next)
		err = read_acl(acl, &made, &at);
	rmqi_json_free(root);
	if (err == RMQ_OK)
		*out = made;
	else
		rmqi_policy_list_deinit(&made);
	return err;
}

void rmqi_policy_info_deinit(struct rmqi_policy_info *p)
{
	rmqi_free(p->subject);
	rmqi_free(p->type);
	rmqi_free(p->resource);
	rmqi_free(p->actions);
	rmqi_free(p->source_ips);
	rmqi_free(p->decision);
	*p = (struct rmqi_policy_info){0};
}

void rmqi_policy_list_deinit(struct rmqi_policy_list *l)
{
	for (size_t i = 0; l->items && i < l->count; i++)
		rmqi_policy_info_deinit(&l->items[i]);
	rmqi_free(l->items);
	*l = (struct rmqi_policy_list){0};
}

static void write_texts(struct rmqi_jw *w, const char *name, const char *texts)
{
	struct rmqi_str rest = rmqi_str(texts), one;
	bool more = rest.len > 0;

	rmqi_jw_name(w, name);
	rmqi_jw_open(w, '[');
	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		rmqi_jw_str(w, rmqi_str_trim(one));
	}
	rmqi_jw_close(w, ']');
}

enum rmq_error rmqi_policy_encode(const char *subject, const char *resource, const char *actions,
				  const char *source_ips, const char *decision,
				  struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "policies");
	rmqi_jw_open(&w, '[');
	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "entries");
	rmqi_jw_open(&w, '[');
	rmqi_jw_open(&w, '{');
	write_texts(&w, "actions", actions);
	rmqi_jw_member_str(&w, "decision", decision);
	rmqi_jw_member_str(&w, "resource", resource);
	if (source_ips)
		write_texts(&w, "sourceIps", source_ips);
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, ']');
	rmqi_jw_member_str(&w, "policyType", "Custom");
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, ']');
	rmqi_jw_member_str(&w, "subject", subject);
	rmqi_jw_close(&w, '}');
	return rmqi_buf_status(out);
}

/* --- Accounts -------------------------------------------------------------------------------------- */

static enum rmq_error read_account(const struct rmqi_json *root, const struct rmqi_json *value,
				   struct rmqi_account_info *out)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(value, RMQI_JSON_OBJECT))
		return RMQ_ERR_PROTOCOL;
	out->access_key = rmqi_member_text_required(value, "accessKey", &err);
	out->white_remote_address = rmqi_member_text_or(value, "whiteRemoteAddress", "", &err);
	out->default_topic_permission = rmqi_member_text_or(value, "defaultTopicPerm", "", &err);
	out->default_group_permission = rmqi_member_text_or(value, "defaultGroupPerm", "", &err);
	out->topic_permissions = read_texts(value, "topicPerms", &err);
	out->group_permissions = read_texts(value, "groupPerms", &err);
	out->global_white_addresses = read_texts(root, "globalWhiteAddrs", &err);
	out->is_admin = rmqi_member_bool(value, "admin", false);
	return err;
}

enum rmq_error rmqi_account_list_decode(struct rmqi_cursor body, struct rmqi_account_list *out)
{
	struct rmqi_account_list made = {0};
	struct rmqi_json *root;
	const struct rmqi_json *list, *value;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	list = rmqi_member_of_kind(root, "plainAccessConfigs", RMQI_JSON_ARRAY, &err);
	made.count = rmqi_json_count(list);
	made.items = rmqi_body_array(made.count, sizeof(*made.items), &err);
	value = rmqi_json_first(list);
	for (size_t i = 0; err == RMQ_OK && i < made.count; i++, value = value->next)
		err = read_account(root, value, &made.items[i]);
	rmqi_json_free(root);
	if (err == RMQ_OK)
		*out = made;
	else
		rmqi_account_list_deinit(&made);
	return err;
}

void rmqi_account_info_deinit(struct rmqi_account_info *a)
{
	rmqi_free(a->access_key);
	rmqi_free(a->white_remote_address);
	rmqi_free(a->default_topic_permission);
	rmqi_free(a->default_group_permission);
	rmqi_free(a->topic_permissions);
	rmqi_free(a->group_permissions);
	rmqi_free(a->global_white_addresses);
	*a = (struct rmqi_account_info){0};
}

void rmqi_account_list_deinit(struct rmqi_account_list *l)
{
	for (size_t i = 0; l->items && i < l->count; i++)
		rmqi_account_info_deinit(&l->items[i]);
	rmqi_free(l->items);
	*l = (struct rmqi_account_list){0};
}
