/* SPDX-License-Identifier: Apache-2.0 */
#include "client/namespace.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "client/client.h"
#include "client/message.h"

#define SYSTEM_GROUP "CID_RMQ_SYS_" /* MixAll.isSysConsumerGroup */
#define LITE_QUEUE "%LMQ%"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

const char *rmqi_client_namespace(const struct rmqi_client *c)
{
	return rmqi_config_str(rmqi_client_config(c), RMQI_CFG_namespace);
}

enum rmq_error rmqi_namespace_check(const char *space, struct rmq_error_detail *detail)
{
	size_t good = space ? strspn(space, LETTERS) : 0;

	if (!space || !space[good])
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "namespace is \"%.64s\" with the byte 0x%02x at place %zu: allowed "
			       "are letters, digits, - and _",
			       space, (unsigned)(unsigned char)space[good], good);
}

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* %RETRY% and %DLQ% stay in front. */
static size_t prefix_len(const char *name)
{
	if (begins(name, RMQI_RETRY_PREFIX))
		return sizeof(RMQI_RETRY_PREFIX) - 1;
	return begins(name, RMQI_DLQ_PREFIX) ? sizeof(RMQI_DLQ_PREFIX) - 1 : 0;
}

static bool is_for_all(const char *name)
{
	return rmqi_topic_is_system(rmqi_str(name)) || begins(name, SYSTEM_GROUP) ||
	       begins(name, LITE_QUEUE);
}

enum rmq_error rmqi_namespace_wrap(const char *space, const char *what, const char *name,
				   size_t most, char out[RMQI_NAMED_MAX],
				   struct rmq_error_detail *detail)
{
	size_t prefix = prefix_len(name), len = strlen(name), more = space ? strlen(space) + 1 : 0;

	if (!space || is_for_all(name) || !*name ||
	    rmqi_namespace_hidden(space, rmqi_str(name + prefix)) > 0 || len > most) {
		snprintf(out, RMQI_NAMED_MAX, "%s", name);
		return RMQ_OK;
	}
	if (len + more > most)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s %s is too long within the namespace %s: with it and "
				       "\"%%\" it has %zu bytes, allowed are %zu",
				       what, name, space, len + more, most);
	snprintf(out, RMQI_NAMED_MAX, "%.*s%s%%%s", (int)prefix, name, space, name + prefix);
	return RMQ_OK;
}

size_t rmqi_namespace_hidden(const char *space, struct rmqi_str name)
{
	size_t len = space ? strlen(space) : 0;

	return len > 0 && name.len > len + 1 && memcmp(name.ptr, space, len) == 0 &&
			       name.ptr[len] == '%'
		       ? len + 1
		       : 0;
}

struct rmqi_str rmqi_namespace_plain(const char *space, struct rmqi_str name)
{
	size_t hidden = rmqi_namespace_hidden(space, name);

	return rmqi_str_n(name.ptr + hidden, name.len - hidden);
}

void rmqi_namespace_hide(const char *space, struct rmqi_message_block *block)
{
	for (size_t i = 0; space && block && i < block->count; i++) {
		struct rmq_message *m = &block->messages[i];

		m->hidden = rmqi_namespace_hidden(space, rmqi_str(m->topic));
		m->queue.topic += rmqi_namespace_hidden(space, rmqi_str(m->queue.topic));
	}
}

/* --- The second kind --------------------------------------------------------------------------------- */

static enum rmq_error add_fields(void *arg, const char *address,
				 const struct rmqi_outgoing *request, struct rmqi_ext *ext,
				 size_t *count, struct rmqi_hook_kept *kept)
{
	(void)address;
	(void)request;
	(void)kept;
	if (*count + 2 > RMQI_HOOK_EXT_MAX)
		return RMQ_ERR_TOO_LARGE;
	ext[(*count)++] = (struct rmqi_ext){RMQI_STR("nsd"), RMQI_STR("true")};
	ext[(*count)++] = (struct rmqi_ext){RMQI_STR("ns"), rmqi_str(arg)};
	return RMQ_OK;
}

struct rmqi_hook rmqi_namespace_hook(const char *space)
{
	return (struct rmqi_hook){.before = add_fields, .arg = (void *)(uintptr_t)space};
}
