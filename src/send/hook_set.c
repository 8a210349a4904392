/* SPDX-License-Identifier: Apache-2.0 */
#include "send/hook_set.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "client/namespace.h"

/* One allocation; the texts stand behind the struct. */
struct rmqi_hook_set {
	atomic_uint refs;
	const struct rmqi_env *env; /* counted: whose clock it is */
	size_t count;
	struct rmqi_send_hook hooks[RMQI_SEND_HOOKS_MAX];
	const char *client_id;
	char group[];
};

static struct rmqi_hook_set *make(const struct rmqi_client *client, const char *group)
{
	const struct rmq_config *config = rmqi_client_config(client);
	const char *id = rmqi_client_id(client);
	const char *shown =
		group + rmqi_namespace_hidden(rmqi_client_namespace(client), rmqi_str(group));
	size_t group_len = strlen(shown) + 1, id_len = strlen(id) + 1;
	struct rmqi_hook_set *s = rmqi_calloc(1, sizeof(*s) + group_len + id_len);

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->env = config->env;
	rmqi_env_ref(s->env);
	s->count = config->send_hook_count;
	rmqi_memcpy(s->hooks, config->send_hooks, s->count * sizeof(s->hooks[0]));
	rmqi_memcpy(s->group, shown, group_len);
	rmqi_memcpy(s->group + group_len, id, id_len);
	s->client_id = s->group + group_len;
	return s;
}

enum rmq_error rmqi_hook_set_new(const struct rmqi_client *client, const char *group,
				 struct rmqi_hook_set **out)
{
	*out = NULL;
	if (rmqi_client_config(client)->send_hook_count == 0)
		return RMQ_OK;
	*out = make(client, group);
	return *out ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

struct rmqi_hook_set *rmqi_hook_set_ref(struct rmqi_hook_set *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void rmqi_hook_set_unref(struct rmqi_hook_set *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	rmqi_env_unref(s->env);
	rmqi_free(s);
}

size_t rmqi_hook_set_count(const struct rmqi_hook_set *s)
{
	return s->count;
}

const struct rmqi_send_hook *rmqi_hook_set_at(const struct rmqi_hook_set *s, size_t i)
{
	return &s->hooks[i];
}

const char *rmqi_hook_set_group(const struct rmqi_hook_set *s)
{
	return s->group;
}

const char *rmqi_hook_set_client_id(const struct rmqi_hook_set *s)
{
	return s->client_id;
}

const struct rmqi_clock *rmqi_hook_set_clock(const struct rmqi_hook_set *s)
{
	return s->env->clock;
}
