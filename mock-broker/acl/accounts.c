/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/accounts.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	rmqi_free(text);
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_free(texts[i]);
	rmqi_free(texts);
}

struct mb_account *mb_account_new(void)
{
	struct mb_account *a = rmqi_calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	rmqi_map_init(&a->topics.by_name);
	rmqi_map_init(&a->groups.by_name);
	return a;
}

void mb_perm_list_clear(struct mb_perm_list *l)
{
	free_texts(l->at, l->count);
	rmqi_map_deinit(&l->by_name, NULL);
	*l = (struct mb_perm_list){0};
	rmqi_map_init(&l->by_name);
}

void mb_account_free(struct mb_account *a)
{
	if (!a)
		return;
	mb_perm_list_clear(&a->topics);
	mb_perm_list_clear(&a->groups);
	rmqi_signer_free(a->signer);
	mb_white_deinit(&a->white);
	wipe(a->secret_key);
	rmqi_free(a->access_key);
	rmqi_free(a->white_address);
	rmqi_free(a->default_topic_perm);
	rmqi_free(a->default_group_perm);
	rmqi_free(a);
}

/* A line end would be one of the file, too. */
static bool has_control(struct rmqi_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ')
			return true;
	return false;
}

enum rmq_error mb_account_set_text(char **member, struct rmqi_str value)
{
	char *copy;

	if (value.len > MB_ACCOUNT_TEXT_MAX || has_control(value))
		return RMQ_ERR_CONFIG;
	copy = rmqi_str_dup(value);
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	wipe(*member);
	*member = copy;
	return RMQ_OK;
}

/* Permission.parsePermFromString */
static unsigned read_perm(struct rmqi_str perm)
{
	perm = rmqi_str_trim(perm);
	if (rmqi_str_is(perm, "PUB"))
		return MB_PERM_PUB;
	if (rmqi_str_is(perm, "SUB"))
		return MB_PERM_SUB;
	if (rmqi_str_is(perm, "PUB|SUB") || rmqi_str_is(perm, "SUB|PUB"))
		return MB_PERM_PUB | MB_PERM_SUB;
	return MB_PERM_DENY;
}

bool mb_perm_is_known(struct rmqi_str perm)
{
	return read_perm(perm) != MB_PERM_DENY || rmqi_str_is(rmqi_str_trim(perm), "DENY");
}

enum rmq_error mb_perm_list_add(struct mb_perm_list *l, struct rmqi_str text)
{
	struct rmqi_str name, perm;
	enum rmq_error err;
	bool is_pair;
	char **more;

	perm = rmqi_str_trim(rmqi_str_cut(text, "=", &name, &is_pair));
	name = rmqi_str_trim(name);
	if (!is_pair || name.len == 0 || perm.len == 0 || memchr(perm.ptr, '=', perm.len) ||
	    l->count >= MB_ACCOUNT_PERMS_MAX)
		return RMQ_ERR_CONFIG;
	more = rmqi_realloc(l->at, (l->count + 1) * sizeof(*more));
	if (!more)
		return RMQ_ERR_NO_MEMORY;
	l->at = more;
	l->at[l->count] = NULL;
	err = mb_account_set_text(&l->at[l->count], text);
	if (err != RMQ_OK)
		return err;
	l->count++;
	return rmqi_map_set(&l->by_name, name, (void *)(uintptr_t)read_perm(perm), NULL);
}

enum rmq_error mb_account_complete(struct mb_account *a)
{
	enum rmq_error err;

	if (!a->access_key || strlen(a->access_key) < MB_ACCOUNT_KEY_LEAST || !a->secret_key ||
	    strlen(a->secret_key) < MB_ACCOUNT_KEY_LEAST)
		return RMQ_ERR_CONFIG;
	rmqi_signer_free(a->signer);
	a->signer = NULL;
	mb_white_deinit(&a->white);
	err = mb_white_init(&a->white, rmqi_str(a->white_address));
	if (err == RMQ_OK)
		err = rmqi_signer_new(rmqi_str(a->secret_key), &a->signer);
	return err;
}

