/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/users.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const char *const types[] = {NULL, "Super", "Normal"};
static const char *const statuses[] = {NULL, "enable", "disable"};

/* 0: none of them. */
static int find(const char *const *names, const char *name)
{
	for (int i = 1; name && i < 3; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return 0;
}

void mb_user_info_read(const struct rmqi_json *object, struct mb_user_info *out)
{
	out->name = rmqi_json_text(rmqi_json_get(object, "username"));
	out->password = rmqi_json_text(rmqi_json_get(object, "password"));
	out->type = (enum mb_user_type)find(types, rmqi_json_str(object, "userType", NULL));
	out->status =
		(enum mb_user_status)find(statuses, rmqi_json_str(object, "userStatus", NULL));
}

static void user_free(struct mb_user *u)
{
	if (!u)
		return;
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	rmqi_signer_free(u->signer);
	mb_policies_deinit(&u->policies);
	rmqi_free(u->password);
	rmqi_free(u->name);
	rmqi_free(u);
}

void mb_users_deinit(struct mb_users *u)
{
	for (size_t i = 0; i < u->count; i++)
		user_free(u->at[i]);
	rmqi_free(u->at);
	*u = (struct mb_users){0};
}

/* Where the user is, or would be. */
static size_t place(const struct mb_users *u, struct rmqi_str name, bool *is_there)
{
	size_t low = 0, high = u->count;
	int order = 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		order = rmqi_str_cmp(name, rmqi_str(u->at[middle]->name));
		if (order == 0) {
			*is_there = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*is_there = false;
	return low;
}

struct mb_user *mb_users_find(const struct mb_users *u, struct rmqi_str name)
{
	bool is_there;
	size_t at = place(u, name, &is_there);

	return is_there ? u->at[at] : NULL;
}

static enum rmq_error set_password(struct mb_user *u, struct rmqi_str password)
{
	struct rmqi_signer *signer = NULL;
	char *copy = rmqi_str_dup(password);
	enum rmq_error err = copy ? rmqi_signer_new(password, &signer) : RMQ_ERR_NO_MEMORY;

	if (err != RMQ_OK) {
		rmqi_free(copy);
		return err;
	}
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	rmqi_free(u->password);
	rmqi_signer_free(u->signer);
	u->password = copy;
	u->signer = signer;
	return RMQ_OK;
}

static bool is_blank(struct rmqi_str s)
{
	return rmqi_str_trim(s).len == 0;
}

static bool has_control(struct rmqi_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ')
			return true;
	return false;
}

static const char *info_problem(const struct mb_user_info *info)
{
	if (is_blank(info->name))
		return "username can not be blank";
	if (info->name.len > MB_USER_TEXT_MAX || has_control(info->name))
		return "username is too long or has control characters";
	if (info->password.len > MB_USER_TEXT_MAX || has_control(info->password))
		return "password is too long or has control characters";
	return NULL;
}

static enum rmq_error insert(struct mb_users *u, struct mb_user *user, size_t at)
{
	struct mb_user **more = rmqi_realloc(u->at, (u->count + 1) * sizeof(struct mb_user *));

	if (!more)
		return RMQ_ERR_NO_MEMORY;
	u->at = more;
	memmove(&more[at + 1], &more[at], (u->count - at) * sizeof(struct mb_user *));
	more[at] = user;
	u->count++;
	return RMQ_OK;
}

static struct mb_user *user_new(const struct mb_user_info *info)
{
	struct mb_user *user = rmqi_calloc(1, sizeof(*user));

	if (!user)
		return NULL;
	user->name = rmqi_str_dup(info->name);
	user->type = info->type ? info->type : MB_USER_NORMAL;
	user->status = info->status ? info->status : MB_USER_ENABLE;
	if (user->name && set_password(user, info->password) == RMQ_OK)
		return user;
	user_free(user);
	return NULL;
}

enum rmq_error mb_users_create(struct mb_users *u, const struct mb_user_info *info,
			       const char **problem)
{
	struct mb_user *user;
	enum rmq_error err;
	bool is_there;
	size_t at = place(u, info->name, &is_there);

	*problem = info_problem(info);
	if (!*problem && is_blank(info->password))
		*problem = "password can not be blank";
	if (!*problem && is_there)
		*problem = "The user is existed";
	if (!*problem && u->count >= MB_USERS_MAX)
		*problem = "there are too many users";
	if (*problem)
		return RMQ_ERR_DENIED;
	user = user_new(info);
	err = user ? insert(u, user, at) : RMQ_ERR_NO_MEMORY;
	if (err != RMQ_OK)
		user_free(user);
	return err;
}

enum rmq_error mb_users_update(struct mb_users *u, const struct mb_user_info *info,
			       const char **problem)
{
	struct mb_user *user = mb_users_find(u, info->name);
	enum rmq_error err = RMQ_OK;

	*problem = info_problem(info);
	if (!*problem && !user)
		*problem = "The user is not exist";
	if (*problem)
		return RMQ_ERR_DENIED;
	if (!is_blank(info->password))
		err = set_password(user, info->password);
	if (err != RMQ_OK)
		return err;
	if (info->type)
		user->type = info->type;
	if (info->status)
		user->status = info->status;
	return RMQ_OK;
}

void mb_users_delete(struct mb_users *u, struct rmqi_str name)
{
	bool is_there;
	size_t at = place(u, name, &is_there);

	if (!is_there)
		return;
	user_free(u->at[at]);
	u->count--;
	memmove(&u->at[at], &u->at[at + 1], (u->count - at) * sizeof(struct mb_user *));
}

static void write_names(const struct mb_user *u, struct rmqi_jw *w)
{
	rmqi_jw_member_str(w, "userStatus", statuses[u->status]);
	rmqi_jw_member_str(w, "userType", types[u->type]);
	rmqi_jw_member_str(w, "username", u->name);
}

void mb_user_write(const struct mb_user *u, struct rmqi_jw *w)
{
	rmqi_jw_open(w, '{');
	write_names(u, w);
	rmqi_jw_close(w, '}');
}

void mb_users_write(const struct mb_users *u, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out, .is_pretty = true};

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "users");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < u->count; i++) {
		rmqi_jw_open(&w, '{');
		rmqi_jw_member_str(&w, "password", u->at[i]->password);
		mb_policies_write(&u->at[i]->policies, (struct rmqi_str){0}, &w);
		write_names(u->at[i], &w);
		rmqi_jw_close(&w, '}');
	}
	rmqi_jw_close(&w, ']');
	rmqi_jw_close(&w, '}');
}

static enum rmq_error read_one(struct mb_users *u, const struct rmqi_json *object)
{
	struct mb_user_info info;
	const char *problem = NULL;
	enum rmq_error err;

	mb_user_info_read(object, &info);
	err = mb_users_create(u, &info, &problem);
	if (err == RMQ_OK && rmqi_json_count(rmqi_json_get(object, "policies")))
		err = mb_policies_read(object, &mb_users_find(u, info.name)->policies, &problem);
	return err == RMQ_ERR_DENIED ? RMQ_ERR_CORRUPT : err;
}

enum rmq_error mb_users_read(struct mb_users *u, struct rmqi_cursor text)
{
	struct mb_users next = {0};
	struct rmqi_json *root = NULL;
	enum rmq_error err = rmqi_json_parse(text, &root);

	RMQI_JSON_EACH(at, rmqi_json_get(root, "users"))
	{
		if (err == RMQ_OK)
			err = read_one(&next, at);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		mb_users_deinit(&next);
		return err;
	}
	mb_users_deinit(u);
	*u = next;
	return RMQ_OK;
}