struct mb_accounts *mb_accounts_new(void)
{
	return rmqi_calloc(1, sizeof(struct mb_accounts));
}

void mb_accounts_clear_whites(struct mb_accounts *all)
{
	for (size_t i = 0; i < all->white_count; i++)
		mb_white_deinit(&all->whites[i]);
	rmqi_free(all->whites);
	free_texts(all->white_texts, all->white_count);
	all->whites = NULL;
	all->white_texts = NULL;
	all->white_count = 0;
}

void mb_accounts_free(struct mb_accounts *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++)
		mb_account_free(all->at[i]);
	rmqi_free(all->at);
	mb_accounts_clear_whites(all);
	rmqi_free(all);
}

struct mb_account *mb_accounts_find(const struct mb_accounts *all, struct rmqi_str access_key)
{
	for (size_t i = 0; i < all->count; i++)
		if (rmqi_str_is(access_key, all->at[i]->access_key))
			return all->at[i];
	return NULL;
}

enum rmq_error mb_accounts_add(struct mb_accounts *all, struct mb_account *a)
{
	struct mb_account **more;

	if (all->count >= MB_ACCOUNTS_MAX || mb_accounts_find(all, rmqi_str(a->access_key)))
		return RMQ_ERR_CONFIG;
	more = rmqi_realloc(all->at, (all->count + 1) * sizeof(struct mb_account *));
	if (!more)
		return RMQ_ERR_NO_MEMORY;
	all->at = more;
	all->at[all->count++] = a;
	return RMQ_OK;
}

void mb_accounts_remove(struct mb_accounts *all, struct mb_account *a)
{
	size_t i = 0;

	while (all->at[i] != a)
		i++;
	memmove(&all->at[i], &all->at[i + 1], (all->count - i - 1) * sizeof(struct mb_account *));
	all->count--;
	mb_account_free(a);
}

enum rmq_error mb_accounts_add_white(struct mb_accounts *all, struct rmqi_str text)
{
	size_t next = all->white_count + 1;
	struct mb_white *whites;
	enum rmq_error err;
	char **texts;

	if (next > MB_WHITE_MAX)
		return RMQ_ERR_CONFIG;
	whites = rmqi_realloc(all->whites, next * sizeof(*whites));
	if (whites)
		all->whites = whites;
	texts = rmqi_realloc(all->white_texts, next * sizeof(*texts));
	if (texts)
		all->white_texts = texts;
	if (!whites || !texts)
		return RMQ_ERR_NO_MEMORY;
	texts[next - 1] = NULL;
	err = mb_account_set_text(&texts[next - 1], text);
	if (err == RMQ_OK)
		err = mb_white_init(&whites[next - 1], text);
	if (err == RMQ_OK)
		all->white_count = next;
	else
		rmqi_free(texts[next - 1]);
	return err;
}

bool mb_accounts_are_white(const struct mb_accounts *all, const struct rmqi_host *peer)
{
	for (size_t i = 0; i < all->white_count; i++)
		if (mb_white_has(&all->whites[i], peer))
			return true;
	return false;
}

bool mb_account_may(const struct mb_account *a, const struct mb_need *need)
{
	bool is_group = need->type == MB_RESOURCE_GROUP;
	const struct mb_perm_list *l = is_group ? &a->groups : &a->topics;
	const char *otherwise = is_group ? a->default_group_perm : a->default_topic_perm;
	unsigned has = (unsigned)(uintptr_t)rmqi_map_get(&l->by_name, need->name);

	/* An administrator who names nothing may do everything. */
	if (a->is_admin && a->topics.count + a->groups.count == 0)
		return true;
	if (!has)
		has = read_perm(rmqi_str(otherwise));
	if (has & MB_PERM_DENY)
		return false;
	return (need->actions & MB_ACTION_PUB && has & MB_PERM_PUB) ||
	       (need->actions & MB_ACTION_SUB && has & MB_PERM_SUB);
}
